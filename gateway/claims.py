"""Who works on an analysis: an atomic claim with a lease, so that at most one result is ever recorded.

    queued --claim--> running --record--> succeeded | failed
       ^                 |
       +--release--------+   also when the lease runs out, because its process ended

An attempt counts when it is released as failed, a claim as abandoned when its lease has run out. Every
step is one conditional UPDATE on the row; a process that lost its claim changes nothing. The statements of
each request are built once: building them takes longer than running them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Table, Update, and_, bindparam, case, func, insert, or_, update

from gateway.database import db, new_id, now
from gateway.models import Analysis, Result


@dataclass(frozen=True)
class Claim:
    """The right to record one analysis, and what scoring it takes.

    `attempts` counts this one, `abandoned` the claims that ran out.
    """

    analysis_id: str
    token: str
    attempts: int
    abandoned: int
    image_sha256: str
    options: Mapping[str, str]
    model_version: str
    chosen_by: str | None = None


_rows = cast(Table, Analysis.__table__)
_left_behind = and_(_rows.c.status == "running", _rows.c.lease_expires_at < bindparam("moment"))
_TAKE = (
    update(_rows)
    .where(_rows.c.id == bindparam("wanted"), or_(_rows.c.status == "queued", _left_behind))
    .values(
        status="running",
        claim_token=bindparam("token"),
        lease_expires_at=bindparam("until"),
        abandoned=_rows.c.abandoned + case((_left_behind, 1), else_=0),
        updated_at=bindparam("moment"),
    )
    .returning(
        _rows.c.attempts + 1,
        *(_rows.c.abandoned, _rows.c.image_sha256, _rows.c.options, _rows.c.model_version, _rows.c.chosen_by),
    )
)
_SUCCEED = (
    update(_rows)
    .where(
        _rows.c.id == bindparam("held"),
        _rows.c.claim_token == bindparam("token"),
        _rows.c.status == "running",
    )
    .values(status="succeeded", claim_token=None, current_revision=1, updated_at=bindparam("moment"))
)
_KEEP = insert(cast(Table, Result.__table__))


def claim(analysis_id: str, lease_seconds: float) -> Claim | None:
    """Take an analysis that waits or whose lease ran out; None where there is nothing to take."""
    token, moment = new_id(), now()
    until = moment + timedelta(seconds=lease_seconds)
    named = {"wanted": analysis_id, "token": token, "moment": moment, "until": until}
    taken = db.session.execute(_TAKE, named).first()
    db.session.commit()
    return Claim(analysis_id, token, *taken) if taken else None


def release(held: Claim, delay_seconds: float, *, counted: bool) -> None:
    """Queue again, due after a delay; an attempt that proved nothing is not counted."""
    attempts = held.attempts if counted else held.attempts - 1
    due_at = now() + timedelta(seconds=delay_seconds)
    _change(_held(held).values(status="queued", claim_token=None, attempts=attempts, due_at=due_at))
    db.session.commit()


def give_to(held: Claim, version: str, chosen_by: str) -> None:
    """Let another version score; the row keeps which one was chosen first."""
    first = func.coalesce(Analysis.instead_of, Analysis.model_version)
    _change(_held(held).values(model_version=version, chosen_by=chosen_by, instead_of=first))
    db.session.commit()


def record_result(held: Claim, result: Mapping[str, Any]) -> bool:
    """Record the first revision, given by its columns; False where the claim was lost meanwhile."""
    named = {"held": held.analysis_id, "token": held.token, "moment": now()}
    if not _is_one(db.session.execute(_SUCCEED, named)):
        db.session.rollback()
        return False
    db.session.execute(_KEEP, result)
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
    return _is_one(db.session.execute(statement.execution_options(synchronize_session=False)))


def _is_one(outcome: object) -> bool:
    return isinstance(outcome, CursorResult) and outcome.rowcount == 1
