"""The capacity report of a run: run folder in; `report.md`, `report.html` and `pictures/` in it out."""

from loadtest.report.writing import write

__all__ = ["write"]
