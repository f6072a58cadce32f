"""The routes in the database: one row, read and replaced whole, each change onto the state that was read."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Table, insert, select, update
from sqlalchemy.exc import IntegrityError

from gateway.database import db, now
from gateway.models import ModelRoutes
from gateway.routing.routes import Routes, Share, Version, Withdrawal

_table = cast(Table, ModelRoutes.__table__)
_READ = select(_table)
_TRIES = 5


def load(seed: Routes) -> Routes:
    """Return the routes, by a connection of its own; where there are none yet the seed becomes them."""
    with db.engine.connect() as connection:
        row = connection.execute(_READ).first()
    return _routes(row._mapping) if row else _planted(seed)


def _planted(seed: Routes) -> Routes:
    """Write the seed unless another process has done so meanwhile."""
    try:
        with db.engine.begin() as connection:
            connection.execute(insert(_table), {"id": 1, "updated_at": now(), **_columns(seed)})
    except IntegrityError:
        return load(seed)
    return seed


def read() -> Routes:
    """Return the newest routes, in this session; they were loaded before."""
    return _routes(db.session.execute(_READ).one()._mapping)


def replace_routes(seen: Routes, following: Routes) -> bool:
    """Write new routes unless they have changed since `seen`; the caller commits."""
    change = update(_table).where(_table.c.revision == seen.revision)
    outcome = db.session.execute(change.values(updated_at=now(), **_columns(following)))
    return isinstance(outcome, CursorResult) and outcome.rowcount == 1


def change_routes(change: Callable[[Routes], Routes | None]) -> Routes | None:
    """Apply a change of our own to the newest routes; the caller commits. None where nothing was changed."""
    for _ in range(_TRIES):
        seen = read()
        following = change(seen)
        if following is None:
            break
        if replace_routes(seen, following):
            return following
        db.session.rollback()
    return None


def _columns(routes: Routes) -> dict[str, Any]:
    canary, shadow, withdrawn = routes.canary, routes.shadow, routes.withdrawn
    return {
        "revision": routes.revision,
        "default_version": routes.default,
        "previous_version": routes.previous,
        "canary_version": canary.version if canary else None,
        "canary_percent": canary.percent if canary else None,
        "canary_since": routes.canary_since,
        "shadow_version": shadow.version if shadow else None,
        "shadow_percent": shadow.percent if shadow else None,
        "versions": [asdict(each) for each in routes.versions],
        "withdrawn": asdict(withdrawn) | {"at": withdrawn.at.isoformat()} if withdrawn else None,
    }


def _routes(row: Mapping[Any, Any]) -> Routes:
    withdrawn = row["withdrawn"]
    return Routes(
        default=row["default_version"],
        versions=tuple(Version(**each) for each in row["versions"]),
        previous=row["previous_version"],
        canary=_share(row["canary_version"], row["canary_percent"]),
        canary_since=row["canary_since"],
        shadow=_share(row["shadow_version"], row["shadow_percent"]),
        withdrawn=Withdrawal(**withdrawn | {"at": datetime.fromisoformat(withdrawn["at"])})
        if withdrawn
        else None,
        revision=row["revision"],
    )


def _share(version: str | None, percent: float | None) -> Share | None:
    return None if version is None or percent is None else Share(version, percent)
