"""Requests about second opinions drawn from the OpenAPI document, by an administrator, on what exists."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
import schemathesis
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from tests.gateway.opinions_stage import CONTACTS, Finding, assigned, record, upload
from tests.gateway.stage import Stage, body
from tests.gateway.test_drawn_requests import OPERATIONS, check_drawn, patient

__all__ = ["patient"]
OURS = [
    (method, path)
    for method, path in OPERATIONS
    if path.endswith(("/assignments", "/reviews", "/agreement", "/{contact_id}", "/{assignment_id}"))
]


@pytest.mark.parametrize(("method", "path"), OURS)
def test_answers_are_those_of_the_document(
    patient: Stage,
    field: bytes,
    method: str,
    path: str,
) -> None:
    own = upload(patient.alice, field)
    record(patient, own, Finding())
    kept = {"email": "bob@example.org", "name": "Bob"}
    contact = body(patient.ann.client.put(CONTACTS, headers=patient.ann.headers, json=kept))["id"]
    ids = {
        "analysis_id": own,
        "contact_id": contact,
        "assignment_id": assigned(patient.ann, own, "bob@example.org"),
    }
    by_ann = replace(patient, people={**patient.people, "alice": patient.ann})
    operation = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", patient.app)[path][method]
    place: dict[str, Any] = {
        "path_parameters": {name: value for name, value in ids.items() if f"{{{name}}}" in path}
    }
    check_drawn(operation.as_strategy(GenerationMode.POSITIVE, **place), by_ann)
    with suppress(Unsatisfiable):  # nothing in this one can be wrong
        check_drawn(operation.as_strategy(GenerationMode.NEGATIVE, **place), by_ann)
