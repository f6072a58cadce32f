"""A browser that signs in and keeps its cookie and CSRF token; and what sets a person up for it."""

import email
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from gateway.database import db
from gateway.identity.accounts import mark_verified, set_password
from gateway.models import AuditEvent, User
from tests.gateway.stage import Stage, body

SESSION = "/api/v1/auth/session"
PASSWORD = "correct horse battery"  # noqa: S105
QUICK: dict[str, Any] = {"password_memory_kib": 8192, "password_rounds": 1, "sign_in_refusal_seconds": 0.0}


@dataclass
class Browser:
    """One browser."""

    client: FlaskClient
    csrf: str = ""
    document: dict[str, Any] = field(default_factory=dict)

    def sign_in(self, address: str, password: str = PASSWORD) -> TestResponse:
        answer = self.client.post(SESSION, json={"email": address, "password": password})
        if answer.status_code == 200:
            self.document = body(answer)
            self.csrf = self.document["csrf_token"]
        return answer

    def send(self, method: str, path: str, **more: Any) -> TestResponse:
        headers = {"X-CSRF-Token": self.csrf} | more.pop("headers", {})
        return self.client.open(path, method=method, headers=headers, **more)

    def get(self, path: str = SESSION) -> TestResponse:
        return self.client.get(path)


def browser(stage: Stage) -> Browser:
    return Browser(stage.app.test_client())


def signed_in(stage: Stage, name: str) -> Browser:
    """Give somebody of the cast a password and sign them in."""
    with_password(stage, name)
    one = browser(stage)
    assert one.sign_in(address_of(name)).status_code == 200
    return one


def address_of(name: str) -> str:
    return f"{name}@example.org"


def with_password(stage: Stage, name: str, *, verified: bool = True) -> None:
    with stage.app.app_context():
        user = user_named(name)
        set_password(stage.services.settings, user, PASSWORD)
        if verified:
            mark_verified(user)
        db.session.commit()


def user_named(name: str) -> User:
    """Return somebody's row; needs an application context."""
    return db.session.scalars(select(User).where(User.email == address_of(name))).one()


def messages(stage: Stage) -> list[str]:
    """Return the texts of all messages so far."""
    stage.services.errands.finish()
    folder = stage.services.settings.folder / "log" / "mail"
    found = (email.message_from_bytes(path.read_bytes()) for path in sorted(folder.glob("*.eml")))
    return [str(message.get_payload(decode=True), "utf-8") for message in found]  # type: ignore[arg-type]


def token_in(message: str) -> str:
    return message.partition("#")[2].split()[0]


def audited(stage: Stage) -> list[str]:
    with stage.app.app_context():
        return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.at)))
