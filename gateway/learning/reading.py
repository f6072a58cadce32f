"""Reads annotations: one's own, or all of a record that one may change; none before a blind opinion."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import aliased, defer

from gateway.blindness import sees_blind
from gateway.database import db
from gateway.keyset import Keyset, split_page
from gateway.models import Analysis, Annotation
from gateway.problems import BlindProblem, NotFoundProblem
from gateway.tenancy import Principal, get_analysis, is_assigned, may_change

_NEWEST = Keyset(Annotation.created_at, Annotation.id)
_BLIND = "Give your own opinion first; annotations would show the result."


@dataclass(frozen=True)
class Attempt:
    """An annotation, and which of its author's at its analysis it is, from 1."""

    annotation: Annotation
    attempt: int


def attempt_number() -> ColumnElement[int]:
    """Count the author's annotations of the analysis up to this one."""
    earlier = aliased(Annotation)
    until = tuple_(earlier.created_at, earlier.id) <= tuple_(Annotation.created_at, Annotation.id)
    same = and_(earlier.analysis_id == Annotation.analysis_id, earlier.author_id == Annotation.author_id)
    return select(func.count()).select_from(earlier).where(same, until).scalar_subquery()


def get_attempt(principal: Principal, annotation_id: str) -> tuple[Attempt, Analysis]:
    """Return one annotation and its analysis; raises NotFoundProblem, or BlindProblem."""
    query = _visible(principal).add_columns(Analysis).where(Annotation.id == annotation_id)
    found = db.session.execute(query).first()
    if found is None:
        raise NotFoundProblem
    _check_blindness(principal, found[2])
    return Attempt(found[0], found[1]), found[2]


def list_attempts(
    principal: Principal, analysis_id: str, limit: int, cursor: str | None
) -> tuple[Sequence[Attempt], str | None]:
    """Return a page of an analysis' annotations, newest first; raises NotFoundProblem or BlindProblem."""
    _check_blindness(principal, get_analysis(principal, analysis_id))
    query = _visible(principal).where(Annotation.analysis_id == analysis_id)
    query = query.options(defer(Annotation.marks), defer(Annotation.outcome))
    rows = [Attempt(*row) for row in db.session.execute(_NEWEST.page(query, limit, cursor))]
    return split_page(rows, limit, lambda row: (row.annotation.created_at, row.annotation.id))


def _visible(principal: Principal) -> Select[Annotation, int]:
    own = and_(Annotation.author_id == principal.user_id, is_assigned(principal))
    joined = select(Annotation, attempt_number()).join(Analysis, Analysis.id == Annotation.analysis_id)
    return joined.where(or_(may_change(principal), own))


def _check_blindness(principal: Principal, analysis: Analysis) -> None:
    if sees_blind(principal, analysis):
        raise BlindProblem(_BLIND)
