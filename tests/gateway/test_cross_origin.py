"""Other origins: none by default, the configured ones with their preflight requests, never all."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from werkzeug.test import TestResponse

from gateway.interface.cross_origin import ALLOWED, EXPOSED
from gateway.settings import Settings
from tests.gateway.stage import ANALYSES, SECRET, Stage, set_stage, stage_settings

LAB = "https://lab.example"


@pytest.fixture
def opened(tmp_path: Path, migrated: Path) -> Iterator[Stage]:
    """A gateway that two origins may use."""
    chosen = stage_settings(tmp_path, cors_origins=f"{LAB}, http://localhost:5173")
    stage = set_stage(chosen, migrated)
    yield stage
    stage.close()


def allowed(answer: TestResponse) -> dict[str, str]:
    start = "Access-Control-"
    found = {name: value for name, value in answer.headers.items() if name.startswith(start)}
    return {name.removeprefix(start): value for name, value in found.items()}


def preflight(stage: Stage, origin: str, method: str = "POST", headers: str = "") -> TestResponse:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": headers,
    }
    return stage.app.test_client().options(ANALYSES, headers=asked)


def test_by_default_no_other_origin_is_let_in(down: Stage) -> None:
    assert allowed(down.alice.get(ANALYSES, {"Origin": LAB})) == {}
    assert allowed(preflight(down, LAB)) == {}


def test_a_configured_origin_may_ask_and_read_the_headers(opened: Stage) -> None:
    answer = opened.alice.get(ANALYSES, {"Origin": LAB})
    found = allowed(answer)
    assert (found["Allow-Origin"], found["Allow-Credentials"]) == (LAB, "true")
    assert set(found["Expose-Headers"].split(", ")) == set(EXPOSED)
    assert "Origin" in answer.headers["Vary"]


def test_failures_can_be_read_too(opened: Stage) -> None:
    answer = opened.app.test_client().get(ANALYSES, headers={"Origin": LAB})
    assert answer.status_code == 401
    assert allowed(answer)["Allow-Origin"] == LAB


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_a_preflight_request_is_answered(opened: Stage, method: str) -> None:
    answer = preflight(opened, "http://localhost:5173", method, ", ".join(ALLOWED).lower())
    found = allowed(answer)
    assert answer.status_code == 200
    assert found["Allow-Origin"] == "http://localhost:5173"
    assert method in found["Allow-Methods"].split(", ")
    assert {name.lower() for name in found["Allow-Headers"].split(", ")} == {name.lower() for name in ALLOWED}
    assert int(found["Max-Age"]) > 0


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://lab.example.evil.example", "http://lab.example", "null"]
)
def test_others_are_not_let_in(opened: Stage, origin: str) -> None:
    assert "Allow-Origin" not in allowed(opened.alice.get(ANALYSES, {"Origin": origin}))
    assert "Allow-Origin" not in allowed(preflight(opened, origin))


def test_a_header_that_is_not_known_is_not_allowed(opened: Stage) -> None:
    assert (
        "x-other" not in allowed(preflight(opened, LAB, headers="x-other")).get("Allow-Headers", "").lower()
    )


def test_pages_for_operators_stay_with_their_own_origin(opened: Stage) -> None:
    answer = opened.app.test_client().get("/metrics", headers={"Origin": LAB})
    assert allowed(answer) == {}


@pytest.mark.parametrize(
    "origins", ["*", f"{LAB},*", "lab.example", f"{LAB}/", "https://*.example", "null", r"https://.*"]
)
def test_an_origin_that_is_none_or_all_is_refused(origins: str) -> None:
    with pytest.raises(ValidationError, match="is no origin"):
        Settings(secret=SecretStr(SECRET), cors_origins=origins)
