"""Lists of analyses, newest first: filters and a cursor in, a page out.

The cursor holds the last row's time and id (keyset), so a page costs the same however deep it lies. What is
one's own and what is assigned are looked up apart, each along its own index, and joined afterwards: one
condition with OR would read and sort everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, select, union
from sqlalchemy.orm import defer, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from gateway.blindness import is_blinded
from gateway.database import db
from gateway.filters import FilterQuery, ListQuery, conditions
from gateway.keyset import Keyset, cursor_after, position
from gateway.models import Analysis, Correction, Result
from gateway.problems import NotFoundProblem
from gateway.tenancy import Principal, assigned_ids, may_change, visible_analyses

_NEWEST = Keyset(Analysis.created_at, Analysis.id)
Row = tuple[Analysis, Result | None, bool]


@dataclass(frozen=True)
class Page:
    """Some analyses, their current results, whether those are hidden; and where the next page begins."""

    rows: Sequence[Row]
    next_cursor: str | None


def list_analyses(principal: Principal, query: ListQuery) -> Page:
    """Return one page of what the principal may see and asks for."""
    wanted = conditions(principal, query)
    if query.cursor:
        wanted.append(_NEWEST.beyond(*position(query.cursor)))
    chosen = _newest_ids(principal, query.assigned, wanted, query.limit + 1)
    rows = read_rows(principal, chosen[: query.limit])
    following = cursor_after(rows[-1][0].created_at, rows[-1][0].id) if rows else None
    return Page(rows, following if len(chosen) > query.limit else None)


def newest_ids(principal: Principal, query: FilterQuery, limit: int) -> list[str]:
    """Return the ids of all that match, newest first, at most so many."""
    return _newest_ids(principal, query.assigned, conditions(principal, query), limit)


def read_rows(principal: Principal, identifiers: Sequence[str]) -> list[Row]:
    """Return those of the analyses that the principal may see (now), in that order."""
    current = and_(Result.analysis_id == Analysis.id, Result.revision == Analysis.current_revision)
    visible = visible_analyses(principal).where(Analysis.id.in_(identifiers))
    query = visible.add_columns(Result, is_blinded(principal)).outerjoin(Result, current)
    found: dict[str, Row] = {
        row[0].id: (row[0], row[1], row[2])
        for row in db.session.execute(query.options(*with_labels(len(identifiers)))).unique()
    }
    return [found[each] for each in identifiers if each in found]


def with_labels(analyses: int) -> tuple[ExecutableOption, ...]:
    """Return what loads corrections along, and tags: of many analyses in another statement."""
    load_tags = joinedload if analyses == 1 else selectinload
    return load_tags(Analysis.tags), joinedload(Analysis.corrections).options(defer(Correction.edits))


def read_row(principal: Principal, analysis_id: str) -> Row:
    """Return one analysis with its result in one query; raises NotFoundProblem where it is not theirs."""
    rows = read_rows(principal, [analysis_id])
    if not rows:
        raise NotFoundProblem
    return rows[0]


def _newest_ids(
    principal: Principal, assigned: bool | None, wanted: list[ColumnElement[bool]], limit: int
) -> list[str]:
    """Return ids of what is one's own, of what is assigned, or of both."""
    seen = []
    if not assigned:
        seen.append(may_change(principal))
    if assigned is not False:
        seen.append(Analysis.id.in_(assigned_ids(principal)))
    parts = [select(_newest(wanted, each, limit).subquery()) for each in seen]
    both = union(*parts).subquery()
    newest = select(both.c.id).order_by(both.c.created_at.desc(), both.c.id.desc()).limit(limit)
    return list(db.session.scalars(newest))


def _newest(
    wanted: list[ColumnElement[bool]], seen: ColumnElement[bool], limit: int
) -> Select[str, datetime]:
    query = select(Analysis.id, Analysis.created_at).where(seen, *wanted)
    return query.order_by(Analysis.created_at.desc(), Analysis.id.desc()).limit(limit)
