"""Requests drawn from the OpenAPI document: whatever is sent, the answer is one that the document names."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.gateway.people import organisation_id, user_id
from tests.gateway.stage import Stage, body, set_stage, stage_settings
from tests.gateway.test_openapi import COMMITTED

CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
FEW = settings(
    max_examples=10,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
"""The same requests at every run."""


PATHS = json.loads(COMMITTED.read_text(encoding="utf-8"))["paths"]
OPERATIONS = [(method, path) for path, methods in PATHS.items() for method in methods]


@pytest.fixture
def patient(tmp_path: Path, migrated: Path) -> Iterator[Stage]:
    """TorchServe is down, and nobody waits for it however long they ask to."""
    chosen = stage_settings(tmp_path / "var", wait_default_seconds=0, wait_limit_seconds=0)
    stage = set_stage(chosen, migrated)
    yield stage
    stage.close()


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_answers_are_those_of_the_document(patient: Stage, field: bytes, method: str, path: str) -> None:
    own = body(patient.alice.upload([("a.png", field)]))["items"][0]["analysis"]["id"]
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", patient.app)
    operation = schema[path][method]
    known = {
        "analysis_id": own,
        "organisation_id": organisation_id(patient),
        "user_id": user_id(patient, "bob"),
    }
    named = {name: value for name, value in known.items() if f"{{{name}}}" in path}
    places: list[dict[str, Any]] = [{}, {"path_parameters": named}]
    for place in places if named else places[:1]:
        check_drawn(operation.as_strategy(GenerationMode.POSITIVE, **place), patient)
        with suppress(Unsatisfiable):  # nothing in this one can be wrong
            check_drawn(operation.as_strategy(GenerationMode.NEGATIVE, **place), patient)


def check_drawn(cases: Any, stage: Stage) -> None:
    @FEW
    @given(case=cases)
    def check(case: Case[Any]) -> None:
        answer = case.call(headers=stage.ann.headers)
        not_now = answer.status_code == 503 and "retry-after" in answer.headers
        case.validate_response(answer, checks=CHECKS if not_now else [*CHECKS, not_a_server_error])

    check()
