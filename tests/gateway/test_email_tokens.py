"""Tokens by mail: single use, short life, and the same answer whether the account exists or not."""

import email
import socketserver
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from benchmark.servers.ports import free_ports
from gateway.database import db, now
from gateway.identity.accounts import claim_assignments
from gateway.identity.mail import MailError, SmtpMailer
from gateway.identity.sweeping import delete_expired
from gateway.models import Assignment, EmailToken, User
from tests.gateway.browser import (
    QUICK,
    address_of,
    audited,
    browser,
    messages,
    signed_in,
    token_in,
    user_named,
    with_password,
)
from tests.gateway.stage import Stage, body, set_stage, stage_settings

RESETS, RESET_REQUESTS = "/api/v1/auth/password-resets", "/api/v1/auth/password-reset-requests"
VERIFICATIONS, VERIFICATION_REQUESTS = "/api/v1/auth/verifications", "/api/v1/auth/verification-requests"
NEW = "quite another passphrase"


def asked(stage: Stage, path: str, name: str) -> str:
    """Ask for a message and return the token in the newest one."""
    answer = stage.app.test_client().post(path, json={"email": address_of(name)})
    assert answer.status_code == 202
    return token_in(messages(stage)[-1])


def redeemed(stage: Stage, token: str, password: str = NEW) -> int:
    sent = {"token": token, "password": password}
    return stage.app.test_client().post(RESETS, json=sent).status_code


def test_a_reset_sets_the_password_verifies_the_address_and_ends_sessions(quick: Stage) -> None:
    with_password(quick, "alice", verified=False)
    before = browser(quick)
    before.sign_in(address_of("alice"))
    assert redeemed(quick, asked(quick, RESET_REQUESTS, "alice")) == 204
    assert before.get().status_code == 401
    assert browser(quick).sign_in(address_of("alice")).status_code == 401
    after = browser(quick)
    assert after.sign_in(address_of("alice"), NEW).status_code == 200
    assert after.document["user"]["email_verified"]
    assert "auth.password_reset" in audited(quick)


def test_a_token_works_once_and_takes_the_others_with_it(quick: Stage) -> None:
    first, second = (asked(quick, RESET_REQUESTS, "alice") for _ in range(2))
    assert redeemed(quick, second) == 204
    assert redeemed(quick, second) == 422
    assert redeemed(quick, first) == 422


def test_a_weak_password_does_not_use_the_token_up(quick: Stage) -> None:
    token = asked(quick, RESET_REQUESTS, "alice")
    assert redeemed(quick, token, "short") == 422
    assert redeemed(quick, token) == 204


def test_a_token_expires_and_is_swept(quick: Stage) -> None:
    token = asked(quick, RESET_REQUESTS, "alice")
    with quick.app.app_context():
        db.session.execute(update(EmailToken).values(expires_at=now() - timedelta(seconds=1)))
        db.session.commit()
    assert redeemed(quick, token) == 422
    with quick.app.app_context():
        delete_expired()
        assert db.session.scalars(select(EmailToken)).all() == []


def test_a_token_of_one_purpose_is_nothing_as_the_other(quick: Stage) -> None:
    token = asked(quick, VERIFICATION_REQUESTS, "alice")
    assert redeemed(quick, token) == 422
    assert quick.app.test_client().post(VERIFICATIONS, json={"token": token}).status_code == 204
    with quick.app.app_context():
        assert user_named("alice").email_verified_at is not None
    assert quick.app.test_client().post(VERIFICATIONS, json={"token": token}).status_code == 422


def test_a_disabled_users_token_is_refused(quick: Stage) -> None:
    token = asked(quick, RESET_REQUESTS, "alice")
    with quick.app.app_context():
        db.session.execute(update(User).values(disabled_at=now()))
        db.session.commit()
    assert redeemed(quick, token) == 422


@pytest.mark.parametrize("path", [RESET_REQUESTS, VERIFICATION_REQUESTS])
def test_asking_does_not_tell_whether_an_account_exists(quick: Stage, path: str) -> None:
    addresses = [address_of("alice"), "nobody@example.org", "not an address"]
    answers = [quick.app.test_client().post(path, json={"email": each}) for each in addresses]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.data for answer in answers}) == 1
    assert len(messages(quick)) == 1


def test_nobody_is_flooded_with_messages(quick: Stage) -> None:
    for _ in range(7):
        quick.app.test_client().post(RESET_REQUESTS, json={"email": address_of("alice")})
        quick.services.errands.finish()
    assert len(messages(quick)) == quick.services.settings.email_tokens_limit


