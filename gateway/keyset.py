"""Pages of a list by keyset: the cursor is the last row's moment and id, so any depth costs the same.

Keyset + query + cursor -> the page's query, a row more than asked -> rows, next cursor
"""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar, TypeVarTuple

from sqlalchemy import ColumnElement, Select, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from gateway.database import UtcDateTime
from gateway.problems import InvalidQueryProblem

_ID = re.compile(r"[0-9a-f]{32}")
Row = TypeVar("Row")
Columns = TypeVarTuple("Columns")


@dataclass(frozen=True)
class Keyset:
    """The two columns that order a list."""

    moment: InstrumentedAttribute[datetime]
    identifier: InstrumentedAttribute[str]
    newest_first: bool = True

    def page(self, query: Select[*Columns], limit: int, cursor: str | None) -> Select[*Columns]:
        """Return the query of one page and one row beyond it; raises InvalidQueryProblem."""
        columns = (self.moment, self.identifier)
        ordered = query.order_by(*(each.desc() if self.newest_first else each.asc() for each in columns))
        return (ordered.where(self.beyond(*position(cursor))) if cursor else ordered).limit(limit + 1)

    def beyond(self, moment: datetime, identifier: str) -> ColumnElement[bool]:
        """Say which rows come after that one."""
        row = tuple_(self.moment, self.identifier)
        last = tuple_(literal(moment, UtcDateTime), literal(identifier))
        return row < last if self.newest_first else row > last


def split_page(
    rows: Sequence[Row], limit: int, key: Callable[[Row], tuple[datetime, str]]
) -> tuple[Sequence[Row], str | None]:
    """Return the page's rows, and where the next begins if there is one."""
    following = cursor_after(*key(rows[limit - 1])) if len(rows) > limit else None
    return rows[:limit], following


def cursor_after(moment: datetime, identifier: str) -> str:
    """Return the cursor of what comes after that row."""
    return base64.urlsafe_b64encode(f"{moment.isoformat()} {identifier}".encode()).decode()


def position(cursor: str) -> tuple[datetime, str]:
    """Return the time, in UTC, and the id that a cursor holds; a time may have none in UTC."""
    try:
        moment, identifier = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ")
        if not _ID.fullmatch(identifier):
            raise ValueError("not an id")
        return datetime.fromisoformat(moment).astimezone(UTC), identifier
    except (binascii.Error, ValueError, OverflowError) as error:
        raise InvalidQueryProblem("cursor", "This is not a cursor of this list.") from error
