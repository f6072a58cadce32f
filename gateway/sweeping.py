"""Finds what was left behind: leases of killed processes, and queued analyses that nobody is told of."""

from datetime import timedelta

from sqlalchemy import delete, or_, select, update

from gateway.database import db, now
from gateway.extensions import services
from gateway.models import Analysis, IdempotencyKey

_TOLD_AGAIN_AFTER = timedelta(seconds=60)
_IDEMPOTENCY_KEPT = timedelta(days=1)


def sweep() -> int:
    """Queue again what killed processes left, tell the worker what is due; return how many it was told."""
    _requeue_abandoned()
    due = _take_due(services().jobs.room())
    services().jobs.hint(due)
    db.session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now() - _IDEMPOTENCY_KEPT))
    db.session.commit()
    return len(due)


def tell_of_a_retry(within_seconds: float) -> None:
    """Tell the worker of one image to be scored alone, due by then: the next, as one has just ended."""
    due = Analysis.due_at <= now() + timedelta(seconds=within_seconds)
    again = or_(Analysis.attempts > 0, Analysis.abandoned > 0)
    waiting = select(Analysis.id).where(Analysis.status == "queued", due, again)
    services().jobs.hint(db.session.scalars(waiting.order_by(Analysis.due_at).limit(1)).all())
    db.session.rollback()


def _requeue_abandoned() -> None:
    moment = now()
    db.session.execute(
        update(Analysis)
        .where(Analysis.status == "running", Analysis.lease_expires_at < moment)
        .values(status="queued", claim_token=None, due_at=moment, abandoned=Analysis.abandoned + 1)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()


def _take_due(limit: int) -> list[str]:
    """Return analyses that are due, and make each due again only after a while."""
    moment = now()
    due = select(Analysis.id).where(Analysis.status == "queued", Analysis.due_at <= moment)
    found = list(db.session.scalars(due.order_by(Analysis.due_at).limit(limit)))
    if found:
        later = update(Analysis).where(Analysis.id.in_(found), Analysis.status == "queued")
        db.session.execute(
            later.values(due_at=moment + _TOLD_AGAIN_AFTER).execution_options(synchronize_session=False)
        )
        db.session.commit()
    return found
