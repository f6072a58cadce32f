"""Columns that several tables share."""

from collections.abc import Sequence

from sqlalchemy import CheckConstraint


def one_of(column: str, values: Sequence[str], name: str) -> CheckConstraint:
    """Return the constraint that a column holds one of these values, or null where it may."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=name)
