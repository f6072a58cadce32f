"""How often one may ask: by key, by address, and nobody for somebody else."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr, ValidationError

from gateway.interface.counts import ProcessCounts
from gateway.interface.rate_limits import Recognised
from gateway.settings import Settings
from tests.gateway.browser import QUICK, address_of, browser, signed_in, with_password
from tests.gateway.stage import ANALYSES, SECRET, Stage, body, set_stage, stage_settings

WRONG = {"Authorization": "Bearer ki67_000000000000_" + "x" * 43}
Make = Callable[..., Stage]


@pytest.fixture
def limited(tmp_path: Path, migrated: Path) -> Any:
    """Makes gateways with these limits."""
    made: list[Stage] = []

    def make(**limits: Any) -> Stage:
        made.append(set_stage(stage_settings(tmp_path / str(len(made)), **limits), migrated))
        return made[-1]

    yield make
    for stage in made:
        stage.close()


def statuses(client: FlaskClient, count: int, path: str = ANALYSES, **how: Any) -> list[int]:
    return [client.get(path, **how).status_code for _ in range(count)]


def from_address(address: str) -> dict[str, str]:
    return {"REMOTE_ADDR": address}


def test_who_asks_too_often_is_told_when_to_come_back(limited: Make) -> None:
    alice = limited(rate_limit_default="3 per minute").alice
    assert [alice.get(ANALYSES).status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = alice.get(ANALYSES)
    assert answer.content_type == "application/problem+json"
    assert body(answer)["type"] == "/problems/too-many-requests"
    assert body(answer)["request_id"] == answer.headers["X-Request-Id"]
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    assert not [name for name, _ in answer.headers if name.startswith("X-RateLimit")]


def test_an_answer_within_the_limit_says_nothing_of_it(limited: Make) -> None:
    answer = limited().alice.get(ANALYSES)
    assert not {"Retry-After", "X-RateLimit-Limit"} & set(answer.headers.keys())


def test_a_limit_is_one_keys_alone_and_all_paths(limited: Make) -> None:
    stage = limited(rate_limit_default="2 per minute", rate_limit_address="2 per minute")
    assert stage.alice.get(ANALYSES).status_code == 200
    assert stage.alice.get(f"{ANALYSES}/none").status_code == 404
    assert stage.alice.get(ANALYSES).status_code == 429
    assert stage.bob.get(ANALYSES).status_code == 200


def test_the_minute_ends(limited: Make) -> None:
    alice = limited(rate_limit_default="1 per 1 second").alice
    assert [alice.get(ANALYSES).status_code for _ in range(2)] == [200, 429]
    time.sleep(1.1)
    assert alice.get(ANALYSES).status_code == 200


def test_guessing_keys_ends_at_the_address(limited: Make) -> None:
    stage = limited(rate_limit_address="3 per minute")
    guesses = [{"Authorization": f"Bearer ki67_00000000000{n}_" + "x" * 43} for n in range(5)]
    client = stage.app.test_client()
    assert [client.get(ANALYSES, headers=guess).status_code for guess in guesses] == [401] * 3 + [429] * 2
    elsewhere = client.get(ANALYSES, headers=WRONG, environ_base=from_address("192.0.2.7"))
    assert elsewhere.status_code == 401


def test_requests_without_any_key_count_for_the_address(limited: Make) -> None:
    client = limited(rate_limit_address="2 per minute").app.test_client()
    assert statuses(client, 3) == [401, 401, 429]


def test_neighbours_go_on_while_somebodys_script_fails(limited: Make) -> None:
    stage = limited(rate_limit_address="2 per minute")
    assert stage.alice.get(ANALYSES).status_code == 200
    assert statuses(stage.app.test_client(), 3, headers=WRONG) == [401, 401, 429]
    assert stage.alice.get(ANALYSES).status_code == 200


def test_whoever_knows_the_prefix_of_a_key_uses_nothing_of_it_up(limited: Make) -> None:
    stage = limited(rate_limit_default="2 per minute")
    prefix = stage.alice.key.rpartition("_")[0]
    wrong = {"Authorization": f"Bearer {prefix}_" + "x" * 43}
    assert statuses(stage.app.test_client(), 5, headers=wrong) == [401] * 5
    assert stage.alice.get(ANALYSES).status_code == 200


def test_a_session_has_a_limit_of_its_own(limited: Make) -> None:
    stage = limited(rate_limit_default="2 per minute", **QUICK)
    alice, bob = signed_in(stage, "alice"), signed_in(stage, "bob")
    assert [alice.get().status_code for _ in range(3)] == [200, 200, 429]
    assert bob.get().status_code == 200
    assert stage.alice.get(ANALYSES).status_code == 200


def test_signing_in_counts_for_the_address(limited: Make) -> None:
    stage = limited(rate_limit_address="3 per minute", **QUICK)
    with_password(stage, "alice")
    wrong = [browser(stage).sign_in(address_of("alice"), "a wrong password").status_code for _ in range(3)]
    assert wrong == [401] * 3
    assert browser(stage).sign_in(address_of("alice")).status_code == 429


def test_all_of_an_ipv6_network_is_one_address(limited: Make) -> None:
    client = limited(rate_limit_address="2 per minute").app.test_client()
    for address, status in (
        ("2001:db8::1", 401),
        ("2001:db8::2", 401),
        ("2001:db8::3", 429),
        ("2001:db8:0:1::1", 401),
        ("::ffff:192.0.2.1", 401),
        ("::ffff:192.0.2.2", 401),
        ("::ffff:192.0.2.3", 401),
    ):
        assert client.get(ANALYSES, environ_base=from_address(address)).status_code == status, address


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/docs"])
def test_operators_may_always_ask(limited: Make, path: str) -> None:
    client = limited(rate_limit_address="1 per minute", rate_limit_default="1 per minute").app.test_client()
    assert statuses(client, 3, path) == [200] * 3


@pytest.mark.parametrize("path", ["/", "/records", "/assets/any.js"])
def test_a_first_visit_takes_all_files_of_the_web_client(limited: Make, path: str) -> None:
    """Some 70 from one address before anybody has signed in; a hospital has one address."""
    client = limited(rate_limit_address="1 per minute").app.test_client()
    found = {client.get(path, buffered=True).status_code for _ in range(3)}
    assert 429 not in found


def test_a_preflight_request_is_not_counted(limited: Make) -> None:
    client = limited(rate_limit_address="1 per minute").app.test_client()
    assert {client.options(ANALYSES).status_code for _ in range(3)} == {200}


def test_limits_can_be_switched_off(limited: Make) -> None:
    stage = limited(rate_limits_enabled=False, rate_limit_default="1 per minute")
    assert statuses(stage.app.test_client(), 3, headers=stage.alice.headers) == [200] * 3


def test_a_program_that_scores_at_full_speed_is_not_held_up(down: Stage) -> None:
    """`make benchmark` and the load test use one key, a few hundred times a second on a large machine."""
    limit = down.services.settings.rate_limit_default
    assert int(limit.split()[0]) >= 300 * 60
    assert limit.endswith("per minute")
    assert set(statuses(down.app.test_client(), 400, headers=down.alice.headers)) == {200}


def test_counts_are_forgotten_with_their_window() -> None:
    counts = ProcessCounts()
    for number in range(1_000):
        counts.incr(f"address-{number}", 0.05)
    time.sleep(0.06)
    assert counts.incr("address-7", 60) == 1
    assert counts.incr("address-7", 60) == 2
    assert list(counts.storage) == list(counts.expirations) == ["address-7"]


def test_counting_starts_no_thread(limited: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = limited()
    time.sleep(0.1)
    monkeypatch.setattr(threading.Thread, "start", lambda *_: pytest.fail("a thread was started"))
    assert statuses(stage.app.test_client(), 3, headers=stage.alice.headers) == [200, 200, 200]


def test_recognised_credentials_are_bounded_and_forgotten_when_refused() -> None:
    recognised = Recognised(most=2)
    for credential in ("first", "second", "third"):
        recognised.note(credential, valid=True)
    assert [name in recognised for name in ("first", "second", "third")] == [False, True, True]
    recognised.note("third", valid=False)
    assert "third" not in recognised
    assert len(recognised) == 1


@pytest.mark.parametrize("rate", ["1 per second", "1 per minute", "1 per 5 minutes", "1 per hour"])
def test_every_way_to_write_a_rate_is_understood(limited: Make, rate: str) -> None:
    assert statuses(limited(rate_limit_address=rate).app.test_client(), 2) == [401, 429]


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate_limit_default": "often"},
        {"rate_limit_default": "0 per minute"},
        {"rate_limit_address": "60 per fortnight"},
        {"rate_limit_storage": SecretStr("sqlite:///counts")},
    ],
)
def test_a_limit_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(secret=SecretStr(SECRET), **wrong)


def test_the_address_of_the_storage_may_be_a_secrets_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "address").write_text("redis://:hunter2@counts:6379/0\n")
    monkeypatch.setenv("GATEWAY_RATE_LIMIT_STORAGE_FILE", str(tmp_path / "address"))
    settings = Settings(secret=SecretStr(SECRET))
    assert settings.rate_limit_storage.get_secret_value().endswith("@counts:6379/0")
    assert "hunter2" not in repr(settings)
