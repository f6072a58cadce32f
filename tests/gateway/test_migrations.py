"""Migrations make what the models say, and can be taken back."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import CheckConstraint, inspect, text

from gateway import claims, create_app
from gateway.database import METADATA, db
from gateway.results import result_of
from tests.gateway.stage import Stage, body, stage_settings
from tests.gateway.test_claims import ANSWER


def test_models_and_migrations_agree(down: Stage) -> None:
    with down.app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_constraints_are_in_the_database(down: Stage) -> None:
    with down.app.app_context():
        inspector = inspect(db.engine)
        for name, table in METADATA.tables.items():
            checks = (each for each in table.constraints if isinstance(each, CheckConstraint))
            stated = {str(each.name) for each in checks}
            made = {str(each["name"]) for each in inspector.get_check_constraints(name)}
            assert made == stated, name


def test_everything_can_be_taken_back(tmp_path: Path) -> None:
    app = create_app(stage_settings(tmp_path))
    with app.app_context():
        upgrade()
        downgrade(revision="base")
        assert inspect(db.engine).get_table_names() == ["alembic_version"]
        db.engine.dispose()


def test_taking_the_last_one_back_keeps_all_results(down: Stage, field: bytes) -> None:
    analysis_id = body(down.alice.upload([("a.png", field)], wait="0"))["items"][0]["analysis"]["id"]
    with down.app.app_context():
        held = claims.claim(analysis_id, 30)
        assert held is not None
        assert claims.record_result(held, result_of(ANSWER, analysis_id, 1, "nuclei", "map"))
        downgrade()
        assert db.session.scalar(text("SELECT COUNT(*) FROM results")) == 1


PRAGMAS = {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 10_000}


@pytest.mark.parametrize("pragma", PRAGMAS)
def test_sqlite_is_set_for_several_processes(down: Stage, pragma: str) -> None:
    with down.app.app_context():
        assert db.session.scalar(text(f"PRAGMA {pragma}")) == PRAGMAS[pragma]
