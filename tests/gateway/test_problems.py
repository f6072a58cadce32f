"""Every failure is a problem document, and every answer carries the security headers."""

import pytest

from tests.gateway.stage import ANALYSES, Stage, body


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere/at-all", 404),
        ("GET", "/api/v1/nothing", 404),
        ("PATCH", ANALYSES, 405),
        ("DELETE", "/healthz", 405),
        ("POST", f"{ANALYSES}/x/rescore", 401),
        ("GET", "/docs/package.json", 404),
    ],
)
def test_failures_are_problem_documents(down: Stage, method: str, path: str, status: int) -> None:
    answer = down.app.test_client().open(path, method=method)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    problem = body(answer)
    assert problem["status"] == status
    assert problem["type"].startswith("/problems/")
    assert problem["title"]
    assert problem["request_id"] == answer.headers["X-Request-Id"]


def test_malformed_json_is_a_problem(down: Stage) -> None:
    answer = down.alice.post(f"{ANALYSES}/x/rescore", data="{", content_type="application/json")
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"


def test_an_unexpected_failure_tells_nothing_of_the_inside(
    down: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> str:
        raise RuntimeError("the inside")

    down.app.view_functions["health.alive"] = broken
    answer = down.app.test_client().get("/healthz")
    assert answer.status_code == 500
    assert body(answer)["type"] == "/problems/internal-error"
    assert "inside" not in answer.text
    assert "unexpected_failure" in capsys.readouterr().out


@pytest.mark.parametrize("path", ["/healthz", "/docs", "/nothing", ANALYSES])
def test_security_headers_are_everywhere(down: Stage, path: str) -> None:
    headers = down.app.test_client().get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_a_callers_request_id_is_kept_if_harmless(down: Stage) -> None:
    client = down.app.test_client()
    for sent, kept in (("my-request-1", True), ("a b", False), ("x" * 100, False)):
        answer = client.get("/healthz", headers={"X-Request-Id": sent})
        assert (answer.headers["X-Request-Id"] == sent) is kept
