"""Lists of analyses, newest first: filters and a cursor in, a page out."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, and_, not_
from sqlalchemy.orm import selectinload

from gateway.blindness import is_blinded
from gateway.database import db
from gateway.keyset import Keyset, split_page
from gateway.models import CATEGORIES, STATUSES, Analysis, Result
from gateway.problems import InvalidQueryProblem
from gateway.tenancy import Principal, visible_analyses

_NEWEST = Keyset(Analysis.created_at, Analysis.id)


@dataclass(frozen=True)
class Page:
    """Some analyses, their current results, whether those are hidden; and where the next page begins."""

    rows: Sequence[tuple[Analysis, Result | None, bool]]
    next_cursor: str | None


def list_analyses(
    principal: Principal, limit: int, cursor: str | None, status: str | None, category: str | None
) -> Page:
    """Return one page of what the principal may see."""
    blinded = is_blinded(principal)
    query = _with_results(visible_analyses(principal)).add_columns(blinded)
    if status:
        query = query.where(Analysis.status.in_(_choices("status", status, STATUSES)))
    if category:
        query = query.where(Result.category.in_(_choices("category", category, CATEGORIES)), not_(blinded))
    newest = _NEWEST.page(query, limit, cursor).options(selectinload(Analysis.tags))
    rows = [(analysis, result, hidden) for analysis, result, hidden in db.session.execute(newest)]
    return Page(*split_page(rows, limit, lambda row: (row[0].created_at, row[0].id)))


def _with_results(analyses: Select[Analysis]) -> Select[Analysis, Result]:
    current = and_(Result.analysis_id == Analysis.id, Result.revision == Analysis.current_revision)
    return analyses.add_columns(Result).outerjoin(Result, current)


def _choices(name: str, text: str, known: tuple[str, ...]) -> list[str]:
    chosen = [part.strip() for part in text.split(",")]
    if not set(chosen) <= set(known):
        raise InvalidQueryProblem(name, f"{name} takes any of {', '.join(known)}, separated by commas.")
    return chosen
