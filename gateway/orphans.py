"""Deletes stored bytes that no row speaks of: left by a process killed at work."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import chain

from sqlalchemy import select

from gateway.database import db, now
from gateway.extensions import services
from gateway.models import Analysis, Result
from gateway.objects import ANALYSES, analysis_prefix

_AT_ONCE = 500
_SPARED = timedelta(hours=1)
"""A POST stores its images before it commits their rows; it has half of that time for them."""
_LOOKED_AT = timedelta(days=3)
"""Attempts leave results behind only near an analysis' last change; the round comes every day."""


def delete_orphans() -> int:
    """Delete what belongs to no analysis or no result and is older than an hour; return how many folders."""
    left = chain(_of_no_analysis(), _of_no_result())
    return sum(_delete(prefix) for prefix in left)


def _of_no_analysis() -> Iterator[str]:
    stored = services().objects.folders(ANALYSES)
    for start in range(0, len(stored), _AT_ONCE):
        yield from map(analysis_prefix, _without_row(stored[start : start + _AT_ONCE]))


def _without_row(analysis_ids: Sequence[str]) -> list[str]:
    known = set(db.session.scalars(select(Analysis.id).where(Analysis.id.in_(analysis_ids))))
    db.session.rollback()  # gives the connection back while objects are deleted
    return [analysis_id for analysis_id in analysis_ids if analysis_id not in known]


def _of_no_result() -> Iterator[str]:
    changed = select(Analysis.id).where(Analysis.updated_at > now() - _LOOKED_AT)
    analysis_ids = db.session.scalars(changed).all()
    db.session.rollback()
    for analysis_id in analysis_ids:
        yield from _attempts_left(analysis_id)


def _attempts_left(analysis_id: str) -> list[str]:
    """Return the prefixes of results that were stored and never recorded."""
    above = analysis_prefix(analysis_id)
    stored = {f"{above}/{name}" for name in services().objects.folders(above)}
    keys = select(Result.nuclei_key, Result.map_key).where(Result.analysis_id == analysis_id)
    recorded = list(chain.from_iterable(db.session.execute(keys).all()))
    db.session.rollback()
    return sorted(folder for folder in stored if not any(key.startswith(f"{folder}/") for key in recorded))


def _delete(prefix: str) -> bool:
    changed_at = services().objects.changed_at(prefix)
    if changed_at is None or changed_at > now() - _SPARED:
        return False
    services().objects.delete_below(prefix)
    return True
