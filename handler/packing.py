"""A scored field as the gateway keeps it: two compressed parts, and the message that carries both.

    FieldAnalysis -> nuclei part (answer, contours, mask), map part (probability map, how to decode it)
                  -> message {"answer" without nuclei, "nuclei", "map"} -> the parts are stored as they came

They are compressed here and nowhere else: who keeps a result neither opens nor packs it. A part is one zlib
stream after another, each with its own checksum; the answer is the first of its part, so that the nuclei are
listed without opening the mask.
"""

import zlib
from typing import Any, cast

import msgpack

from handler.answer import FieldAnalysis, from_message, to_message

_ANSWER = ("answer",)
_SHAPES = ("contours", "mask")
_MAP = ("decoding", "probability")
_FASTEST = 1
_NO_PART = "This is no part of a scored field."


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
    streams = (_packed(whole, names, zlib.Z_DEFAULT_STRATEGY) for names in (_ANSWER, _SHAPES))
    return b"".join(streams)


def pack_map(whole: dict[str, Any]) -> bytes:
    """Return the part of `to_message` that all revisions share.

    Planes hold long runs and little else that repeats: looking for runs only is faster and smaller.
    """
    return _packed(whole, _MAP, zlib.Z_RLE)


def unpack_field(nuclei: bytes, probability_map: bytes) -> FieldAnalysis:
    """Rebuild the field of its two parts; raises KeyError, TypeError or ValueError where they are damaged."""
    return from_message(unpack(probability_map) | unpack(nuclei))


def unpack(part: bytes) -> dict[str, Any]:
    """Open one part; raises ValueError where it is damaged, not where whole streams are missing."""
    whole, left = _opened(part)
    while left:
        names, left = _opened(left)
        whole |= names
    return whole


def unpack_answer(part: bytes) -> dict[str, Any]:
    """Open no more of a nuclei part than its answer; raises KeyError, TypeError or ValueError if damaged."""
    return cast(dict[str, Any], _opened(part)[0]["answer"])


def _opened(part: bytes) -> tuple[dict[str, Any], bytes]:
    """Open the first stream; return what it holds, and the rest."""
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(part)
        if stream.eof:
            return msgpack.unpackb(data), stream.unused_data
    except (zlib.error, msgpack.UnpackException) as error:
        raise ValueError(_NO_PART) from error
    raise ValueError(_NO_PART)


def _packed(whole: dict[str, Any], names: tuple[str, ...], strategy: int) -> bytes:
    packer = zlib.compressobj(_FASTEST, strategy=strategy)
    return packer.compress(msgpack.packb({name: whole[name] for name in names})) + packer.flush()
