"""A scored field as the gateway keeps it: two compressed parts, and the message that carries both.

    FieldAnalysis -> nuclei part (answer, contours, mask), map part (probability map, how to decode it)
                  -> message {"answer" without nuclei, "nuclei", "map"} -> the parts are stored as they came

They are compressed here and nowhere else: who keeps a result neither opens nor packs it.
"""

import zlib
from typing import Any, cast

import msgpack

from handler.answer import FieldAnalysis, from_message, to_message

_NUCLEI_PARTS = ("answer", "contours", "mask")
_MAP_PARTS = ("decoding", "probability")
_FASTEST = 1


def pack_message(analysis: FieldAnalysis) -> bytes:
    """Return what the gateway is sent."""
    whole = to_message(analysis)
    answer = {name: value for name, value in whole["answer"].items() if name != "nuclei"}
    message = {"answer": answer, "nuclei": pack_nuclei(whole), "map": pack_map(whole)}
    return cast(bytes, msgpack.packb(message))


def unpack_message(data: bytes) -> FieldAnalysis:
    """Rebuild what `pack_message` wrote; raises KeyError, TypeError or ValueError where it is another."""
    message = msgpack.unpackb(data)
    return unpack_field(message["nuclei"], message["map"])


def pack_nuclei(whole: dict[str, Any]) -> bytes:
    """Return the part of `to_message` that each revision has of its own."""
    return _packed(whole, _NUCLEI_PARTS, zlib.Z_DEFAULT_STRATEGY)


def pack_map(whole: dict[str, Any]) -> bytes:
    """Return the part of `to_message` that all revisions share.

    Planes hold long runs and little else that repeats: looking for runs only is faster and smaller.
    """
    return _packed(whole, _MAP_PARTS, zlib.Z_RLE)


def unpack_field(nuclei: bytes, probability_map: bytes) -> FieldAnalysis:
    """Rebuild the field of its two parts; raises KeyError, TypeError or ValueError where they are damaged."""
    return from_message(unpack(probability_map) | unpack(nuclei))


def unpack(part: bytes) -> dict[str, Any]:
    """Open one part; raises ValueError where it is damaged."""
    try:
        return cast(dict[str, Any], msgpack.unpackb(zlib.decompress(part)))
    except (zlib.error, msgpack.UnpackException) as error:
        raise ValueError("This is no part of a scored field.") from error


def _packed(whole: dict[str, Any], names: tuple[str, ...], strategy: int) -> bytes:
    packer = zlib.compressobj(_FASTEST, strategy=strategy)
    return packer.compress(msgpack.packb({name: whole[name] for name in names})) + packer.flush()
