"""Accounts: found and made by address, verified, given a password, shown what waited for them.

An address is compared in lower case. The caller commits.
"""

from sqlalchemy import select, update

from gateway import audit
from gateway.database import db, now
from gateway.identity.addresses import normal_address
from gateway.identity.passwords import check_strength, hash_password
from gateway.identity.settings import IdentitySettings
from gateway.models import Assignment, Membership, User
from gateway.tenancy import Principal


def find_user(email: str) -> User | None:
    """Return whose address that is, in whatever case it is written."""
    try:
        address = normal_address(email)
    except ValueError:
        address = email.strip().lower()
    return db.session.scalar(select(User).where(User.email == address))


def add_user(email: str, name: str) -> User:
    """Add an account without password or membership; raises ValueError where the address is none."""
    user = User(email=normal_address(email), name=name)
    db.session.add(user)
    db.session.flush()
    return user


def home_of(user_id: str) -> Membership | None:
    """Return the membership a person acts in where they say nothing: their first."""
    oldest = select(Membership).where(Membership.user_id == user_id).order_by(Membership.created_at)
    return db.session.scalar(oldest.order_by(Membership.organisation_id).limit(1))


def set_password(settings: IdentitySettings, user: User, password: str) -> None:
    """Give a password, and forget wrong guesses at the old one; raises WeakPasswordProblem."""
    store_hash(user, checked_hash(settings, user, password))


def checked_hash(settings: IdentitySettings, user: User, password: str) -> str:
    """Return a password's hash, which takes its time; raises WeakPasswordProblem."""
    check_strength(password, user.email)
    return hash_password(settings, password)


def store_hash(user: User, password_hash: str) -> None:
    """Let that password be the user's from now on."""
    user.password_hash = password_hash
    user.failed_sign_ins, user.locked_until = 0, None


def mark_verified(user: User, principal: Principal | None = None) -> None:
    """Note that the person reads that address, and give them what was assigned to it."""
    if user.email_verified_at is None:
        user.email_verified_at = now()
        audit.note(principal, "auth.verified", "user", user.id, organisation_id=home_id(user.id))
    claim_assignments(user)


def claim_assignments(user: User) -> None:
    """Make assignments to the user's verified address theirs; those of an unverified one wait."""
    if user.email_verified_at is None:
        return
    waiting = update(Assignment).where(
        Assignment.assignee_email == user.email, Assignment.assignee_id.is_(None)
    )
    db.session.execute(waiting.values(assignee_id=user.id).execution_options(synchronize_session=False))


def home_id(user_id: str) -> str | None:
    """Return the organisation whose audit trail tells of that person."""
    home = home_of(user_id)
    return home.organisation_id if home else None