def test_the_token_is_nowhere_in_the_database_and_its_message_is_the_owners(quick: Stage) -> None:
    token = asked(quick, RESET_REQUESTS, "alice")
    folder = quick.services.settings.folder
    assert token.encode() not in b"".join(path.read_bytes() for path in folder.glob("*.sqlite3*"))
    (file,) = (folder / "log" / "mail").glob("*.eml")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_registration_is_closed_unless_opened(quick: Stage) -> None:
    sent = {"email": "eve@example.org", "name": "Eve"}
    answer = quick.app.test_client().post("/api/v1/auth/registrations", json=sent)
    assert (answer.status_code, body(answer)["type"]) == (403, "/problems/registration-closed")
    assert messages(quick) == []


def test_open_registration_makes_a_guest_who_must_read_the_address(tmp_path: Path, migrated: Path) -> None:
    stage = set_stage(stage_settings(tmp_path / "var", registration="open", **QUICK), migrated)
    sent = {"email": "Eve@example.org", "name": "Eve"}
    assert stage.app.test_client().post("/api/v1/auth/registrations", json=sent).status_code == 202
    assert redeemed(stage, token_in(messages(stage)[-1])) == 204
    eve = browser(stage)
    assert eve.sign_in("eve@example.org", NEW).status_code == 200
    assert (eve.document["role"], eve.document["organisation"]) == ("guest", None)
    answer = stage.app.test_client().post("/api/v1/auth/registrations", json=sent | {"name": "Mallory"})
    assert answer.status_code == 202
    assert "Hello Eve" in messages(stage)[-1], "whose account it is stays as it was"
    stage.close()


def test_what_was_assigned_to_an_address_waits_until_it_is_verified(quick: Stage, field: bytes) -> None:
    made = body(quick.alice.upload([("a.png", field)], wait="0"))["items"][0]["analysis"]["id"]
    with quick.app.app_context():
        bob = user_named("bob")
        waiting = {"analysis_id": made, "assigner_id": user_named("alice").id, "blind": True}
        db.session.add(Assignment(assignee_email=bob.email, due_on=date(2030, 1, 1), **waiting))
        claim_assignments(bob)
        db.session.commit()
        assert db.session.scalars(select(Assignment.assignee_id)).one() is None
    token = asked(quick, VERIFICATION_REQUESTS, "bob")
    assert quick.bob.get(f"/api/v1/analyses/{made}").status_code == 404
    quick.app.test_client().post(VERIFICATIONS, json={"token": token})
    assert quick.bob.get(f"/api/v1/analyses/{made}").status_code == 200


def test_a_signed_in_person_who_is_verified_gets_no_further_message(quick: Stage) -> None:
    signed_in(quick, "alice")
    quick.app.test_client().post(VERIFICATION_REQUESTS, json={"email": address_of("alice")})
    assert messages(quick) == []


class _Smtp(socketserver.StreamRequestHandler):
    """As much of a mail server as one message needs; it offers no TLS."""

    def handle(self) -> None:
        self._say(b"220 test")
        while line := self.rfile.readline().strip():
            verb = line[:4].upper()
            if verb == b"DATA":
                self._say(b"354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.received.append(b"".join(lines))  # type: ignore[attr-defined]
            self._say(b"221 bye" if verb == b"QUIT" else b"250 test")

    def _say(self, text: bytes) -> None:
        self.wfile.write(text + b"\r\n")


@contextmanager
def smtp_server() -> Iterator[tuple[int, list[bytes]]]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp) as server:
        received: list[bytes] = []
        server.received = received  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server.server_address[1], received
        server.shutdown()
        thread.join()


def smtp(folder: Path, port: int, **more: Any) -> SmtpMailer:
    settings = stage_settings(folder, smtp_host="127.0.0.1", smtp_port=port, smtp_seconds=5, **more)
    return SmtpMailer(settings)


def test_a_mail_server_gets_the_message(tmp_path: Path) -> None:
    with smtp_server() as (port, received):
        smtp(tmp_path, port, smtp_security="none").send("alice@example.org", "Grüße", "Hallo Ä")
    message = email.message_from_bytes(received[0])
    assert (message["To"], message["From"]) == ("alice@example.org", "ki67@localhost")
    assert b"Hallo" in received[0]


def test_a_server_without_tls_gets_nothing(tmp_path: Path) -> None:
    with smtp_server() as (port, received), pytest.raises(MailError, match="NotSupported"):
        smtp(tmp_path, port).send("alice@example.org", "subject", "a token")
    assert received == []


def test_a_server_that_is_down_is_one_kind_of_error(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with pytest.raises(MailError, match="ConnectionRefused"):
        smtp(tmp_path, port).send("alice@example.org", "subject", "text")
