"""Requests about learning drawn from the OpenAPI document, on a scored record and an annotation of it."""

from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from tests.gateway.stage import ANALYSES, Stage, body
from tests.gateway.test_annotations import MARKS, record
from tests.gateway.test_drawn_requests import OPERATIONS, check_drawn, patient

__all__ = ["patient"]
OURS = [(method, path) for method, path in OPERATIONS if "annotation" in path or "learning" in path]


@pytest.mark.parametrize(("method", "path"), OURS)
def test_answers_are_those_of_the_document(patient: Stage, field: bytes, method: str, path: str) -> None:
    own = body(patient.ann.upload([("a.png", field)]))["items"][0]["analysis"]["id"]
    record(patient, own)
    made = body(patient.ann.post(f"{ANALYSES}/{own}/annotations", json={"marks": MARKS}))["id"]
    known = {"analysis_id": own, "annotation_id": made}
    named = {name: value for name, value in known.items() if f"{{{name}}}" in path}
    place: dict[str, Any] = {"path_parameters": named} if named else {}
    operation = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", patient.app)[path][method]
    check_drawn(operation.as_strategy(GenerationMode.POSITIVE, **place), patient)
    with suppress(Unsatisfiable):  # nothing in this one can be wrong
        check_drawn(operation.as_strategy(GenerationMode.NEGATIVE, **place), patient)
