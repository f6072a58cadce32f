"""Who works on an analysis: an atomic claim with a lease, so that at most one result is ever recorded.

    queued --claim--> running --record--> succeeded | failed
       ^                 |
       +--release--------+   also when the lease runs out, because its process ended

An attempt counts when it is released as failed, a claim as abandoned when its lease has run out. Every
step is one conditional UPDATE on the row; a process that lost its claim changes nothing.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import CursorResult, Update, and_, case, or_, update

from gateway.database import db, new_id, now
from gateway.models import Analysis, Result


@dataclass(frozen=True)
class Claim:
    """The right to record one analysis; `attempts` counts this one, `abandoned` the claims that ran out."""

    analysis_id: str
    token: str
    attempts: int
    abandoned: int


def claim(analysis_id: str, lease_seconds: float) -> Claim | None:
    """Take an analysis that waits or whose lease ran out; None where there is nothing to take."""
    token, moment = new_id(), now()
    left_behind = and_(Analysis.status == "running", Analysis.lease_expires_at < moment)
    taken = (
        update(Analysis)
        .where(Analysis.id == analysis_id, or_(Analysis.status == "queued", left_behind))
        .values(
            status="running",
            claim_token=token,
            lease_expires_at=moment + timedelta(seconds=lease_seconds),
            abandoned=Analysis.abandoned + case((left_behind, 1), else_=0),
            updated_at=moment,
        )
        .returning(Analysis.attempts, Analysis.abandoned)
    )
    counted = db.session.execute(taken).first()
    db.session.commit()
    return Claim(analysis_id, token, counted[0] + 1, counted[1]) if counted else None


def release(held: Claim, delay_seconds: float, *, counted: bool) -> None:
    """Queue again, due after a delay; an attempt that proved nothing is not counted."""
    attempts = held.attempts if counted else held.attempts - 1
    due_at = now() + timedelta(seconds=delay_seconds)
    _change(_held(held).values(status="queued", claim_token=None, attempts=attempts, due_at=due_at))
    db.session.commit()


def record_result(held: Claim, result: Result) -> bool:
    """Record the first revision; False where the claim was lost meanwhile."""
    succeeded = _held(held).values(status="succeeded", claim_token=None, current_revision=1, updated_at=now())
    if not _change(succeeded):
        db.session.rollback()
        return False
    db.session.add(result)
    db.session.commit()
    return True


def record_problem(held: Claim, problem: dict[str, Any]) -> bool:
    """Record that the analysis failed for good; False where the claim was lost meanwhile."""
    failed = _held(held).values(status="failed", claim_token=None, problem=problem, updated_at=now())
    changed = _change(failed)
    db.session.commit()
    return changed


def extend(tokens: list[str], lease_seconds: float) -> None:
    """Extend the leases of claims that their process still works on."""
    until = now() + timedelta(seconds=lease_seconds)
    _change(update(Analysis).where(Analysis.claim_token.in_(tokens)).values(lease_expires_at=until))
    db.session.commit()


def _held(held: Claim) -> Update:
    return update(Analysis).where(
        Analysis.id == held.analysis_id, Analysis.claim_token == held.token, Analysis.status == "running"
    )


def _change(statement: Update) -> bool:
    outcome = db.session.execute(statement.execution_options(synchronize_session=False))
    return isinstance(outcome, CursorResult) and outcome.rowcount == 1
