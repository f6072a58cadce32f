"""A scored field as stored bytes: the handler's message in, two compressed objects out, and back.

The probability map is written once and shared by every revision; nuclei and mask are a revision's own.
"""

import zlib
from typing import Any, cast

import msgpack

from gateway.objects import ObjectStore, analysis_prefix
from gateway.problems import DamagedObjectProblem
from handler.answer import FieldAnalysis, from_message

_MAP_PARTS = ("decoding", "probability")
_NUCLEI_PARTS = ("answer", "contours", "mask")
_FASTEST = 1


def results_prefix(analysis_id: str) -> str:
    """Return the prefix of an analysis' results, each below its token."""
    return f"{analysis_prefix(analysis_id)}/results"


def result_keys(analysis_id: str, token: str) -> tuple[str, str]:
    """Return where nuclei and map of the result with that token lie."""
    below = f"{results_prefix(analysis_id)}/{token}"
    return f"{below}/nuclei", f"{below}/map"


def put_nuclei(objects: ObjectStore, key: str, message: dict[str, Any]) -> None:
    """Store the answer, its contours and its mask."""
    objects.put(key, _packed({name: message[name] for name in _NUCLEI_PARTS}))


def put_map(objects: ObjectStore, key: str, message: dict[str, Any]) -> None:
    """Store the probability map and how to decode it."""
    objects.put(key, _packed({name: message[name] for name in _MAP_PARTS}))


def get_nuclei(objects: ObjectStore, key: str) -> list[dict[str, Any]]:
    """Return the nuclei as the answer lists them; raises DamagedObjectProblem."""
    return cast(list[dict[str, Any]], _unpacked(objects.get(key))["answer"]["nuclei"])


def get_field(objects: ObjectStore, nuclei_key: str, map_key: str) -> FieldAnalysis:
    """Return everything known about a scored field; raises DamagedObjectProblem."""
    return from_message(_unpacked(objects.get(map_key)) | _unpacked(objects.get(nuclei_key)))


def _packed(message: dict[str, Any]) -> bytes:
    return zlib.compress(cast(bytes, msgpack.packb(message)), _FASTEST)


def _unpacked(data: bytes) -> dict[str, Any]:
    try:
        return cast(dict[str, Any], msgpack.unpackb(zlib.decompress(data)))
    except (zlib.error, ValueError, msgpack.UnpackException) as error:
        raise DamagedObjectProblem("A stored result is damaged.") from error
