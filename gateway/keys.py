"""API keys: made once and shown once, checked in constant time against an HMAC, never stored.

ki67_PREFIX_REST    PREFIX finds the row, HMAC-SHA-256(server secret, REST) must equal its digest
"""

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, bindparam, or_, select, update

from gateway.database import db, now
from gateway.models import ApiKey, Membership, User
from gateway.permissions import KEY_SCOPES, ROLE_SCOPES
from gateway.tenancy import Principal

_KEY = re.compile(r"ki67_([0-9a-f]{12})_([0-9A-Za-z_-]{43})")
_LAST_USED_EVERY = timedelta(minutes=1)
_keys, _members, _users = (cast(Table, each.__table__) for each in (ApiKey, Membership, User))
_STANDS_FOR = (
    select(
        _keys.c.id,
        _keys.c.organisation_id,
        _keys.c.user_id,
        _keys.c.digest,
        _keys.c.scopes,
        _keys.c.last_used_at,
        _members.c.role,
    )
    .join(
        _members,
        (_members.c.organisation_id == _keys.c.organisation_id) & (_members.c.user_id == _keys.c.user_id),
    )
    .join(_users, _users.c.id == _keys.c.user_id)
    .where(
        _keys.c.prefix == bindparam("prefix"),
        _keys.c.revoked_at.is_(None),
        or_(_keys.c.expires_at.is_(None), _keys.c.expires_at > bindparam("moment")),
        _users.c.disabled_at.is_(None),
    )
)
"""One question for every request: the key while it is live, with what its user is now; built once."""


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
    digest = _digest(secret, rest)
    row = _added(prefix, digest, organisation_id, user_id, name, scopes, expires_at)
    return row, f"ki67_{prefix}_{rest}"


def admit_key(
    secret: str, key: str, organisation_id: str, user_id: str, name: str, scopes: tuple[str, ...]
) -> ApiKey | None:
    """Add a key that was drawn elsewhere to the session; None where it is live already.

    Raises ValueError where it is none, or was revoked.
    """
    parts = _KEY.fullmatch(key)
    if parts is None:
        raise ValueError("it is not of the form ki67_PREFIX_REST")
    if check_key(secret, key) is not None:
        return None
    if db.session.scalar(select(ApiKey.id).where(ApiKey.prefix == parts[1])) is not None:
        raise ValueError("it was revoked, or made with another GATEWAY_SECRET")
    return _added(parts[1], _digest(secret, parts[2]), organisation_id, user_id, name, scopes, None)


def _added(
    prefix: str,
    digest: str,
    organisation_id: str,
    user_id: str,
    name: str,
    scopes: tuple[str, ...],
    expires_at: datetime | None,
) -> ApiKey:
    row = ApiKey(
        organisation_id=organisation_id,
        user_id=user_id,
        name=name,
        prefix=prefix,
        digest=digest,
        scopes=list(scopes),
        expires_at=expires_at,
    )
    db.session.add(row)
    return row


def check_key(secret: str, key: str) -> Principal | None:
    """Return whom a key stands for, with what their role may do now.

    None where the key is wrong, expired or revoked, or its user is disabled or out of the organisation.
    """
    parts = _KEY.fullmatch(key)
    row = db.session.execute(_STANDS_FOR, {"prefix": parts[1], "moment": now()}).first() if parts else None
    # The comparison is made for an unknown prefix too, so that time does not tell which prefixes exist.
    digest = row.digest if row else "0" * 64
    matches = hmac.compare_digest(digest, _digest(secret, parts[2] if parts else ""))
    if row is None or not matches:
        return None
    _note_use(row.id, row.last_used_at)
    scopes = ROLE_SCOPES[row.role] & frozenset(row.scopes)
    return Principal(row.user_id, row.organisation_id, row.role, scopes, "key", row.id)


def revoke_key(prefix: str) -> bool:
    """Revoke the key with that prefix; False where there is none."""
    change = (
        update(ApiKey).where(ApiKey.prefix == prefix, ApiKey.revoked_at.is_(None)).values(revoked_at=now())
    )
    return db.session.execute(change.returning(ApiKey.id)).first() is not None


def _digest(secret: str, rest: str) -> str:
    return hmac.new(secret.encode(), rest.encode(), hashlib.sha256).hexdigest()


def _note_use(key_id: str, last_used_at: datetime | None) -> None:
    if last_used_at is None or now() - last_used_at > _LAST_USED_EVERY:
        db.session.execute(update(_keys).where(_keys.c.id == key_id).values(last_used_at=now()))
        db.session.commit()
