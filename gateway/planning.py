"""Keeps planners from choosing an index where we know a better one; SQLite has no statistics to choose by."""

from sqlalchemy import ColumnElement, and_, case


def unindexed(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return what all of them say together, in a form that leads into no index."""
    return case((and_(*conditions), 1), else_=0) == 1
