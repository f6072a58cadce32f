"""Whom the provider vouches for in, a user of ours out: linked by a verified address, or not at all.

An account whose address nobody has verified may have been made by somebody else in expectation of this very
sign-in; one that has a password is therefore never linked. Nobody is put into an organisation here, but new
people into the one that the settings name.
"""

from sqlalchemy import exists, or_, select

from gateway import audit
from gateway.database import db, now
from gateway.identity.accounts import add_user, find_user, mark_verified
from gateway.identity.addresses import normal_address
from gateway.identity.oidc import Claims
from gateway.identity.problems import (
    OidcNotLinkedProblem,
    OidcRefusedProblem,
    OidcUnknownProblem,
    OidcUnverifiedProblem,
)
from gateway.models import ApiKey, Assignment, Invitation, Membership, OidcIdentity, User
from gateway.settings import Settings
from gateway.tenancy import ensure_organisation


def user_of(settings: Settings, claims: Claims) -> User:
    """Return who signed in at the provider, linked or made where that is safe; the caller commits."""
    identity = db.session.get(OidcIdentity, (claims.issuer, claims.subject))
    if identity is not None:
        return _enabled(db.session.get_one(User, identity.user_id))
    if claims.email is None or not claims.email_verified:
        raise OidcUnverifiedProblem("Verify your address there first.")
    known = find_user(claims.email)
    user = _linkable(_enabled(known), claims.issuer) if known else _new(settings, claims, claims.email)
    db.session.add(OidcIdentity(issuer=claims.issuer, subject=claims.subject, user_id=user.id))
    audit.note(None, "auth.oidc_linked", "user", user.id)
    mark_verified(user)
    return user


def _enabled(user: User) -> User:
    if user.disabled_at is not None:
        raise OidcRefusedProblem("The account cannot sign in; ask the service's administrator.")
    return user


def _linkable(user: User, issuer: str) -> User:
    """Return the account where nobody but the address' reader can have it; raises OidcNotLinkedProblem."""
    if user.email_verified_at is None and (user.password_hash is not None or _has_keys(user.id)):
        raise OidcNotLinkedProblem(
            "An account with this address exists, but the address was never verified: ask for a new password "
            "here first, which proves it yours."
        )
    theirs = exists().where(OidcIdentity.user_id == user.id, OidcIdentity.issuer == issuer)
    if db.session.scalar(select(theirs)):
        raise OidcNotLinkedProblem("The account of this address belongs to another account at the provider.")
    return user


def _has_keys(user_id: str) -> bool:
    return bool(db.session.scalar(select(exists().where(ApiKey.user_id == user_id))))


def _new(settings: Settings, claims: Claims, email: str) -> User:
    """Make an account for somebody new; raises OidcUnknownProblem where nobody expects them."""
    address = _address(email)
    joins = settings.oidc_organisation is not None and _is_of_ours(settings, address)
    if not (joins or settings.registration == "open" or _is_expected(address)):
        raise OidcUnknownProblem("Ask an administrator of your organisation for an invitation.")
    user = add_user(address, claims.name or address.partition("@")[0])
    audit.note(None, "user.created", "user", user.id, by="oidc")
    if joins and settings.oidc_organisation is not None:
        home = ensure_organisation(settings.oidc_organisation)
        db.session.add(Membership(organisation_id=home.id, user_id=user.id, role=settings.oidc_role))
        audit.note(None, "member.added", "user", user.id, organisation_id=home.id, role=settings.oidc_role)
    return user


def _address(email: str) -> str:
    try:
        return normal_address(email)
    except ValueError:
        raise OidcRefusedProblem("The provider's address for you is not one.") from None


def _is_of_ours(settings: Settings, email: str) -> bool:
    domains = [part.strip().lower() for part in settings.oidc_email_domains.split(",") if part.strip()]
    return not domains or email.rpartition("@")[2] in domains


def _is_expected(email: str) -> bool:
    """Tell whether an invitation or an assignment waits for that address."""
    invited = exists().where(
        Invitation.email == email, Invitation.accepted_at.is_(None), Invitation.expires_at > now()
    )
    asked = exists().where(Assignment.assignee_email == email, Assignment.assignee_id.is_(None))
    return bool(db.session.scalar(select(or_(invited, asked))))
