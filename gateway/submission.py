"""Takes a submission: images stored, rows committed, only then scored.

    Submission -> [checked, stripped, stored]* -> rows in one commit -> scoring pool -> items with their fate

A file that cannot be taken is its item's problem and leaves nothing behind; its neighbours are untouched.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import Table, insert, select

from gateway import audit, idempotency, metrics
from gateway.database import db, new_id, now
from gateway.extensions import services
from gateway.idempotency import Reservation
from gateway.models import Analysis, Tag
from gateway.objects import analysis_prefix, image_key
from gateway.problems import BusyProblem
from gateway.routing.choosing import choose
from gateway.tenancy import Principal
from gateway.uploads import Submission, check_image, clean_filename
from handler.errors import ProblemError

Item = dict[str, Any]
Row = dict[str, Any]
_rows = cast(Table, Analysis.__table__)
_ADD = insert(_rows)
_WORKER_LEAVES_ALONE = timedelta(seconds=10)
"""While the POST's own process scores; then the worker may help, or find that the process was killed."""
_TAKING_SECONDS = 1800.0
"""All images of a POST are taken by then, well before they might count as left behind (orphans.py)."""


def submit(principal: Principal, submission: Submission, reservation: Reservation | None) -> list[Item]:
    """Take and score; return one item an image: index, filename and either analysis_id or problem."""
    rows: list[Row] = []
    with _nothing_left_behind(rows):
        items = list(_take_each(principal, submission, reservation, rows))
        _refuse_lone_problem(items)
        identifiers = [row["id"] for row in rows]
        audit.note_all([_made(principal, row) for row in rows])
        _commit(rows, submission.tags, items, reservation)
    metrics.ACCEPTED.inc(len(rows))
    for row in rows:
        metrics.ROUTED.labels(row["model_version"], row["chosen_by"]).inc()
    _score(identifiers, submission.wait_seconds)
    return items


@contextmanager
def _nothing_left_behind(rows: list[Row]) -> Iterator[None]:
    """Remove images already stored where the request as a whole cannot be taken."""
    try:
        yield
    except Exception:
        db.session.rollback()
        for row in rows:
            services().objects.delete_below(analysis_prefix(row["id"]))
        raise


def _take_each(
    principal: Principal, submission: Submission, reservation: Reservation | None, rows: list[Row]
) -> Iterator[Item]:
    """Take one image after another; the key stays this request's meanwhile.

    Raises BusyProblem where all together take too long.
    """
    deadline = time.monotonic() + _TAKING_SECONDS
    for index in range(len(submission.images)):
        if time.monotonic() > deadline:
            raise BusyProblem("Taking the images lasts too long; send fewer at once.", retry_after_seconds=60)
        if reservation is not None:
            idempotency.renew(reservation)
        yield _take(principal, submission, index, rows)


def _take(principal: Principal, submission: Submission, index: int, rows: list[Row]) -> Item:
    upload = submission.images[index]
    item: Item = {"index": index, "filename": clean_filename(upload)}
    try:
        checked = check_image(upload, services().settings.image_limit_bytes, services().heavy)
    except BusyProblem:
        raise  # ours and not the image's: the whole request may come again
    except ProblemError as problem:
        metrics.REFUSED.labels(problem.code).inc()
        return item | {"problem": problem.to_problem(), "error": problem}
    row = Row(
        id=new_id(),
        organisation_id=principal.organisation_id,
        owner_id=principal.user_id,
        filename=item["filename"],
        case_label=submission.case_label,
        upload_sha256=checked.upload_sha256,
        image_sha256=checked.sha256,
        image_width_px=checked.width_px,
        image_height_px=checked.height_px,
        options=dict(submission.options),
        model_name=services().settings.model_name,
        **_route(checked.sha256, submission.model_version),
    )
    services().objects.put(image_key(row["id"], checked.sha256), checked.data)
    rows.append(row)
    return item | {"analysis_id": row["id"]}


def _route(image_sha256: str, wish: str | None) -> dict[str, str]:
    """Return the columns that say which version scores the image, and why."""
    choice = choose(services().routes.current(), image_sha256, wish)
    return {"model_version": choice.version, "chosen_by": choice.chosen_by}


def _refuse_lone_problem(items: list[Item]) -> None:
    """A single image that cannot be taken is the whole request's problem, with its own status."""
    if len(items) == 1 and "error" in items[0]:
        raise items[0]["error"]
    for item in items:
        item.pop("error", None)


def _made(principal: Principal, row: Row) -> audit.Event:
    version = row["model_version"]
    return audit.event(principal, "analysis.created", "analysis", row["id"], model_version=version)


def _commit(
    rows: list[Row], tags: tuple[str, ...], items: list[Item], reservation: Reservation | None
) -> None:
    """Commit rows and, with them, what a repeated request is to be told."""
    due_at = now() + _WORKER_LEAVES_ALONE
    if rows:
        db.session.execute(_ADD, [row | {"due_at": due_at} for row in rows])
    if tagged := [{"analysis_id": row["id"], "name": name} for row in rows for name in tags]:
        db.session.execute(insert(Tag), tagged)
    if reservation is not None:
        idempotency.keep_items(reservation, items)
    db.session.commit()


def _score(analysis_ids: list[str], wait_seconds: float) -> None:
    if wait_seconds > 0 and services().pool.score(analysis_ids, wait_seconds):
        return
    left = select(Analysis.id).where(Analysis.id.in_(analysis_ids), Analysis.status == "queued")
    services().jobs.hint(db.session.scalars(left).all())
    db.session.rollback()
