"""Keys of programs that operate versions: of no organisation, and good for nothing else.

ki67op_PREFIX_REST    PREFIX finds the row, HMAC-SHA-256(server secret, REST) must equal its digest
"""

import hmac
import re
import secrets
from datetime import datetime
from typing import Final

from sqlalchemy import or_, select, update

from gateway.database import db, now
from gateway.identity.tokens import digest, new_token
from gateway.models import OperatorKey
from gateway.permissions import WRITE_MODELS
from gateway.tenancy import Principal

OPERATOR: Final = "operator"
_KEY = re.compile(r"ki67op_([0-9a-f]{12})_([0-9A-Za-z_-]{43})")
_SCOPES = frozenset({WRITE_MODELS})


def create_operator_key(
    secret: str, name: str, expires_at: datetime | None = None
) -> tuple[OperatorKey, str]:
    """Add a key to the session; return its row and, for the only time, the key."""
    prefix, rest = secrets.token_hex(6), new_token()
    row = OperatorKey(name=name, prefix=prefix, digest=digest(secret, OPERATOR, rest), expires_at=expires_at)
    db.session.add(row)
    return row, f"ki67op_{prefix}_{rest}"


def admit_operator_key(secret: str, key: str, name: str) -> OperatorKey | None:
    """Add a key that was drawn elsewhere to the session; None where it is live already.

    Raises ValueError where it is none, or was revoked.
    """
    parts = _KEY.fullmatch(key)
    if parts is None:
        raise ValueError("it is not of the form ki67op_PREFIX_REST")
    if check_operator_key(secret, key) is not None:
        return None
    if db.session.scalar(select(OperatorKey.id).where(OperatorKey.prefix == parts[1])) is not None:
        raise ValueError("it was revoked, or made with another GATEWAY_SECRET")
    row = OperatorKey(name=name, prefix=parts[1], digest=digest(secret, OPERATOR, parts[2]))
    db.session.add(row)
    return row


def is_operator_key(key: str) -> bool:
    """Tell an operator's key from a person's by what it looks like."""
    return _KEY.fullmatch(key) is not None


def check_operator_key(secret: str, key: str) -> Principal | None:
    """Return whom a key stands for; None where it is wrong, expired or revoked."""
    parts = _KEY.fullmatch(key)
    if parts is None:
        return None
    lasting = or_(OperatorKey.expires_at.is_(None), OperatorKey.expires_at > now())
    live = (OperatorKey.revoked_at.is_(None), lasting)
    row = db.session.scalar(select(OperatorKey).where(OperatorKey.prefix == parts[1], *live))
    # The comparison is made for an unknown prefix too, so that time does not tell which prefixes exist.
    matches = hmac.compare_digest(row.digest if row else "0" * 64, digest(secret, OPERATOR, parts[2]))
    if row is None or not matches:
        return None
    return Principal(row.id, "", OPERATOR, _SCOPES, OPERATOR, row.id)


def revoke_operator_key(prefix: str) -> str | None:
    """Revoke the key with that prefix and return its id; None where there is no live one."""
    change = update(OperatorKey).where(OperatorKey.prefix == prefix, OperatorKey.revoked_at.is_(None))
    revoked = change.values(revoked_at=now()).returning(OperatorKey.id)
    return db.session.scalar(revoked.execution_options(synchronize_session=False))
