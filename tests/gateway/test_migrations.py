"""Migrations make what the models say, and can be taken back."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import CheckConstraint, MetaData, inspect, text
from sqlalchemy.exc import DatabaseError

from gateway import audit, claims, create_app
from gateway.database import METADATA, db, is_ours
from gateway.results import result_of
from tests.gateway.stage import Stage, body, stage_settings
from tests.gateway.test_claims import ANSWER

Database = Callable[..., dict[str, Any]]


def test_models_and_migrations_agree(down: Stage) -> None:
    with down.app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_ours})
        assert compare_metadata(context, METADATA) == []


def test_constraints_are_in_the_database(down: Stage) -> None:
    with down.app.app_context():
        inspector = inspect(db.engine)
        for name, table in METADATA.tables.items():
            checks = (each for each in table.constraints if isinstance(each, CheckConstraint))
            stated = {str(each.name) for each in checks}
            made = {str(each["name"]) for each in inspector.get_check_constraints(name)}
            assert made == stated, name


def test_everything_can_be_taken_back(tmp_path: Path, database: Database) -> None:
    app = create_app(stage_settings(tmp_path, **database(migrated=False)))
    with app.app_context():
        upgrade()
        downgrade(revision="base")
        assert inspect(db.engine).get_table_names() == ["alembic_version"]
        db.engine.dispose()


OLD_RECORD: dict[str, dict[str, Any]] = {
    "organisations": {"id": "o", "name": "Clinic"},
    "users": {"id": "u", "email": "alice@example.org", "name": "Alice"},
    "analyses": {
        "id": "a",
        "organisation_id": "o",
        "owner_id": "u",
        "status": "succeeded",
        "updated_at": datetime.now(UTC),
        "filename": "a.png",
        "image_sha256": "cd",
        "image_width_px": 1,
        "image_height_px": 1,
        "options": {},
        "model_name": "ki67",
        "model_version": "1.0",
        "current_revision": 1,
        "attempts": 1,
        "due_at": datetime.now(UTC),
    },
    "results": {
        "analysis_id": "a",
        "revision": 1,
        "mpp": 0.25,
        "scale_source": "file",
        "weights_sha256": "ef",
        "engine": {},
        "thresholds": {},
        "immunopositive": 0,
        "immunonegative": 0,
        "warnings": [],
        "nuclei_key": "n",
        "map_key": "m",
    },
}


def test_records_of_the_first_day_stay_with_their_results(tmp_path: Path, database: Database) -> None:
    app = create_app(stage_settings(tmp_path, **database(migrated=False)))
    with app.app_context():
        upgrade(revision="0001")
        old = MetaData()
        old.reflect(db.engine)
        for table, values in OLD_RECORD.items():
            db.session.execute(old.tables[table].insert(), values | {"created_at": datetime.now(UTC)})
        db.session.commit()
        upgrade()
        row = db.session.execute(text("SELECT upload_sha256, image_sha256 FROM analyses")).one()
        assert tuple(row) == ("cd", "cd")
        db.session.rollback()
        downgrade(revision="0001")
        assert db.session.scalar(text("SELECT count(*) FROM results")) == 1
        db.session.remove()
        db.engine.dispose()


def test_names_of_older_records_are_found_by_text(tmp_path: Path, database: Database) -> None:
    app = create_app(stage_settings(tmp_path, **database(migrated=False)))
    with app.app_context():
        upgrade(revision="0001")
        old = MetaData()
        old.reflect(db.engine)
        for table, values in OLD_RECORD.items():
            more = {"filename": "ÄRGER.png"} if table == "analyses" else {}
            row = values | more | {"created_at": datetime.now(UTC)}
            db.session.execute(old.tables[table].insert(), row)
        db.session.commit()
        upgrade()
        assert db.session.scalar(text("SELECT search_text FROM analyses")) == "\närger.png"
        db.session.remove()
        db.engine.dispose()


def test_taking_the_latest_ones_back_keeps_all_results(down: Stage, field: bytes) -> None:
    analysis_id = body(down.alice.upload([("a.png", field)], wait="0"))["items"][0]["analysis"]["id"]
    with down.app.app_context():
        held = claims.claim(analysis_id, 30)
        assert held is not None
        assert claims.record_result(held, result_of(ANSWER, analysis_id, 1, "nuclei", "map"))
        downgrade(revision="0003")
        assert db.session.scalar(text("SELECT COUNT(*) FROM results")) == 1


FULL = 2
PRAGMAS = {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 10_000, "synchronous": FULL}


def test_an_audit_event_cannot_be_changed_or_deleted(down: Stage) -> None:
    with down.app.app_context():
        audit.note(None, "test.done", "test", "1")
        db.session.commit()
        for change in ("UPDATE audit_events SET action = 'other'", "DELETE FROM audit_events"):
            with pytest.raises(DatabaseError, match="only ever added"):
                db.session.execute(text(change))
            db.session.rollback()
        assert db.session.scalar(text("SELECT count(*) FROM audit_events")) == 1


@pytest.mark.parametrize("pragma", PRAGMAS)
def test_sqlite_is_set_for_several_processes_and_power_cuts(on_sqlite: Stage, pragma: str) -> None:
    with on_sqlite.app.app_context():
        assert db.session.scalar(text(f"PRAGMA {pragma}")) == PRAGMAS[pragma]
