"""Sign-in by password and browser sessions: lock-out, fixation, cookies, CSRF, expiry, who is let in now."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from gateway.database import db, now
from gateway.identity.sweeping import delete_expired
from gateway.models import AuditEvent, BrowserSession, Membership, User
from tests.gateway.browser import (
    PASSWORD,
    QUICK,
    SESSION,
    Browser,
    address_of,
    audited,
    browser,
    signed_in,
    user_named,
    with_password,
)
from tests.gateway.stage import ANALYSES, Stage, add_person, body, set_stage, stage_settings

KEYS = "/api/v1/api-keys"
NEW = "quite another passphrase"


def changed(stage: Stage, *statements: Any) -> None:
    with stage.app.app_context():
        for statement in statements:
            db.session.execute(statement)
        db.session.commit()


def test_a_session_reads_what_its_person_may(quick: Stage) -> None:
    alice = signed_in(quick, "alice")
    assert alice.get(ANALYSES).status_code == 200
    seen = body(alice.get())
    assert seen["user"]["email"] == address_of("alice")
    assert (seen["role"], seen["organisation"]["name"], seen["kind"]) == ("analyst", "Clinic", "session")
    assert "organisation:write" not in seen["scopes"]
    assert "auth.signed_in" in audited(quick)


def test_a_key_sees_itself_and_has_no_csrf_token(quick: Stage) -> None:
    seen = body(quick.alice.get(SESSION))
    assert (seen["kind"], seen["csrf_token"]) == ("key", None)
    assert body(quick.alice.delete(SESSION))["type"] == "/problems/no-session"


def test_nobody_is_nobody(quick: Stage) -> None:
    assert browser(quick).get().status_code == 401


def test_every_refused_sign_in_looks_the_same(quick: Stage) -> None:
    for name in ("alice", "bob"):
        with_password(quick, name)
    changed(quick, update(User).where(User.email == address_of("bob")).values(disabled_at=now()))
    tried = [("alice", "wrong"), ("nobody", PASSWORD), ("ann", PASSWORD), ("bob", PASSWORD)]
    answers = [browser(quick).sign_in(address_of(name), password) for name, password in tried]
    assert {answer.status_code for answer in answers} == {401}
    assert len({str({**body(answer), "request_id": None}) for answer in answers}) == 1
    assert not any("Set-Cookie" in answer.headers for answer in answers)


def test_a_refusal_takes_its_time_whatever_the_reason(tmp_path: Path, migrated: Path) -> None:
    chosen = stage_settings(tmp_path / "var", **QUICK | {"sign_in_refusal_seconds": 0.5})
    stage = set_stage(chosen, migrated)
    with_password(stage, "alice")
    for name in ("alice", "nobody"):
        began = time.monotonic()
        browser(stage).sign_in(address_of(name), "wrong")
        assert time.monotonic() - began >= 0.5
    stage.close()


def test_guessing_locks_the_account_for_a_growing_time(quick: Stage) -> None:
    with_password(quick, "alice")
    for _ in range(5):
        assert browser(quick).sign_in(address_of("alice"), "wrong").status_code == 401
    assert browser(quick).sign_in(address_of("alice")).status_code == 401, "the right one, while locked"
    assert (first := locked_for(quick)) <= timedelta(seconds=30)
    changed(quick, update(User).values(locked_until=now() - timedelta(seconds=1)))
    browser(quick).sign_in(address_of("alice"), "wrong")
    assert locked_for(quick) > first
    assert audited(quick).count("auth.locked") == 2
    changed(quick, update(User).values(locked_until=now() - timedelta(seconds=1)))
    assert browser(quick).sign_in(address_of("alice")).status_code == 200
    with quick.app.app_context():
        assert user_named("alice").failed_sign_ins == 0


def locked_for(stage: Stage) -> timedelta:
    with stage.app.app_context():
        locked_until = user_named("alice").locked_until
    assert locked_until is not None
    return locked_until - now()


def test_failures_are_noted_without_the_address(quick: Stage) -> None:
    with_password(quick, "alice")
    browser(quick).sign_in(address_of("alice"), "wrong")
    browser(quick).sign_in("stranger@example.org", "wrong")
    with quick.app.app_context():
        notes = list(db.session.scalars(select(AuditEvent).where(AuditEvent.action == "auth.failed")))
    assert [(note.actor_id, note.details) for note in notes] == [(None, {})] * 2


def test_sign_in_gives_a_new_token_and_ends_what_the_browser_held(quick: Stage) -> None:
    one = signed_in(quick, "alice")
    planted = one.client.get_cookie("ki67")
    assert planted is not None
    one.sign_in(address_of("alice"))
    fresh = one.client.get_cookie("ki67")
    assert fresh is not None
    assert fresh.value != planted.value
    other = browser(quick)
    other.client.set_cookie("ki67", planted.value)
    assert other.get().status_code == 401


def test_an_unknown_token_is_not_adopted(quick: Stage) -> None:
    with_password(quick, "alice")
    one = browser(quick)
    one.client.set_cookie("ki67", "x" * 43)
    one.sign_in(address_of("alice"))
    cookie = one.client.get_cookie("ki67")
    assert cookie is not None
    assert cookie.value != "x" * 43


def test_the_token_itself_is_nowhere_in_the_database(quick: Stage) -> None:
    cookie = signed_in(quick, "alice").client.get_cookie("ki67")
    assert cookie is not None
    files = quick.services.settings.folder.glob("*.sqlite3*")
    assert cookie.value.encode() not in b"".join(path.read_bytes() for path in files)


def test_the_cookie_is_for_http_only_and_for_our_site(quick: Stage) -> None:
    with_password(quick, "alice")
    sent = browser(quick).sign_in(address_of("alice")).headers["Set-Cookie"]
    assert sent.startswith("ki67=")
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(sent.split("; "))
    assert "Secure" not in sent


def test_beyond_loopback_the_cookie_is_secure_and_bound_to_the_host(tmp_path: Path, migrated: Path) -> None:
    stage = set_stage(stage_settings(tmp_path / "var", host="192.0.2.7", **QUICK), migrated)
    with_password(stage, "alice")
    sent = browser(stage).sign_in(address_of("alice")).headers["Set-Cookie"]
    assert sent.startswith("__Host-ki67=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(sent.split("; "))
    assert "Domain" not in sent
    stage.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": "0" * 64},
        {"X-CSRF-Token": "ü"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_what_another_site_sends_changes_nothing(quick: Stage, headers: dict[str, str]) -> None:
    alice = signed_in(quick, "alice")
    answer = alice.send("POST", KEYS, json={"name": "stolen"}, headers=headers)
    assert answer.status_code == 403
    assert body(answer)["type"] == "/problems/csrf"
    assert alice.send("DELETE", SESSION, headers=headers).status_code == 403
    assert alice.get().status_code == 200


def test_the_page_itself_may_change_something(quick: Stage) -> None:
    alice = signed_in(quick, "alice")
    own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert alice.send("POST", KEYS, json={"name": "mine"}, headers=own).status_code == 201


def test_the_csrf_token_of_another_session_is_wrong(quick: Stage) -> None:
    alice, bob = signed_in(quick, "alice"), signed_in(quick, "bob")
    alice.csrf = bob.csrf
    assert alice.send("POST", KEYS, json={"name": "a"}).status_code == 403


def test_a_wrong_key_is_not_saved_by_a_cookie(quick: Stage) -> None:
    alice = signed_in(quick, "alice")
    wrong = {"Authorization": f"Bearer ki67_{12 * '0'}_{43 * 'x'}"}
    assert alice.client.get(SESSION, headers=wrong).status_code == 401


def test_another_site_cannot_sign_a_browser_in(quick: Stage) -> None:
    with_password(quick, "alice")
    client = quick.app.test_client()
    form = {"email": address_of("alice"), "password": PASSWORD}
    assert client.post(SESSION, data=form).status_code == 415
    assert client.post(SESSION, json=form, headers={"Origin": "https://evil.example"}).status_code == 403


def test_signing_out_ends_the_session_for_whoever_holds_its_token(quick: Stage) -> None:
    alice = signed_in(quick, "alice")
    held = alice.client.get_cookie("ki67")
    assert held is not None
    assert alice.send("DELETE", SESSION).status_code == 204
    assert alice.client.get_cookie("ki67") is None
    alice.client.set_cookie("ki67", held.value)
    assert alice.get().status_code == 401


@pytest.mark.parametrize(
    "column", [{"expires_at": timedelta(seconds=-1)}, {"last_used_at": timedelta(hours=-13)}], ids=str
)
def test_old_and_idle_sessions_end_and_are_swept(quick: Stage, column: dict[str, timedelta]) -> None:
    alice = signed_in(quick, "alice")
    changed(quick, update(BrowserSession).values({name: now() + ago for name, ago in column.items()}))
    assert alice.get().status_code == 401
    with quick.app.app_context():
        delete_expired()
        assert db.session.scalars(select(BrowserSession)).all() == []


def test_a_disabled_user_is_refused_by_session_and_by_key(quick: Stage) -> None:
    alice = signed_in(quick, "alice")
    changed(quick, update(User).where(User.email == address_of("alice")).values(disabled_at=now()))
    assert alice.get().status_code == 401
    assert quick.alice.get(ANALYSES).status_code == 401
    assert quick.bob.get(ANALYSES).status_code == 200


def test_whoever_left_an_organisation_has_no_key_and_is_a_guest(quick: Stage) -> None:
    alice = signed_in(quick, "alice")
    with quick.app.app_context():
        user_id = user_named("alice").id
    changed(quick, delete(Membership).where(Membership.user_id == user_id))
    assert quick.alice.get(ANALYSES).status_code == 401
    seen = body(alice.get())
    assert (seen["role"], seen["organisation"], seen["memberships"]) == ("guest", None, [])
    assert alice.send("POST", ANALYSES, data={"images": []}).status_code == 403


def test_scopes_shrink_with_the_role(quick: Stage) -> None:
    ann = signed_in(quick, "ann")
    assert ann.get(f"{KEYS}?all=true").status_code == 200
    with quick.app.app_context():
        user_id = user_named("ann").id
    changed(quick, update(Membership).where(Membership.user_id == user_id).values(role="student"))
    assert "organisation:write" not in body(ann.get())["scopes"]
    assert ann.get(f"{KEYS}?all=true").status_code == 403
    assert "organisation:write" not in body(quick.ann.get(SESSION))["scopes"]


def test_a_person_of_two_organisations_switches_and_no_further(quick: Stage) -> None:
    with quick.app.app_context():
        add_person("alice", "Second", "student")
    alice = signed_in(quick, "alice")
    places = {each["organisation"]["name"]: each for each in body(alice.get())["memberships"]}
    assert {name: each["role"] for name, each in places.items()} == {"Clinic": "analyst", "Second": "student"}
    second = places["Second"]["organisation"]["id"]
    switched = alice.send("PUT", SESSION, json={"organisation_id": second})
    assert (switched.status_code, body(switched)["role"]) == (200, "student")
    foreign = body(quick.charlie.get(SESSION))["organisation"]["id"]
    assert alice.send("PUT", SESSION, json={"organisation_id": foreign}).status_code == 404
    assert body(alice.get())["organisation"]["id"] == second


def test_a_changed_password_ends_the_other_sessions(quick: Stage) -> None:
    here, there = signed_in(quick, "alice"), browser(quick)
    there.sign_in(address_of("alice"))
    wrong = {"current_password": "wrong", "password": NEW}
    assert here.send("PUT", "/api/v1/auth/password", json=wrong).status_code == 403
    right = {"current_password": PASSWORD, "password": NEW}
    assert here.send("PUT", "/api/v1/auth/password", json=right).status_code == 204
    assert (here.get().status_code, there.get().status_code) == (200, 401)
    assert browser(quick).sign_in(address_of("alice")).status_code == 401
    assert browser(quick).sign_in(address_of("alice"), NEW).status_code == 200


@pytest.mark.parametrize("weak", ["short", "alice@example.org!", "aaaaaaaaaaaaaaaa", "x" * 256 + "y"])
def test_a_weak_password_is_refused(quick: Stage, weak: str) -> None:
    alice = signed_in(quick, "alice")
    sent = {"current_password": PASSWORD, "password": weak}
    assert alice.send("PUT", "/api/v1/auth/password", json=sent).status_code == 422


def test_a_stolen_session_cannot_guess_the_password(quick: Stage) -> None:
    alice = signed_in(quick, "alice")
    for _ in range(6):
        guess = {"current_password": "wrong", "password": NEW}
        assert alice.send("PUT", "/api/v1/auth/password", json=guess).status_code == 403
    right = {"current_password": PASSWORD, "password": NEW}
    assert alice.send("PUT", "/api/v1/auth/password", json=right).status_code == 403


def test_a_hash_of_older_parameters_is_made_anew_at_sign_in(quick: Stage) -> None:
    with_password(quick, "alice")
    before = hash_of(quick)
    stronger = stage_settings(quick.services.settings.folder, **QUICK | {"password_rounds": 2})
    object.__setattr__(quick.services, "settings", stronger)
    assert browser(quick).sign_in(address_of("alice")).status_code == 200
    assert ",t=2," in hash_of(quick) != before
    assert browser(quick).sign_in(address_of("alice")).status_code == 200


def hash_of(stage: Stage) -> str:
    with stage.app.app_context():
        return user_named("alice").password_hash or ""


def test_a_browser_is_told_which_ways_there_are(quick: Stage) -> None:
    ways = body(Browser(quick.app.test_client()).get("/api/v1/auth/methods"))
    assert ways == {"password": True, "oidc": None, "registration": "closed"}
