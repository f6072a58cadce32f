"""Browser sessions: rows here, a random token in the cookie; they end by themselves when idle or old.

The CSRF token is an HMAC of the session's id: the page reads it from the API, which no other site can.
"""

import hmac
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, or_, select

from gateway.database import db, now
from gateway.identity.accounts import home_id
from gateway.identity.tokens import digest, new_token
from gateway.models import BrowserSession, Membership, User
from gateway.permissions import GUEST, ROLE_SCOPES
from gateway.settings import Settings
from gateway.tenancy import Principal

_LAST_USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Opened:
    """A session just begun: its token, shown to the browser only, and who acts by it."""

    token: str
    principal: Principal


def open_session(settings: Settings, user: User) -> Opened:
    """Begin a session in the user's first organisation; its token is always new."""
    token = new_token()
    row = BrowserSession(
        digest=digest(_secret(settings), "session", token),
        user_id=user.id,
        organisation_id=home_id(user.id),
        expires_at=now() + timedelta(days=settings.session_days),
    )
    db.session.add(row)
    db.session.flush()
    return Opened(token, principal_of(row))


def check_session(settings: Settings, token: str) -> Principal | None:
    """Return who acts by that cookie; None where it is wrong or has ended, or the user was disabled."""
    row = _row(settings, token)
    if row is None:
        return None
    if now() - row.last_used_at > _LAST_USED_EVERY:
        row.last_used_at = now()
        db.session.commit()
    return principal_of(row)


def principal_of(row: BrowserSession) -> Principal:
    """Return the person with what their role may do now; a guest where they are in no organisation."""
    place = (row.organisation_id, row.user_id)
    membership = db.session.get(Membership, place) if row.organisation_id else None
    role = membership.role if membership else GUEST
    organisation_id = membership.organisation_id if membership else ""
    return Principal(row.user_id, organisation_id, role, ROLE_SCOPES[role], "session", row.id)


def switch_organisation(session_id: str, organisation_id: str) -> Principal | None:
    """Let a session act in another of its user's organisations; None where they are not in it."""
    row = db.session.get_one(BrowserSession, session_id)
    if db.session.get(Membership, (organisation_id, row.user_id)) is None:
        return None
    row.organisation_id = organisation_id
    return principal_of(row)


def close_session(settings: Settings, token: str) -> None:
    """End the session of that cookie, where there is one."""
    held = digest(_secret(settings), "session", token)
    db.session.execute(delete(BrowserSession).where(BrowserSession.digest == held))


def close_sessions(user_id: str, but: str | None = None) -> None:
    """End all sessions of a user, or all but one."""
    theirs = delete(BrowserSession).where(BrowserSession.user_id == user_id)
    db.session.execute(theirs.where(BrowserSession.id != but) if but else theirs)


def csrf_token(settings: Settings, session_id: str) -> str:
    """Return what requests of that session that change something carry in `X-CSRF-Token`."""
    return digest(_secret(settings), "csrf", session_id)


def is_csrf_token(settings: Settings, session_id: str, sent: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(csrf_token(settings, session_id).encode(), sent.encode())


def delete_ended(settings: Settings) -> None:
    """Remove sessions that are idle for too long or too old."""
    idle = BrowserSession.last_used_at < now() - timedelta(hours=settings.session_idle_hours)
    db.session.execute(delete(BrowserSession).where(or_(BrowserSession.expires_at < now(), idle)))


def _row(settings: Settings, token: str) -> BrowserSession | None:
    live = (
        BrowserSession.digest == digest(_secret(settings), "session", token),
        BrowserSession.expires_at > now(),
        BrowserSession.last_used_at > now() - timedelta(hours=settings.session_idle_hours),
        User.disabled_at.is_(None),
    )
    joined = select(BrowserSession).join(User, User.id == BrowserSession.user_id)
    return db.session.scalar(joined.where(*live))


def _secret(settings: Settings) -> str:
    return settings.secret.get_secret_value()
