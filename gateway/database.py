"""The database: the `db` extension, the base of all models, and SQLite's settings for several processes.

SQLite runs in WAL mode with a busy timeout and foreign keys on, and a commit waits for the disk
(synchronous=FULL): an image that was accepted survives a power cut. PostgreSQL needs none of it.
"""

import sqlite3
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from apiflask import APIFlask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, MetaData, event
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from gateway.settings import Settings

MIGRATIONS_FOLDER = Path(__file__).with_name("migrations")
METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


_CONNECT_SECONDS = 10
_SOLID_STATE = "SET random_page_cost = 1.1"
"""PostgreSQL then reads from an index where it would go through a whole table: no disk turns."""
_EVERYWHERE: dict[str, Any] = {"hide_parameters": True, "json_deserializer": orjson.loads}
"""Errors then show no values: a filename may name a patient. A list of 100 holds 500 pieces of JSON."""


class Base(DeclarativeBase):
    """Base of all models."""

    metadata = METADATA


db = SQLAlchemy(model_class=Base)
migrate = Migrate()


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, aware in Python whatever the database keeps."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read UTC; SQLite forgets the zone, PostgreSQL gives its session's."""
        if value is None or value.tzinfo is UTC:
            return value
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def now() -> datetime:
    """Return this moment in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return an opaque id of 32 hexadecimal digits."""
    return uuid.uuid4().hex


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Tell Alembic which tables are in its care; the job queue makes its own."""
    return kind != "table" or not str(name).startswith("huey_")


def engine_options(settings: Settings) -> dict[str, Any]:
    """Return what SQLAlchemy's engine needs for this database."""
    if make_url(settings.database).get_backend_name() != "sqlite":
        return _EVERYWHERE | {
            "connect_args": {"connect_timeout": _CONNECT_SECONDS},
            "pool_pre_ping": True,
            "pool_size": settings.threads,
            "pool_timeout": 10,
        }
    return _EVERYWHERE | {
        "connect_args": {"timeout": settings.database_busy_seconds},
        "pool_size": settings.threads + settings.torchserve_connections,
        "pool_timeout": 10,
    }


def init_app(app: APIFlask, settings: Settings) -> None:
    """Bind `app` to its database and its migrations."""
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(MIGRATIONS_FOLDER), render_as_batch=True)
    with app.app_context():
        event.listen(db.engine, "connect", _prepare_connection)


def _prepare_connection(connection: Any, _entry: ConnectionPoolEntry) -> None:
    if isinstance(connection, sqlite3.Connection):
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
    else:
        connection.execute(_SOLID_STATE)
        connection.commit()
