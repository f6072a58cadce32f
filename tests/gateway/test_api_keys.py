"""Keys that people make: their own, never wider than they are, listed and revoked by whom it concerns."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.database import db, now
from gateway.keys import create_key
from tests.gateway.browser import QUICK, audited, browser, messages, signed_in, token_in, user_named
from tests.gateway.stage import ANALYSES, SECRET, Person, Stage, add_person, body, set_stage, stage_settings

KEYS = "/api/v1/api-keys"
FOLDER = "/api/v1/auth"


def person(stage: Stage, key: str) -> Person:
    return Person(stage.app.test_client(), key)


def test_a_key_is_shown_once_and_works(down: Stage) -> None:
    answer = down.alice.post(KEYS, json={"name": "microscope"})
    made = body(answer)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    assert made["scopes"] == ["analyses:read", "analyses:write"]
    program = person(down, made["key"])
    assert program.get(ANALYSES).status_code == 200
    listed = {each["id"]: each for each in body(down.alice.get(KEYS))["items"]}
    assert "key" not in listed[made["id"]]
    assert listed[made["id"]]["last_used_at"] is not None
    assert "api_key.created" in audited(down)


def test_a_key_ends_after_the_settings_default_and_no_later_than_their_limit(down: Stage) -> None:
    ends = datetime.fromisoformat(body(down.alice.post(KEYS, json={"name": "a"}))["expires_at"])
    assert timedelta(days=89) < ends - datetime.now(UTC) <= timedelta(days=90)
    assert down.alice.post(KEYS, json={"name": "a", "expires_in_days": 366}).status_code == 422
    assert down.alice.post(KEYS, json={"name": "a", "expires_in_days": 365}).status_code == 201


def test_a_key_of_a_key_is_no_wider_and_lives_no_longer(down: Stage) -> None:
    with down.app.app_context():
        alice = user_named("alice")
        soon = now() + timedelta(hours=1)
        home = body(down.alice.get(f"{FOLDER}/session"))["organisation"]["id"]
        scopes = ("account:write", "analyses:read")
        _, key = create_key(SECRET, home, alice.id, "narrow", scopes, soon)
        db.session.commit()
    narrow = person(down, key)
    wide = narrow.post(KEYS, json={"name": "a", "scopes": ["analyses:write"]})
    assert (wide.status_code, body(wide)["type"]) == (403, "/problems/scopes-exceed-yours")
    made = body(narrow.post(KEYS, json={"name": "a"}))
    assert made["scopes"] == ["analyses:read"]
    assert datetime.fromisoformat(made["expires_at"]) <= soon


@pytest.mark.parametrize("scope", ["organisation:write", "audit:read", "everything"])
def test_nobody_makes_a_key_that_may_more_than_they(down: Stage, scope: str) -> None:
    assert down.alice.post(KEYS, json={"name": "a", "scopes": [scope]}).status_code == 403


def test_making_a_key_needs_its_scope(down: Stage) -> None:
    with down.app.app_context():
        reader = person(down, add_person("alice", "Clinic", "analyst", ("analyses:read", "account:read")))
    assert reader.post(KEYS, json={"name": "a"}).status_code == 403
    assert reader.get(KEYS).status_code == 200


def test_ones_own_keys_and_no_others(down: Stage) -> None:
    made = body(down.alice.post(KEYS, json={"name": "alice's"}))["id"]
    for name in ("bob", "charlie"):
        other = down.people[name]
        assert made not in {each["id"] for each in body(other.get(KEYS))["items"]}
        assert other.delete(f"{KEYS}/{made}").status_code == 404
    assert down.bob.get(f"{KEYS}?all=true").status_code == 403


def test_administrators_see_and_revoke_their_organisations(down: Stage) -> None:
    made = body(down.alice.post(KEYS, json={"name": "alice's"}))
    assert made["id"] in {each["id"] for each in body(down.ann.get(f"{KEYS}?all=true"))["items"]}
    assert made["id"] not in {each["id"] for each in body(down.ann.get(KEYS))["items"]}
    assert made["id"] not in {each["id"] for each in body(down.charlie.get(f"{KEYS}?all=true"))["items"]}
    assert down.ann.delete(f"{KEYS}/{made['id']}").status_code == 204
    assert person(down, made["key"]).get(ANALYSES).status_code == 401
    assert "api_key.revoked" in audited(down)


def test_pages_follow_one_another(down: Stage) -> None:
    made = [body(down.alice.post(KEYS, json={"name": str(n)}))["id"] for n in range(4)]
    first = down.alice.get(f"{KEYS}?limit=3")
    link = first.headers["Link"]
    assert link.startswith(f"<{KEYS}?")
    second = body(down.alice.get(f"{KEYS}?limit=3&cursor={body(first)['next_cursor']}"))
    found = [each["id"] for each in body(first)["items"] + second["items"]]
    assert found[:4] == made[::-1]
    assert len(found) == 5
    assert second["next_cursor"] is None
    assert down.alice.get(f"{KEYS}?cursor={'0' * 32}").status_code == 422


def test_nobody_hoards_keys(tmp_path: Path, migrated: Path) -> None:
    stage = set_stage(stage_settings(tmp_path / "var", keys_limit=2), migrated)
    made = stage.alice.post(KEYS, json={"name": "second"})
    assert stage.alice.post(KEYS, json={"name": "third"}).status_code == 409
    stage.alice.delete(f"{KEYS}/{body(made)['id']}")
    assert stage.alice.post(KEYS, json={"name": "third"}).status_code == 201
    stage.close()


def test_a_guest_has_no_keys(tmp_path: Path, migrated: Path) -> None:
    stage = set_stage(stage_settings(tmp_path / "var", registration="open", **QUICK), migrated)
    client = stage.app.test_client()
    client.post(f"{FOLDER}/registrations", json={"email": "eve@example.org", "name": "Eve"})
    sent = {"token": token_in(messages(stage)[-1]), "password": "quite another passphrase"}
    client.post(f"{FOLDER}/password-resets", json=sent)
    eve = browser(stage)
    eve.sign_in("eve@example.org", sent["password"])
    answer = eve.send("POST", KEYS, json={"name": "a"})
    assert (answer.status_code, body(answer)["type"]) == (403, "/problems/no-organisation")
    stage.close()


def test_a_signed_in_person_makes_keys_too(quick: Stage) -> None:
    alice = signed_in(quick, "alice")
    key = body(alice.send("POST", KEYS, json={"name": "a"}))["key"]
    assert person(quick, key).get(ANALYSES).status_code == 200
