"""Tokens sent to an address: to verify it, or to choose a password. Each works once, and not for long.

Asking for one is an errand: it looks the same whether the address belongs to anybody or not.
"""

from datetime import timedelta
from typing import Literal

from sqlalchemy import ColumnElement, delete, func, select, update

from gateway import audit
from gateway.database import db, now
from gateway.extensions import services
from gateway.identity.accounts import add_user, checked_hash, find_user, home_id, mark_verified, store_hash
from gateway.identity.problems import TokenProblem
from gateway.identity.sessions import close_sessions
from gateway.identity.tokens import digest, new_token
from gateway.models import EmailToken, User
from gateway.settings import Settings

Purpose = Literal["verify", "reset"]
_PATHS = {"verify": "verify-address", "reset": "choose-password"}
_SUBJECTS = {"verify": "Confirm your address", "reset": "Choose your password"}
_TEXT = """Hello {name},

open this address to {deed}. It works once, within {hours:g} hours.

{link}

If you did not ask for this, there is nothing to do.
"""
_DEEDS = {"verify": "confirm that this address is yours", "reset": "choose a password for Ki-67 scoring"}


def ask_for_registration(email: str, name: str) -> None:
    """Make an account without a password, and send what chooses one to its address (an errand)."""
    if find_user(email) is None:
        user = add_user(email, name)
        audit.note(None, "user.registered", "user", user.id)
        db.session.commit()
    ask_for("reset", email)


def ask_for(purpose: Purpose, email: str) -> None:
    """Send a token to an address that has an account (an errand)."""
    user = find_user(email)
    if user is None or user.disabled_at is not None or _has_enough(user):
        return
    if purpose == "verify" and user.email_verified_at is not None:
        return
    settings = services().settings
    token = issue(settings, user, purpose)
    audit.note(None, f"auth.{purpose}_requested", "user", user.id, organisation_id=home_id(user.id))
    to, name = user.email, user.name
    db.session.commit()
    text = _TEXT.format(
        name=name, deed=_DEEDS[purpose], hours=settings.email_token_hours, link=link(settings, purpose, token)
    )
    services().mailer.send(to, _SUBJECTS[purpose], text)


def issue(settings: Settings, user: User, purpose: Purpose) -> str:
    """Add a token to the session and return it, for the only time."""
    token = new_token()
    db.session.add(
        EmailToken(
            user_id=user.id,
            purpose=purpose,
            digest=digest(settings.secret.get_secret_value(), purpose, token),
            expires_at=now() + timedelta(hours=settings.email_token_hours),
        )
    )
    return token


def link(settings: Settings, purpose: Purpose, token: str) -> str:
    """Return the page that uses a token."""
    return page_link(settings, _PATHS[purpose], token)


def page_link(settings: Settings, page: str, token: str) -> str:
    """Return a page of the web client with a token behind `#`, so that no log or referrer shows it."""
    return f"{settings.public_address}/{page}#{token}"


def verify(settings: Settings, token: str) -> None:
    """Note that the address is read; raises TokenProblem."""
    mark_verified(_redeem(settings, "verify", token))
    db.session.commit()


def reset_password(settings: Settings, token: str, password: str) -> None:
    """Set a new password and end all sessions; raises TokenProblem, WeakPasswordProblem.

    Whoever got the message reads the address: it is verified too.
    """
    password_hash = checked_hash(settings, _holder(settings, "reset", token), password)
    user = _redeem(settings, "reset", token)
    store_hash(user, password_hash)
    close_sessions(user.id)
    db.session.execute(delete(EmailToken).where(EmailToken.user_id == user.id, EmailToken.used_at.is_(None)))
    audit.note(None, "auth.password_reset", "user", user.id, organisation_id=home_id(user.id))
    mark_verified(user)
    db.session.commit()


def delete_expired() -> None:
    """Remove tokens that nobody can use any more."""
    db.session.execute(delete(EmailToken).where(EmailToken.expires_at < now()))


def _redeem(settings: Settings, purpose: Purpose, token: str) -> User:
    """Use a token up and return whose it is; of two who use it at once, one gets TokenProblem."""
    user = _holder(settings, purpose, token)
    change = update(EmailToken).where(*_usable(settings, purpose, token)).values(used_at=now())
    done = change.returning(EmailToken.id).execution_options(synchronize_session=False)
    if db.session.scalar(done) is None:
        raise TokenProblem
    return user


def _holder(settings: Settings, purpose: Purpose, token: str) -> User:
    """Return whose token it is, and leave it as it is; raises TokenProblem."""
    theirs = select(User).join(EmailToken, EmailToken.user_id == User.id)
    user = db.session.scalar(theirs.where(*_usable(settings, purpose, token), User.disabled_at.is_(None)))
    if user is None:
        raise TokenProblem
    return user


def _usable(settings: Settings, purpose: Purpose, token: str) -> tuple[ColumnElement[bool], ...]:
    held = digest(settings.secret.get_secret_value(), purpose, token)
    return EmailToken.digest == held, EmailToken.used_at.is_(None), EmailToken.expires_at > now()


def _has_enough(user: User) -> bool:
    """Tell whether so many unused tokens are under way that no more are sent."""
    unused = (EmailToken.user_id == user.id, EmailToken.used_at.is_(None), EmailToken.expires_at > now())
    count = db.session.scalar(select(func.count()).select_from(EmailToken).where(*unused)) or 0
    return count >= services().settings.email_tokens_limit
