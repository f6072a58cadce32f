"""Address and password in, a user out; guessing is slowed down for each account.

An attempt is counted before the password is looked at, so that guesses made at once gain nothing; the right
password takes the count back. Refusals look alike and take as long, whatever the reason.
"""

import time
from datetime import timedelta

from sqlalchemy import or_, update

from gateway import audit
from gateway.database import db, now
from gateway.identity.accounts import find_user, home_id
from gateway.identity.passwords import hash_password, is_outdated, matches
from gateway.identity.problems import SignInProblem
from gateway.identity.settings import IdentitySettings
from gateway.models import User


def sign_in(settings: IdentitySettings, email: str, password: str) -> User:
    """Return the user; raises SignInProblem, not before a fixed time has passed."""
    began = time.monotonic()
    user = find_user(email)
    if is_their_password(settings, user, password) and user is not None and user.disabled_at is None:
        return user
    _note_failure(user)
    time.sleep(max(0.0, settings.sign_in_refusal_seconds - (time.monotonic() - began)))
    raise SignInProblem


def is_their_password(settings: IdentitySettings, user: User | None, password: str) -> bool:
    """Check a password and count the attempt; while the account waits, no password is the right one."""
    counted = user is not None and _count_attempt(settings, user.id)
    stored = user.password_hash if user is not None and counted else None
    right = matches(settings, stored, password)
    if user is not None and right:
        user.failed_sign_ins, user.locked_until = 0, None
        if is_outdated(settings, stored or ""):
            user.password_hash = hash_password(settings, password)
    elif user is not None and counted and user.locked_until is not None and user.locked_until > now():
        audit.note(None, "auth.locked", "user", user.id, organisation_id=home_id(user.id))
    return right


def _count_attempt(settings: IdentitySettings, user_id: str) -> bool:
    """Count one more wrong password until it proves right; False while the account waits."""
    free = or_(User.locked_until.is_(None), User.locked_until <= now())
    change = update(User).where(User.id == user_id, free).values(failed_sign_ins=User.failed_sign_ins + 1)
    count = db.session.scalar(change.returning(User.failed_sign_ins))
    if count is not None and count >= settings.sign_in_attempts:
        locked_until = now() + _wait(settings, count)
        db.session.execute(update(User).where(User.id == user_id).values(locked_until=locked_until))
    db.session.commit()
    return count is not None


def _wait(settings: IdentitySettings, count: int) -> timedelta:
    doublings = min(count - settings.sign_in_attempts, 30)
    seconds = min(settings.sign_in_lock_seconds * 2**doublings, settings.sign_in_lock_limit_seconds)
    return timedelta(seconds=seconds)


def _note_failure(user: User | None) -> None:
    """Note it, of an unknown address too: no trace is left of what was typed."""
    place = home_id(user.id) if user else None
    audit.note(None, "auth.failed", "user", user.id if user else None, organisation_id=place)
    db.session.commit()
