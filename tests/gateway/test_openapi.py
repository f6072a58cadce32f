"""The OpenAPI document: committed as the code makes it, and true."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import json as flask_json

import gateway
from tests.gateway.stage import ANALYSES, Stage, body

COMMITTED = Path(gateway.__file__).with_name("openapi.json")


def document(stage: Stage) -> dict[str, Any]:
    answer: dict[str, Any] = body(stage.app.test_client().get("/api/v1/openapi.json"))
    return answer


def test_the_committed_document_is_the_codes(down: Stage) -> None:
    """Where this fails: `flask --app gateway spec --quiet --output gateway/openapi.json`."""
    with down.app.app_context():
        made = json.loads(flask_json.dumps(down.app.spec))
    assert json.loads(COMMITTED.read_text(encoding="utf-8")) == made
    assert document(down) == made


def test_it_is_openapi_3_1(down: Stage) -> None:
    assert document(down)["openapi"].startswith("3.1")


def test_every_error_is_a_problem_document(down: Stage) -> None:
    for path, operations in document(down)["paths"].items():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    assert set(response["content"]) == {"application/problem+json"}, path


def test_headers_and_failures_are_named_as_they_are(down: Stage) -> None:
    paths = document(down)["paths"]
    headers = [each["name"] for each in paths[ANALYSES]["post"]["parameters"] if each["in"] == "header"]
    assert headers == ["Idempotency-Key"]
    one = f"{ANALYSES}/{{analysis_id}}"
    assert {"400", "408", "413"} <= set(paths[f"{one}/rescore"]["post"]["responses"])
    assert "500" in paths[f"{one}/mask.png"]["get"]["responses"]
    assert "409" in paths[f"{one}/mask.png"]["get"]["responses"]
    assert "409" not in paths[f"{one}/image"]["get"]["responses"]


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object within a document."""
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(each)


def test_pairs_are_written_as_openapi_3_1_has_them(down: Stage) -> None:
    schemas = document(down)["components"]["schemas"]
    boundaries = schemas["ThresholdsIn"]["properties"]["category_boundaries_percent"]["anyOf"][0]
    assert boundaries["prefixItems"] == [{"type": "number"}, {"type": "number"}]
    arrays = [part for part in parts(schemas) if part.get("type") == "array"]
    assert len(arrays) > 20
    assert not [part for part in arrays if isinstance(part.get("items"), list)]


OPEN = {
    ("get", "/healthz"),
    ("get", "/readyz"),
    ("get", "/metrics"),
    ("get", "/api/v1/auth/methods"),
    ("get", "/api/v1/auth/oidc"),
    ("get", "/api/v1/auth/oidc/callback"),
    ("post", "/api/v1/auth/session"),
    ("post", "/api/v1/auth/registrations"),
    ("post", "/api/v1/auth/verification-requests"),
    ("post", "/api/v1/auth/verifications"),
    ("post", "/api/v1/auth/password-reset-requests"),
    ("post", "/api/v1/auth/password-resets"),
}


def test_everything_but_operation_and_signing_in_needs_a_key_or_a_session(down: Stage) -> None:
    ways = {
        (method, path): [next(iter(way)) for way in operation.get("security", [])]
        for path, operations in document(down)["paths"].items()
        for method, operation in operations.items()
    }
    assert {operation for operation, named in ways.items() if not named} == OPEN
    assert all(named == ["BearerAuth", "SessionCookie"] for named in ways.values() if named)


def test_whatever_is_counted_may_answer_that_it_was_asked_too_often(down: Stage) -> None:
    for path, operations in document(down)["paths"].items():
        for operation in operations.values():
            assert ("429" in operation["responses"]) == (path not in {"/healthz", "/readyz", "/metrics"}), (
                path
            )


def test_every_reference_leads_somewhere(down: Stage) -> None:
    spec = document(down)
    names = {f"#/components/schemas/{name}" for name in spec["components"]["schemas"]}
    assert set(references(spec)) <= names


def references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if "$ref" in part else []
        return own + [found for value in part.values() for found in references(value)]
    return [found for value in part for found in references(value)] if isinstance(part, list) else []


def test_the_page_needs_nothing_from_elsewhere(down: Stage) -> None:
    client = down.app.test_client()
    page = client.get("/docs")
    assert page.content_type.startswith("text/html")
    assert "http" not in page.text.replace("http-equiv", "")
    for asset in ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"):
        answer = client.get(f"/docs/{asset}")
        assert answer.status_code == 200
        answer.close()
    answer = client.get("/static/docs.js")
    assert answer.status_code == 200
    answer.close()
