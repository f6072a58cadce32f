"""Deletes what is older than its organisation keeps: rows and objects, some at a time, each with its note."""

from collections.abc import Iterator
from datetime import timedelta

import structlog
from sqlalchemy import Select, select
from sqlalchemy.exc import SQLAlchemyError

from gateway import audit
from gateway.database import db, now
from gateway.deletion import delete_analysis
from gateway.models import UNFINISHED, Analysis, Organisation
from gateway.problems import GatewayProblem

_AT_ONCE = 1_000
_log = structlog.get_logger("gateway.worker")


def delete_expired() -> int:
    """Delete finished analyses whose time is over, at most a thousand a round; return how many."""
    expired = list(_expired(_AT_ONCE))
    db.session.rollback()  # gives the connection back between deletions
    return sum(_delete(analysis_id) for analysis_id in expired)


def _expired(most: int) -> Iterator[str]:
    """Yield the oldest of each organisation first."""
    limited = select(Organisation.id, Organisation.retention_days)
    for organisation_id, days in db.session.execute(limited).all():
        if days is not None:
            found = db.session.scalars(_older_than(days, organisation_id).limit(most)).all()
            most -= len(found)
            yield from found


def _older_than(days: int, organisation_id: str) -> Select[str]:
    over = select(Analysis.id).where(
        Analysis.organisation_id == organisation_id,
        Analysis.created_at < now() - timedelta(days=days),
        Analysis.status.not_in(UNFINISHED),
    )
    return over.order_by(Analysis.created_at)


def _delete(analysis_id: str) -> bool:
    """Delete one; what cannot be deleted now keeps nobody else's back."""
    try:
        analysis = db.session.get(Analysis, analysis_id)
        if analysis is None:
            return False
        place = analysis.organisation_id
        audit.note(
            None, "analysis.deleted", "analysis", analysis_id, organisation_id=place, reason="retention"
        )
        delete_analysis(analysis)
    except (GatewayProblem, OSError, SQLAlchemyError) as error:
        db.session.rollback()
        _log.warning("not_deleted", analysis_id=analysis_id, kind=type(error).__name__)
        return False
    return True
