"""Gateways for the tests: one with TorchServe running, and fresh ones whose TorchServe is down."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.browser import QUICK
from tests.gateway.stage import Stage, body, migrate, phantom_png, set_stage, stage_settings
from tests.postgres import RunningPostgres, as_settings, running_postgres
from tests.serving import RunningTorchServe

LONG = ("test_access.py", "test_blindness.py")
"""Thousands of requests about who may see what: on the second database they are for `make test` alone."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them before anything is chosen by its marks."""
    for item in items:
        if (
            item.path.parent == Path(__file__).parent
            and item.path.name in LONG
            and "[postgresql" in item.name
        ):
            item.add_marker(pytest.mark.long)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database as the migrations make it."""
    return migrate(tmp_path_factory.mktemp("migrated"))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPostgres]:
    """A PostgreSQL server whose databases have the tables."""

    def fill(address: str) -> None:
        migrate(tmp_path_factory.mktemp("migrated"), **as_settings(address))

    with running_postgres(fill) as server:
        yield server


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> RunningPostgres | None:
    """No server and then one: what is true of records is true on both kinds of database."""
    return None if request.param == "sqlite" else request.getfixturevalue("postgres")


@pytest.fixture(scope="session")
def database(server: RunningPostgres | None) -> Callable[..., dict[str, Any]]:
    """Makes new databases, as settings."""
    return (lambda **how: as_settings(server.fresh(**how))) if server else (lambda **_how: {})


@pytest.fixture
def tables(server: RunningPostgres | None) -> Iterator[dict[str, Any]]:
    """Settings of a database with empty tables; on PostgreSQL an earlier test may have had it."""
    with server.lent() if server else nullcontext() as address:
        yield as_settings(address) if address else {}


@pytest.fixture
def on_sqlite(tmp_path: Path, migrated: Path) -> Iterator[Stage]:
    """As `down`, for what only SQLite does."""
    stage = set_stage(stage_settings(tmp_path / "var"), migrated)
    yield stage
    stage.close()


@pytest.fixture
def down(tmp_path: Path, migrated: Path, tables: dict[str, Any]) -> Iterator[Stage]:
    """A gateway whose TorchServe does not run."""
    stage = set_stage(stage_settings(tmp_path / "var", **tables), migrated)
    yield stage
    stage.close()


@pytest.fixture
def quick(tmp_path: Path, migrated: Path, tables: dict[str, Any]) -> Iterator[Stage]:
    """The same, with passwords that are hashed in no time and refusals that do not wait."""
    stage = set_stage(stage_settings(tmp_path / "var", **QUICK, **tables), migrated)
    yield stage
    stage.close()


@pytest.fixture(scope="session")
def live(
    torchserve: RunningTorchServe,
    migrated: Path,
    database: Callable[..., dict[str, Any]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stage]:
    """A gateway with TorchServe running, shared by all tests that only add to it."""
    stage = set_stage(stage_settings(tmp_path_factory.mktemp("live"), torchserve, **database()), migrated)
    yield stage
    stage.close()


@pytest.fixture(scope="session")
def field() -> bytes:
    """A drawn field with some dozens of nuclei."""
    return phantom_png()


@pytest.fixture(scope="session")
def scored(live: Stage, field: bytes) -> dict[str, Any]:
    """Alice's analysis of that field, as the POST answered it."""
    answer = live.alice.upload([("field.png", field)], mpp="0.5", wait="240")
    assert answer.status_code == 200, answer.text
    analysis: dict[str, Any] = body(answer)["items"][0]["analysis"]
    return analysis
