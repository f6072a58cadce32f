"""A scored field as stored bytes: the two parts of the handler's message as they came, and what is in them.

The probability map is written once and shared by every revision; nuclei and mask are a revision's own.
"""

from typing import Any, cast

from gateway.objects import ObjectStore, analysis_prefix
from gateway.problems import DamagedObjectProblem
from handler.answer import FieldAnalysis
from handler.packing import unpack_answer, unpack_field

_NUCLEI, _MAP = "nuclei", "map"


def result_prefix(analysis_id: str, token: str) -> str:
    """Return the prefix of everything that the result with that token has of its own."""
    return f"{analysis_prefix(analysis_id)}/result-{token}"


def result_keys(analysis_id: str, token: str) -> tuple[str, str]:
    """Return where nuclei and map of that result lie."""
    below = result_prefix(analysis_id, token)
    return f"{below}/{_NUCLEI}", f"{below}/{_MAP}"


def put_result(
    objects: ObjectStore, analysis_id: str, token: str, nuclei: bytes, probability_map: bytes
) -> None:
    """Store both parts of a result."""
    objects.put_all(result_prefix(analysis_id, token), {_MAP: probability_map, _NUCLEI: nuclei})


def get_nuclei(objects: ObjectStore, key: str) -> list[dict[str, Any]]:
    """Return the nuclei as the answer lists them; raises DamagedObjectProblem."""
    part = objects.get(key)
    try:
        return cast(list[dict[str, Any]], unpack_answer(part)["nuclei"])
    except (ValueError, TypeError, KeyError) as error:
        raise _damaged() from error


def get_field(objects: ObjectStore, nuclei_key: str, map_key: str) -> FieldAnalysis:
    """Return everything known about a scored field; raises DamagedObjectProblem."""
    nuclei, probability_map = objects.get(nuclei_key), objects.get(map_key)
    try:
        return unpack_field(nuclei, probability_map)
    except (ValueError, TypeError, KeyError) as error:
        raise _damaged() from error


def _damaged() -> DamagedObjectProblem:
    return DamagedObjectProblem("A stored result is damaged.")
