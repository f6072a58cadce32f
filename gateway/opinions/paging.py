"""Lists of contacts, assignments and reviews, newest first: a query and a cursor in, a page out.

The cursor holds the last row's time and id, as that of the analyses does (`gateway.listing`).
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from sqlalchemy import Select, literal, tuple_

from gateway.database import UtcDateTime, db
from gateway.listing import InvalidQueryProblem
from gateway.models import Assignment, Contact, Review
from gateway.opinions.schemas import PageQuery

RowT = TypeVar("RowT", Assignment, Contact, Review)
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Rows(Generic[RowT]):
    """Some rows, and where the next page begins."""

    rows: Sequence[RowT]
    next_cursor: str | None


def newest(query: Select[RowT], table: type[RowT], page: PageQuery) -> Rows[RowT]:
    """Return one page of a query's rows; raises InvalidQueryProblem."""
    if page.cursor:
        moment, row_id = _position(page.cursor)
        before = tuple_(literal(moment, UtcDateTime), literal(row_id))
        query = query.where(tuple_(table.created_at, table.id) < before)
    ordered = query.order_by(table.created_at.desc(), table.id.desc()).limit(page.limit + 1)
    rows = db.session.scalars(ordered).all()
    return Rows(rows[: page.limit], _cursor(rows[page.limit - 1]) if len(rows) > page.limit else None)


def _cursor(row: Assignment | Contact | Review) -> str:
    return base64.urlsafe_b64encode(f"{row.created_at.isoformat()} {row.id}".encode()).decode()


def _position(cursor: str) -> tuple[datetime, str]:
    try:
        moment, row_id = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ")
        if not _ID.fullmatch(row_id):
            raise ValueError("not an id")
        return datetime.fromisoformat(moment).astimezone(UTC), row_id
    except (binascii.Error, ValueError, OverflowError) as error:
        raise InvalidQueryProblem("cursor", "This is not a cursor of this list.") from error
