"""Lists of contacts, assignments and reviews, newest first: a query and a cursor in, a page out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import Select

from gateway.database import db
from gateway.keyset import Keyset, split_page
from gateway.models import Assignment, Contact, Review
from gateway.opinions.schemas import PageQuery

RowT = TypeVar("RowT", Assignment, Contact, Review)


@dataclass(frozen=True)
class Rows(Generic[RowT]):
    """Some rows, and where the next page begins."""

    rows: Sequence[RowT]
    next_cursor: str | None


def newest(query: Select[RowT], table: type[RowT], page: PageQuery) -> Rows[RowT]:
    """Return one page of a query's rows; raises InvalidQueryProblem."""
    keyset = Keyset(table.created_at, table.id)
    found = db.session.scalars(keyset.page(query, page.limit, page.cursor)).all()
    return Rows(*split_page(found, page.limit, lambda row: (row.created_at, row.id)))
