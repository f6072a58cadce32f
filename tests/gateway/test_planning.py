"""The indices of rare values lead no list of common ones astray: what SQLite plans, without statistics."""

from typing import Any

import pytest
from sqlalchemy import event

from gateway.database import db
from tests.gateway.stage import ANALYSES, Stage

RARE_VALUES = ("ix_analyses_model_version", "ix_analyses_case_label", "ix_analyses_failed")


def plans(stage: Stage, query: str) -> list[str]:
    """Return how SQLite goes about each statement that puts the newest records in order."""
    asked: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        asked.append((statement, parameters))

    with stage.app.app_context():
        event.listen(db.engine, "before_cursor_execute", hear)
        assert stage.alice.get(f"{ANALYSES}?{query}").status_code == 200
        event.remove(db.engine, "before_cursor_execute", hear)
        ordering = [each for each in asked if "ORDER BY" in each[0] and "LIMIT" in each[0]]
        with db.engine.connect() as connection:
            return [
                str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all())
                for statement, parameters in ordering
            ]


@pytest.mark.parametrize("query", ["model_version=1.1", "case_label=S26-1", "status=failed", "author=me"])
def test_a_common_value_leads_through_what_one_sees(
    on_sqlite: Stage, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setattr("gateway.filters._RARE", -1)
    (plan,) = plans(on_sqlite, query)
    assert "ix_analyses_owner" in plan
    assert not any(index in plan for index in RARE_VALUES)


def test_a_rare_value_leads_to_its_records_alone(on_sqlite: Stage, field: bytes) -> None:
    on_sqlite.alice.upload([("a.png", field)], case_label="S26-1", wait="0")
    (plan,) = plans(on_sqlite, "case_label=S26-1&author=me")
    assert "sqlite_autoindex_analyses_1" in plan
    assert "ix_analyses_owner" not in plan
