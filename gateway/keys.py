"""API keys: made once and shown once, checked in constant time against an HMAC, never stored.

ki67_PREFIX_REST    PREFIX finds the row, HMAC-SHA-256(server secret, REST) must equal its digest
"""

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update

from gateway.database import db, now
from gateway.models import ApiKey, Membership, User
from gateway.permissions import KEY_SCOPES, ROLE_SCOPES
from gateway.tenancy import Principal

_KEY = re.compile(r"ki67_([0-9a-f]{12})_([0-9A-Za-z_-]{43})")
_LAST_USED_EVERY = timedelta(minutes=1)


def create_key(
    secret: str,
    organisation_id: str,
    user_id: str,
    name: str,
    scopes: tuple[str, ...] = KEY_SCOPES,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Add a key to the session; return its row and, for the only time, the key."""
    prefix, rest = secrets.token_hex(6), secrets.token_urlsafe(32)
    row = ApiKey(
        organisation_id=organisation_id,
        user_id=user_id,
        name=name,
        prefix=prefix,
        digest=_digest(secret, rest),
        scopes=list(scopes),
        expires_at=expires_at,
    )
    db.session.add(row)
    return row, f"ki67_{prefix}_{rest}"


def check_key(secret: str, key: str) -> Principal | None:
    """Return whom a key stands for; None where it is wrong, expired or revoked."""
    parts = _KEY.fullmatch(key)
    row = db.session.scalar(select(ApiKey).where(ApiKey.prefix == parts[1])) if parts else None
    # The comparison is made for an unknown prefix too, so that time does not tell which prefixes exist.
    digest = row.digest if row else "0" * 64
    matches = hmac.compare_digest(digest, _digest(secret, parts[2] if parts else ""))
    if row is None or not matches or not _is_live(row):
        return None
    _note_use(row)
    return _principal(row)


def revoke_key(prefix: str) -> bool:
    """Revoke the key with that prefix; False where there is none."""
    change = (
        update(ApiKey).where(ApiKey.prefix == prefix, ApiKey.revoked_at.is_(None)).values(revoked_at=now())
    )
    return db.session.execute(change.returning(ApiKey.id)).first() is not None


def _digest(secret: str, rest: str) -> str:
    return hmac.new(secret.encode(), rest.encode(), hashlib.sha256).hexdigest()


def _is_live(row: ApiKey) -> bool:
    return row.revoked_at is None and (row.expires_at is None or row.expires_at > now())


def _note_use(row: ApiKey) -> None:
    if row.last_used_at is None or now() - row.last_used_at > _LAST_USED_EVERY:
        row.last_used_at = now()
        db.session.commit()


def _principal(row: ApiKey) -> Principal | None:
    """Return whom the key stands for with what their role may do now; None where they are out or disabled."""
    theirs = (Membership.organisation_id == row.organisation_id, Membership.user_id == row.user_id)
    enabled = (
        select(Membership.role).join(User, User.id == Membership.user_id).where(User.disabled_at.is_(None))
    )
    role = db.session.scalar(enabled.where(*theirs))
    if role is None:
        return None
    scopes = ROLE_SCOPES[role] & frozenset(row.scopes)
    return Principal(row.user_id, row.organisation_id, role, scopes, "key", row.id)
