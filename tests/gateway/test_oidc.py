"""Sign-in at a real OpenID provider over HTTP, started here: who is linked or let in, what does not hold."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from socket import socket
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx2
import oidc_provider_mock
import pytest
from sqlalchemy import func, select, update

from benchmark.servers.ports import free_ports
from gateway.database import db, now
from gateway.identity import actions
from gateway.identity.accounts import mark_verified
from gateway.models import AuditEvent, Membership, OidcIdentity, User
from tests.gateway.browser import (
    QUICK,
    SESSION,
    Browser,
    address_of,
    browser,
    user_named,
    with_password,
)
from tests.gateway.stage import Stage, body, set_stage, stage_settings

OIDC = "/api/v1/auth/oidc"
PEOPLE = {
    "alice": {"email": "Alice@example.org", "email_verified": True, "name": "Alice"},
    "alice-again": {"email": "alice@example.org", "email_verified": True},
    "unverified": {"email": "alice@example.org", "email_verified": False},
    "silent": {"email": "alice@example.org"},
    "faceless": {"name": "Nobody"},
    "dora": {"email": "dora@institute.example.org", "email_verified": True, "name": "Dora"},
}
Build = Callable[..., Stage]


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """A provider with some people; it asks for no password."""
    people = [oidc_provider_mock.User(sub=sub, claims=claims) for sub, claims in PEOPLE.items()]
    with oidc_provider_mock.run_server_in_thread(user_claims=people, require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def build(tmp_path: Path, migrated: Path, issuer: str) -> Iterator[Build]:
    """Build a gateway that knows the provider, with further settings."""
    built: list[Stage] = []

    def make(**more: Any) -> Stage:
        chosen = {"oidc_issuer": issuer, "oidc_client_secret": "s3cret", "public_url": "http://localhost"}
        stage = set_stage(stage_settings(tmp_path / "var", **QUICK | chosen | more), migrated)
        built.append(stage)
        return stage

    yield make
    for stage in built:
        stage.close()


def begun(one: Browser, after: str = "/") -> str:
    """Begin a sign-in and return the address at the provider."""
    answer = one.client.get(OIDC, query_string={"next": after})
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def agreed(address: str, sub: str) -> str:
    """Agree at the provider and return where it sends the browser."""
    answer = httpx2.post(address, data={"sub": sub}, trust_env=False)
    assert answer.status_code in {302, 303}, answer.text
    return answer.headers["Location"]


def back(one: Browser, address: str) -> Any:
    parts = urlsplit(address)
    return one.client.get(f"{parts.path}?{parts.query}")


def entered(one: Browser, sub: str, after: str = "/") -> Any:
    return back(one, agreed(begun(one, after), sub))


def code_of(answer: Any) -> str:
    return str(body(answer)["type"]).rpartition("/")[2]


def verified(stage: Stage, name: str) -> None:
    with stage.app.app_context():
        mark_verified(user_named(name))
        db.session.commit()


def count(stage: Stage, table: type[Any]) -> int:
    with stage.app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_a_verified_address_signs_its_account_in(build: Build) -> None:
    stage = build()
    verified(stage, "alice")
    one = browser(stage)
    answer = entered(one, "alice", "/records?category=high#top")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/records?category=high#top")
    seen = body(one.get(SESSION))
    assert (seen["user"]["email"], seen["role"]) == (address_of("alice"), "analyst")
    with stage.app.app_context():
        assert {"auth.signed_in", "auth.oidc_linked"} <= set(db.session.scalars(select(AuditEvent.action)))
    assert entered(browser(stage), "alice").status_code == 302
    assert count(stage, OidcIdentity) == 1


def test_the_address_asks_for_a_code_with_proof_and_gives_no_secret(build: Build) -> None:
    query = parse_qs(urlsplit(begun(browser(build()))).query)
    assert query["response_type"] == ["code"]
    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == [f"http://localhost{OIDC}/callback"]
    assert {"state", "nonce", "code_challenge"} <= set(query)
    assert "client_secret" not in query


def test_an_account_without_password_is_linked_and_verified(build: Build) -> None:
    stage = build()
    with stage.app.app_context():
        db.session.add(User(email="dora@institute.example.org", name="Dora"))
        db.session.commit()
    one = browser(stage)
    assert entered(one, "dora").status_code == 302
    assert body(one.get(SESSION))["user"]["email_verified"]


def test_an_account_that_somebody_prepared_is_not_linked(build: Build) -> None:
    """Pre-hijacking: a password or a key is there, and nobody has shown that they read the address."""
    stage = build()
    assert code_of(entered(browser(stage), "alice")) == "oidc-not-linked"
    with_password(stage, "alice", verified=False)
    one = browser(stage)
    answer = entered(one, "alice")
    assert (answer.status_code, code_of(answer)) == (403, "oidc-not-linked")
    assert one.get(SESSION).status_code == 401
    assert count(stage, OidcIdentity) == 0


@pytest.mark.parametrize("sub", ["unverified", "silent", "faceless"])
def test_an_address_that_the_provider_does_not_vouch_for_links_nothing(build: Build, sub: str) -> None:
    stage = build(registration="open")
    verified(stage, "alice")
    assert code_of(entered(browser(stage), sub)) == "oidc-email-unverified"
    assert count(stage, OidcIdentity) == 0


def test_a_second_account_at_the_provider_does_not_get_the_first_ones(build: Build) -> None:
    stage = build()
    verified(stage, "alice")
    assert entered(browser(stage), "alice").status_code == 302
    assert code_of(entered(browser(stage), "alice-again")) == "oidc-not-linked"


def test_a_disabled_user_is_refused(build: Build) -> None:
    stage = build()
    verified(stage, "alice")
    assert entered(browser(stage), "alice").status_code == 302
    with stage.app.app_context():
        db.session.execute(update(User).values(disabled_at=now()))
        db.session.commit()
    assert code_of(entered(browser(stage), "alice")) == "oidc-refused"


def test_whom_nobody_expects_gets_no_account(build: Build) -> None:
    stage = build()
    before = count(stage, User)
    assert code_of(entered(browser(stage), "dora")) == "oidc-not-expected"
    assert count(stage, User) == before


def test_open_registration_makes_a_guest_in_no_organisation(build: Build) -> None:
    stage = build(registration="open")
    members = count(stage, Membership)
    one = browser(stage)
    assert entered(one, "dora").status_code == 302
    seen = body(one.get(SESSION))
    assert (seen["role"], seen["organisation"]) == ("guest", None)
    assert count(stage, Membership) == members


def test_new_people_join_the_organisation_that_the_settings_name(build: Build) -> None:
    stage = build(
        oidc_organisation="Clinic", oidc_role="pathologist", oidc_email_domains="institute.example.org"
    )
    one = browser(stage)
    assert entered(one, "dora").status_code == 302
    seen = body(one.get(SESSION))
    assert (seen["role"], seen["organisation"]["name"]) == ("pathologist", "Clinic")


def test_people_of_other_domains_do_not_join(build: Build) -> None:
    stage = build(oidc_organisation="Clinic", oidc_email_domains="elsewhere.example.org")
    assert code_of(entered(browser(stage), "dora")) == "oidc-not-expected"


def test_a_code_works_once(build: Build) -> None:
    stage = build()
    verified(stage, "alice")
    one = browser(stage)
    address = agreed(begun(one), "alice")
    kept = one.client.get_cookie("ki67-oidc")
    assert kept is not None
    assert back(one, address).status_code == 302
    assert one.client.get_cookie("ki67-oidc") is None
    assert code_of(back(one, address)) == "oidc-refused"
    again = browser(stage)
    again.client.set_cookie("ki67-oidc", kept.value)
    assert code_of(back(again, address)) == "oidc-refused", "the provider takes a code once"


def test_another_browsers_answer_is_refused(build: Build) -> None:
    """Login CSRF: the attacker's code in the victim's browser, with or without a sign-in under way."""
    stage = build()
    verified(stage, "alice")
    address = agreed(begun(browser(stage)), "alice")
    victim = browser(stage)
    assert code_of(back(victim, address)) == "oidc-refused"
    begun(victim)
    assert code_of(back(victim, address)) == "oidc-refused"


def test_a_code_that_was_asked_for_with_another_nonce_is_refused(build: Build, issuer: str) -> None:
    stage = build()
    verified(stage, "alice")
    one = browser(stage)
    address = urlsplit(begun(one))
    query = dict(parse_qsl(address.query)) | {"nonce": "a" * 43}
    injected = agreed(f"{issuer}{address.path}?{urlencode(query)}", "alice")
    assert code_of(back(one, injected)) == "oidc-refused"


def test_a_sign_in_that_took_too_long_is_refused(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = build()
    verified(stage, "alice")
    one = browser(stage)
    address = agreed(begun(one), "alice")
    later = time.time() + 601
    monkeypatch.setattr("gateway.identity.oidc.time.time", lambda: later)
    assert code_of(back(one, address)) == "oidc-refused"


def test_who_says_no_at_the_provider_is_not_signed_in(build: Build) -> None:
    one = browser(build())
    state = parse_qs(urlsplit(begun(one)).query)["state"][0]
    answer = one.client.get(f"{OIDC}/callback?error=access_denied&state={state}")
    assert (answer.status_code, code_of(answer)) == (403, "oidc-refused")


def test_the_answer_of_another_provider_is_refused(build: Build) -> None:
    one = browser(build())
    address = agreed(begun(one), "alice")
    assert code_of(back(one, f"{address}&iss=https%3A%2F%2Fevil.example")) == "oidc-refused"


@pytest.mark.parametrize(
    "page",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil",
        "javascript:x",
        "/a\nb",
        "",
        "a",
    ],
)
def test_the_next_page_is_always_ours(page: str) -> None:
    assert actions.safe_page(page) == "/"


def test_a_provider_that_is_down_is_said_so(build: Build) -> None:
    (port,) = free_ports(1)
    answer = browser(build(oidc_issuer=f"http://127.0.0.1:{port}")).client.get(OIDC)
    assert (answer.status_code, code_of(answer)) == (503, "oidc-unavailable")
    assert answer.headers["Retry-After"]


def test_a_provider_that_never_answers_is_given_up(build: Build) -> None:
    with closing(socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        began = time.monotonic()
        stage = build(oidc_issuer=f"http://127.0.0.1:{port}", oidc_seconds=0.5)
        answer = browser(stage).client.get(OIDC)
        assert code_of(answer) == "oidc-unavailable"
        assert time.monotonic() - began < 5


def test_a_provider_of_another_name_is_not_trusted(build: Build, issuer: str) -> None:
    alias = issuer.replace("localhost", "127.0.0.1") + "/"
    stage = build(oidc_issuer=f"{alias}.")
    assert code_of(browser(stage).client.get(OIDC)) == "oidc-unavailable"


def test_without_a_provider_there_is_none(quick: Stage) -> None:
    assert code_of(browser(quick).client.get(OIDC)) == "oidc-not-configured"
    assert code_of(browser(quick).client.get(f"{OIDC}/callback")) == "oidc-not-configured"


PAGE = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def test_a_refusal_leads_a_browser_to_the_page_that_says_it(build: Build) -> None:
    one = browser(build())
    parts = urlsplit(agreed(begun(one), "dora"))
    answer = one.client.get(f"{parts.path}?{parts.query}", headers=PAGE)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in?problem=oidc-not-expected")
    assert one.get(SESSION).status_code == 401


def test_a_provider_that_is_down_leads_a_browser_back(build: Build) -> None:
    (port,) = free_ports(1)
    answer = browser(build(oidc_issuer=f"http://127.0.0.1:{port}")).client.get(OIDC, headers=PAGE)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in?problem=oidc-unavailable")
