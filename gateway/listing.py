"""Lists of analyses, newest first: filters and a cursor in, a page out.

The cursor holds the last row's time and id (keyset), so a page costs the same however deep it lies. What is
one's own and what is assigned are looked up apart, each along its own index, and joined afterwards: one
condition with OR would read and sort everything. Where a filter leaves only few, these are read and sorted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, and_, bindparam, select, true, union
from sqlalchemy.orm import defer, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from gateway.blindness import is_blinded
from gateway.database import db
from gateway.filters import FilterQuery, ListQuery, conditions, few_ids
from gateway.keyset import Keyset, cursor_after, position
from gateway.models import Analysis, Correction, Result
from gateway.planning import unindexed
from gateway.problems import NotFoundProblem
from gateway.tenancy import Principal, assigned_ids, is_assigned, is_visible, may_change, visible_analyses

_NEWEST = Keyset(Analysis.created_at, Analysis.id)
_USER, _ORGANISATION, _WANTED = "asking_user", "asking_organisation", "wanted"
_NEWEST_FIRST = (Analysis.created_at.desc(), Analysis.id.desc())
_UNSHOWN = tuple(
    defer(each)
    for each in (
        Analysis.search_text,
        Analysis.due_at,
        Analysis.claim_token,
        Analysis.lease_expires_at,
        Result.created_at,
    )
)
"""No document shows these, and no export needs them."""
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
    chosen = _newest_ids(principal, query, wanted, query.limit + 1)
    rows = read_rows(principal, chosen[: query.limit])
    following = cursor_after(rows[-1][0].created_at, rows[-1][0].id) if rows else None
    return Page(rows, following if len(chosen) > query.limit else None)


def newest_ids(principal: Principal, query: FilterQuery, limit: int) -> list[str]:
    """Return the ids of all that match, newest first, at most so many."""
    return _newest_ids(principal, query, conditions(principal, query), limit)


def read_rows(principal: Principal, identifiers: Sequence[str]) -> list[Row]:
    """Return those of the analyses that the principal may see (now), in that order."""
    query = _rows_query(principal.role, several=len(identifiers) != 1)
    asks = {_USER: principal.user_id, _ORGANISATION: principal.organisation_id, _WANTED: identifiers}
    rows = db.session.execute(query, asks).unique()
    found: dict[str, Row] = {row[0].id: (row[0], row[1], row[2]) for row in rows}
    return [found[each] for each in identifiers if each in found]


@cache
def _rows_query(role: str, *, several: bool) -> Select[Any]:
    """Build the question once for each role: who asks, and for what, is filled in at every request.

    It holds as long as tenancy.py and blindness.py do no more with a principal's ids than compare columns.
    """
    anybody = Principal(cast(str, bindparam(_USER)), cast(str, bindparam(_ORGANISATION)), role, frozenset())
    current = and_(Result.analysis_id == Analysis.id, Result.revision == Analysis.current_revision)
    wanted = visible_analyses(anybody).where(Analysis.id.in_(bindparam(_WANTED, expanding=True)))
    query = wanted.add_columns(Result, is_blinded(anybody)).outerjoin(Result, current)
    return query.options(*with_labels(several=several), *_UNSHOWN)


def with_labels(*, several: bool) -> tuple[ExecutableOption, ...]:
    """Return what loads corrections along, and tags: of several analyses in another statement."""
    load_tags = selectinload if several else joinedload
    return load_tags(Analysis.tags), joinedload(Analysis.corrections).options(defer(Correction.edits))


def read_row(principal: Principal, analysis_id: str) -> Row:
    """Return one analysis with its result in one query; raises NotFoundProblem where it is not theirs."""
    rows = read_rows(principal, [analysis_id])
    if not rows:
        raise NotFoundProblem
    return rows[0]


def _newest_ids(
    principal: Principal, query: FilterQuery, wanted: list[ColumnElement[bool]], limit: int
) -> list[str]:
    few = few_ids(query)
    if few is None:
        return _newest_of_all(principal, query.assigned, wanted, limit)
    return _newest_of(few, principal, query.assigned, wanted, limit) if few else []


def _newest_of(
    few: list[str],
    principal: Principal,
    assigned: bool | None,
    wanted: list[ColumnElement[bool]],
    limit: int,
) -> list[str]:
    """Return the ids of those few that are seen and wanted; each is looked at by itself."""
    if assigned:
        wanted = [*wanted, is_assigned(principal)]
    fulfilled = unindexed(is_visible(principal), *wanted)
    newest = select(Analysis.id).where(Analysis.id.in_(few), fulfilled).order_by(*_NEWEST_FIRST)
    return list(db.session.scalars(newest.limit(limit)))


def _newest_of_all(
    principal: Principal, assigned: bool | None, wanted: list[ColumnElement[bool]], limit: int
) -> list[str]:
    """Return ids of what is one's own, of what is assigned, or of both."""
    halves = []
    if not assigned:
        halves.append((may_change(principal), *wanted))
    if assigned is not False:
        halves.append((Analysis.id.in_(assigned_ids(principal)), unindexed(true(), *wanted)))
    parts = [select(_newest(limit, *each).subquery()) for each in halves]
    both = union(*parts).subquery()
    newest = select(both.c.id).order_by(both.c.created_at.desc(), both.c.id.desc()).limit(limit)
    return list(db.session.scalars(newest))


def _newest(limit: int, *wanted: ColumnElement[bool]) -> Select[str, datetime]:
    query = select(Analysis.id, Analysis.created_at).where(*wanted)
    return query.order_by(*_NEWEST_FIRST).limit(limit)
