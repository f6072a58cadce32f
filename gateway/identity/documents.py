"""Documents of sessions and keys, as the API shows them."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from gateway.database import db
from gateway.documents import timestamp
from gateway.identity.sessions import csrf_token
from gateway.models import ApiKey, Membership, Organisation, User
from gateway.settings import Settings
from gateway.tenancy import Principal

Document = dict[str, Any]


def session_document(settings: Settings, principal: Principal) -> Document:
    """Return who acts, where, and what they may do."""
    user = db.session.get_one(User, principal.user_id)
    memberships = _memberships(user.id)
    here = [each["organisation"] for each in memberships]
    is_session = principal.kind == "session"
    return {
        "kind": principal.kind,
        "user": user_document(user),
        "organisation": next((place for place in here if place["id"] == principal.organisation_id), None),
        "role": principal.role,
        "scopes": sorted(principal.scopes),
        "memberships": memberships,
        "csrf_token": csrf_token(settings, principal.credential_id) if is_session else None,
    }


def user_document(user: User) -> Document:
    """Return a person as they see themselves."""
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "email_verified": user.email_verified_at is not None,
        "has_password": user.password_hash is not None,
    }


def key_document(row: ApiKey) -> Document:
    """Return a key without its secret part."""
    return {
        "id": row.id,
        "name": row.name,
        "prefix": row.prefix,
        "scopes": sorted(row.scopes),
        "user_id": row.user_id,
        "created_at": _moment(row.created_at),
        "expires_at": _moment(row.expires_at),
        "revoked_at": _moment(row.revoked_at),
        "last_used_at": _moment(row.last_used_at),
    }


def _memberships(user_id: str) -> list[Document]:
    rows = (
        select(Organisation.id, Organisation.name, Membership.role)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.user_id == user_id)
        .order_by(Organisation.name)
    )
    return [
        {"organisation": {"id": place, "name": name}, "role": role}
        for place, name, role in db.session.execute(rows)
    ]


def _moment(moment: datetime | None) -> str | None:
    return timestamp(moment) if moment else None
