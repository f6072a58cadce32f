"""Finds what was left behind: leases of killed processes, and queued analyses that nobody is told of."""

from datetime import timedelta

from sqlalchemy import ColumnElement, delete, not_, or_, select, update

from gateway.database import db, now
from gateway.extensions import services
from gateway.identity.sweeping import delete_expired
from gateway.models import Analysis, IdempotencyKey

_TOLD_AGAIN_AFTER = timedelta(seconds=60)
_IDEMPOTENCY_KEPT = timedelta(days=1)
_SUSPICIOUS = or_(Analysis.attempts > 0, Analysis.abandoned > 0)
"""What failed once is scored alone, so that it takes no others with it."""
_SUSPICIOUS_AT_ONCE = 2
"""One to be scored and one in reserve; whoever was scored alone tells the worker of the next."""


def sweep() -> int:
    """Queue again what killed processes left, tell the worker what is due; return how many it was told."""
    _requeue_abandoned()
    due = _take_due(services().jobs.room())
    services().jobs.hint(due)
    db.session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now() - _IDEMPOTENCY_KEPT))
    delete_expired()
    db.session.commit()
    return len(due)


def tell_of_a_retry(just_scored: str) -> None:
    """Tell the worker of another image that is to be scored alone and is due: one has just ended."""
    another = (_SUSPICIOUS, Analysis.id != just_scored)
    services().jobs.hint(_take(min(1, services().jobs.room()), *another))


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
    """Return analyses that are due: fresh ones first, and a few of those that are scored alone."""
    retried = _take(min(_SUSPICIOUS_AT_ONCE, (limit + 1) // 2), _SUSPICIOUS)
    return _take(limit - len(retried), not_(_SUSPICIOUS)) + retried


def _take(limit: int, *which: ColumnElement[bool]) -> list[str]:
    """Return analyses of a kind that are due, and make each due again only after a while."""
    moment = now()
    due = select(Analysis.id).where(Analysis.status == "queued", Analysis.due_at <= moment, *which)
    found = list(db.session.scalars(due.order_by(Analysis.due_at).limit(limit)))
    if found:
        later = update(Analysis).where(Analysis.id.in_(found), Analysis.status == "queued")
        later = later.values(due_at=moment + _TOLD_AGAIN_AFTER)
        db.session.execute(later.execution_options(synchronize_session=False))
    db.session.commit()
    return found
