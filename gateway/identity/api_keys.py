"""Keys that people make for their programs: never wider than their maker, never for ever."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, or_, select

from gateway import audit
from gateway.database import db, now
from gateway.identity.problems import (
    AdministratorsOnlyProblem,
    NoOrganisationProblem,
    TooManyKeysProblem,
    TooWideProblem,
)
from gateway.keys import create_key
from gateway.keyset import Keyset, split_page
from gateway.models import ApiKey
from gateway.permissions import ADMINISTRATOR, KEY_SCOPES, READ_ORGANISATION, WRITE_ORGANISATION
from gateway.problems import GatewayProblem, NotFoundProblem
from gateway.settings import Settings
from gateway.tenancy import Principal

_NEWEST = Keyset(ApiKey.created_at, ApiKey.id)


class TooLongProblem(GatewayProblem):
    status, code, title = 422, "invalid-request", "Something in the request cannot be used"


@dataclass(frozen=True)
class KeyPage:
    """Some keys, and where the next page begins."""

    rows: Sequence[ApiKey]
    next_cursor: str | None


def make_key(
    settings: Settings, principal: Principal, name: str, scopes: Sequence[str] | None, days: int | None
) -> tuple[ApiKey, str]:
    """Return a new key's row and, for the only time, the key."""
    if not principal.organisation_id:
        raise NoOrganisationProblem("A key acts in an organisation; join one first.")
    wanted = _wanted(principal, scopes)
    held = db.session.scalar(select(func.count()).select_from(_live(principal).subquery())) or 0
    if held >= settings.keys_limit:
        raise TooManyKeysProblem(f"Revoke one of your {settings.keys_limit} first.")
    row, key = create_key(
        settings.secret.get_secret_value(),
        principal.organisation_id,
        principal.user_id,
        name,
        wanted,
        _expiry(settings, principal, days),
    )
    db.session.flush()
    audit.note(principal, "api_key.created", "api_key", row.id, scopes=sorted(row.scopes))
    db.session.commit()
    return row, key


def list_keys(principal: Principal, limit: int, cursor: str | None, *, everybodys: bool) -> KeyPage:
    """Return one page, newest first; raises AdministratorsOnlyProblem."""
    if everybodys and not _administers(principal, READ_ORGANISATION):
        raise AdministratorsOnlyProblem("Without all=true you see your own.")
    query = _ours(principal) if everybodys else _own(principal)
    rows = db.session.scalars(_NEWEST.page(query, limit, cursor)).all()
    return KeyPage(*split_page(rows, limit, lambda row: (row.created_at, row.id)))


def revoke(principal: Principal, key_id: str) -> None:
    """Revoke one's own key, or as an administrator anybody's of the organisation; NotFoundProblem else."""
    query = _ours(principal) if _administers(principal, WRITE_ORGANISATION) else _own(principal)
    row = db.session.scalar(query.where(ApiKey.id == key_id))
    if row is None:
        raise NotFoundProblem
    if row.revoked_at is None:
        row.revoked_at = now()
        audit.note(principal, "api_key.revoked", "api_key", row.id)
        db.session.commit()


def _wanted(principal: Principal, scopes: Sequence[str] | None) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(scopes)) if scopes else tuple(s for s in KEY_SCOPES if s in principal.scopes)
    excess = sorted(set(wanted) - principal.scopes)
    if excess or not wanted:
        raise TooWideProblem(f"You cannot give {', '.join(excess)[:500] or 'any scope'}.")
    return wanted


def _expiry(settings: Settings, principal: Principal, days: int | None) -> datetime:
    """Return when the key ends: no later than the key that makes it."""
    if days is not None and days > settings.key_days_limit:
        detail = f"At most {settings.key_days_limit} days."
        raise TooLongProblem(detail, errors=[{"pointer": "#/expires_in_days", "detail": detail}])
    ends = now() + timedelta(days=days or min(settings.key_days_default, settings.key_days_limit))
    maker = db.session.get(ApiKey, principal.credential_id) if principal.kind == "key" else None
    return min(ends, maker.expires_at) if maker and maker.expires_at else ends


def _administers(principal: Principal, scope: str) -> bool:
    return principal.role == ADMINISTRATOR and scope in principal.scopes


def _ours(principal: Principal) -> Select[ApiKey]:
    return select(ApiKey).where(ApiKey.organisation_id == principal.organisation_id)


def _own(principal: Principal) -> Select[ApiKey]:
    return _ours(principal).where(ApiKey.user_id == principal.user_id)


def _live(principal: Principal) -> Select[ApiKey]:
    lasting = or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now())
    return _own(principal).where(ApiKey.revoked_at.is_(None), lasting)
