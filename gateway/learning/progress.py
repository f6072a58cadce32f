"""Results over time: first attempts at fields, oldest first, each with the mean of all up to it.

Second attempts are left out: their author has seen the reference. A teacher sees what members of the
organisation did on records that the teacher may change.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Select, not_, or_, select
from sqlalchemy.orm import defer

from gateway.blindness import is_blinded
from gateway.database import db
from gateway.documents import timestamp
from gateway.learning.reading import attempt_number
from gateway.models import Analysis, Annotation, Membership
from gateway.problems import NotFoundProblem
from gateway.tenancy import Principal, is_assigned, may_change

LIMIT = 1_000
_CLASSES = ("detection", "immunopositive", "immunonegative")
Figures = dict[str, float | None]
Document = dict[str, Any]


def progress(
    principal: Principal, author_id: str | None, since: datetime | None, before: datetime | None
) -> Document:
    """Return the latest first attempts of a person; raises NotFoundProblem for who is no member."""
    author = author_id or principal.user_id
    query = _first_attempts(principal, author)
    query = query if since is None else query.where(Annotation.created_at >= since)
    query = query if before is None else query.where(Annotation.created_at < before)
    latest = query.order_by(Annotation.created_at.desc(), Annotation.id.desc()).limit(LIMIT + 1)
    rows = db.session.scalars(latest).all()
    items = list(_items(reversed(rows[:LIMIT])))
    return {"author_id": author, "items": items, "truncated": len(rows) > LIMIT}


def figures(scores: Document) -> Figures:
    """Return the scores that are followed over time."""
    difference = scores["index_difference_points"]
    return {
        **{f"f1_{name}": scores[name]["f1"] for name in _CLASSES},
        "index_difference_points": difference,
        "absolute_index_difference_points": None if difference is None else abs(difference),
    }


def running_means(series: Iterable[Figures]) -> Iterator[Figures]:
    """Yield after each the mean of all so far; what is missing counts nowhere."""
    totals: dict[str, float] = {}
    counts: dict[str, int] = {}
    for each in series:
        for name, value in each.items():
            if value is not None:
                totals[name], counts[name] = totals.get(name, 0.0) + value, counts.get(name, 0) + 1
        yield {name: totals[name] / counts[name] if name in counts else None for name in each}


def _first_attempts(principal: Principal, author: str) -> Select[Annotation]:
    """Select first attempts on records that both may be seen and hide nothing from the principal."""
    own = author == principal.user_id
    if not own and db.session.get(Membership, (principal.organisation_id, author)) is None:
        raise NotFoundProblem
    seen = or_(may_change(principal), is_assigned(principal)) if own else may_change(principal)
    query = select(Annotation).join(Analysis, Analysis.id == Annotation.analysis_id)
    query = query.options(defer(Annotation.marks), defer(Annotation.outcome))
    return query.where(
        Annotation.author_id == author, seen, not_(is_blinded(principal)), attempt_number() == 1
    )


def _items(rows: Iterable[Annotation]) -> Iterator[Document]:
    listed = list(rows)
    series = [figures(row.scores) for row in listed]
    for row, own, mean in zip(listed, series, running_means(series), strict=True):
        yield {
            "annotation_id": row.id,
            "analysis_id": row.analysis_id,
            "created_at": timestamp(row.created_at),
            "blind": row.assignment_id is not None,
            **own,
            "running_mean": mean,
        }
