"""Lists of analyses, newest first: filters and a cursor in, a page out.

The cursor holds the last row's time and id (keyset), so a page costs the same however deep it lies.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Select, and_, literal, not_, tuple_
from sqlalchemy.orm import selectinload

from gateway.blindness import is_blinded
from gateway.database import UtcDateTime, db
from gateway.models import CATEGORIES, STATUSES, Analysis, Result
from gateway.problems import GatewayProblem
from gateway.tenancy import Principal, visible_analyses

_ID = re.compile(r"[0-9a-f]{32}")


class InvalidQueryProblem(GatewayProblem):
    status, code, title = 422, "invalid-query", "A part of the query cannot be used"

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(detail, errors=[{"pointer": f"?{name}", "detail": detail}])


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
    if cursor:
        moment, analysis_id = _position(cursor)
        before = tuple_(literal(moment, UtcDateTime), literal(analysis_id))
        query = query.where(tuple_(Analysis.created_at, Analysis.id) < before)
    newest = query.order_by(Analysis.created_at.desc(), Analysis.id.desc()).limit(limit + 1)
    newest = newest.options(selectinload(Analysis.tags))
    rows = [(analysis, result, hidden) for analysis, result, hidden in db.session.execute(newest)]
    last = rows[limit - 1][0] if len(rows) > limit else None
    return Page(rows[:limit], _cursor_after(last) if last else None)


def _with_results(analyses: Select[Analysis]) -> Select[Analysis, Result]:
    current = and_(Result.analysis_id == Analysis.id, Result.revision == Analysis.current_revision)
    return analyses.add_columns(Result).outerjoin(Result, current)


def _choices(name: str, text: str, known: tuple[str, ...]) -> list[str]:
    chosen = [part.strip() for part in text.split(",")]
    if not set(chosen) <= set(known):
        raise InvalidQueryProblem(name, f"{name} takes any of {', '.join(known)}, separated by commas.")
    return chosen


def _cursor_after(analysis: Analysis) -> str:
    return base64.urlsafe_b64encode(f"{analysis.created_at.isoformat()} {analysis.id}".encode()).decode()


def _position(cursor: str) -> tuple[datetime, str]:
    """Return the time, in UTC, and the id that a cursor holds; a time may have none in UTC."""
    try:
        moment, analysis_id = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ")
        if not _ID.fullmatch(analysis_id):
            raise ValueError("not an id")
        return datetime.fromisoformat(moment).astimezone(UTC), analysis_id
    except (binascii.Error, ValueError, OverflowError) as error:
        raise InvalidQueryProblem("cursor", "This is not a cursor of this list.") from error
