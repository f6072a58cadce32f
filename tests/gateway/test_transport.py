"""What proxies say is believed as far as configured; HTTPS is asked for in production; headers protect."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.gateway.stage import ANALYSES, Stage, set_stage, stage_settings

Make = Callable[..., Stage]
PRODUCTION: dict[str, Any] = {"environment": "production", "mailer": "folder"}
FORWARDED = {"X-Forwarded-For": "192.0.2.1, 192.0.2.2", "X-Forwarded-Proto": "https"}


@pytest.fixture
def behind(tmp_path: Path, migrated: Path) -> Iterator[Make]:
    """Makes gateways with these settings."""
    made: list[Stage] = []

    def make(**chosen: Any) -> Stage:
        made.append(set_stage(stage_settings(tmp_path / str(len(made)), **chosen), migrated))
        return made[-1]

    yield make
    for stage in made:
        stage.close()


def health(stage: Stage, **headers: str) -> TestResponse:
    return stage.app.test_client().get("/healthz", headers={**FORWARDED, **headers})


def failures(stage: Stage, *forwarded_for: str) -> list[int]:
    client = stage.app.test_client()
    return [client.get(ANALYSES, headers={"X-Forwarded-For": each}).status_code for each in forwarded_for]


def test_without_proxies_what_a_client_says_of_its_address_counts_for_nothing(behind: Make) -> None:
    stage = behind(rate_limit_address="2 per minute")
    assert failures(stage, "192.0.2.1", "192.0.2.2", "192.0.2.3") == [401, 401, 429]


def test_behind_a_proxy_clients_are_told_apart_by_what_it_added(behind: Make) -> None:
    stage = behind(rate_limit_address="1 per minute", trusted_proxies=1)
    assert failures(stage, "192.0.2.1", "192.0.2.2") == [401, 401]
    invented = [f"198.51.100.{n}, 192.0.2.3" for n in range(2)]
    assert failures(stage, *invented) == [401, 429]


def test_browsers_are_asked_for_https_in_production_behind_it(behind: Make) -> None:
    stage = behind(**PRODUCTION, trusted_proxies=1)
    assert health(stage).headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in health(stage, **{"X-Forwarded-Proto": "http"}).headers


@pytest.mark.parametrize(
    "chosen",
    [
        PRODUCTION,
        {"trusted_proxies": 1},
        PRODUCTION | {"trusted_proxies": 1, "hsts_seconds": 0},
    ],
)
def test_else_they_are_not(behind: Make, chosen: dict[str, Any]) -> None:
    assert "Strict-Transport-Security" not in health(behind(**chosen)).headers


def test_a_proxy_is_not_believed_of_the_host(behind: Make) -> None:
    stage = behind(trusted_proxies=1, **PRODUCTION)
    answer = stage.alice.get(f"{ANALYSES}?limit=1", {"X-Forwarded-Host": "evil.example", **FORWARDED})
    assert "evil.example" not in answer.text + str(answer.headers)


def test_every_answer_has_headers_that_protect(down: Stage) -> None:
    for path in ("/healthz", ANALYSES, "/nowhere", "/docs", "/static/docs.js"):
        answer = down.app.test_client().get(path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path
        assert answer.headers["X-Frame-Options"] == "DENY", path
        assert answer.headers["Referrer-Policy"] == "no-referrer", path
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin", path
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin", path
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"], path
        answer.close()


def test_the_documentation_page_runs_under_its_policy(down: Stage) -> None:
    """No script or event handler in the page itself, and nothing from elsewhere."""
    page = down.app.test_client().get("/docs")
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe-eval" not in policy
    assert page.text.count("<script") == page.text.count('<script src="/') > 0
    assert " on" not in page.text.partition("<body>")[2].partition("<noscript>")[0]
