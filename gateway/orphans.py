"""Deletes stored bytes that no row speaks of: left by a process killed in a POST or while it deleted."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from gateway.database import db, now
from gateway.extensions import services
from gateway.models import Analysis
from gateway.objects import ANALYSES, analysis_prefix

_AT_ONCE = 500
_SPARED = timedelta(hours=1)
"""A POST stores its images before it commits their rows; it has half of that time for them."""


def delete_orphans() -> int:
    """Delete what belongs to no analysis and is older than an hour; return of how many analyses."""
    stored = services().objects.folders(ANALYSES)
    chunks = (stored[start : start + _AT_ONCE] for start in range(0, len(stored), _AT_ONCE))
    return sum(_delete(analysis_id) for chunk in chunks for analysis_id in _without_row(chunk))


def _without_row(analysis_ids: Sequence[str]) -> list[str]:
    known = set(db.session.scalars(select(Analysis.id).where(Analysis.id.in_(analysis_ids))))
    db.session.rollback()  # gives the connection back while objects are deleted
    return [analysis_id for analysis_id in analysis_ids if analysis_id not in known]


def _delete(analysis_id: str) -> bool:
    prefix = analysis_prefix(analysis_id)
    changed_at = services().objects.changed_at(prefix)
    if changed_at is None or changed_at > now() - _SPARED:
        return False
    services().objects.delete_below(prefix)
    return True
