"""`flask --app gateway prepare-database`, on the one kind of database and on the other."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from pydantic import SecretStr
from sqlalchemy import func, inspect, select, text

from benchmark.servers.ports import free_ports
from gateway import create_app
from gateway.database import db
from gateway.models import ApiKey, Membership, OperatorKey, Organisation
from tests.gateway.browser import PASSWORD, QUICK, browser
from tests.gateway.stage import ANALYSES, Person, Stage, stage_settings

OPERATOR_KEY = f"ki67op_{'0a' * 6}_{'o' * 43}"
CHECK_KEY = f"ki67_{'1b' * 6}_{'c' * 43}"


@pytest.fixture
def empty(tmp_path: Path, database: Callable[..., dict[str, Any]]) -> Iterator[Stage]:
    """A gateway on a database without tables."""
    stage = Stage(create_app(stage_settings(tmp_path / "var", **QUICK, **database(migrated=False))), {})
    yield stage
    stage.close()


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """The options of a whole preparation."""
    told = {"password": PASSWORD, "operator-key": OPERATOR_KEY, "check-key": CHECK_KEY}
    for name, content in told.items():
        (tmp_path / name).write_text(f"{content}\n")
    options = ["--organisation", "Clinic", "--administrator", "ann@example.org"]
    return options + [word for name in told for word in (f"--{name}-file", str(tmp_path / name))]


def prepare(stage: Stage, *options: str) -> Result:
    return stage.app.test_cli_runner().invoke(args=["prepare-database", *options])


def counts(stage: Stage) -> list[int | None]:
    tables = (Organisation, Membership, ApiKey, OperatorKey)
    with stage.app.app_context():
        return [db.session.scalar(select(func.count()).select_from(table)) for table in tables]


def test_an_empty_database_gets_its_tables_and_who_is_needed(empty: Stage, files: list[str]) -> None:
    result = prepare(empty, *files)
    assert result.exit_code == 0, result.output
    assert not any(secret in result.output for secret in (PASSWORD, OPERATOR_KEY, CHECK_KEY))
    ann = browser(empty)
    assert ann.sign_in("ann@example.org").status_code == 200
    assert ann.document["role"] == "administrator"
    assert Person(empty.app.test_client(), OPERATOR_KEY).get("/api/v1/models/routes").status_code == 200
    assert Person(empty.app.test_client(), CHECK_KEY).get(ANALYSES).status_code == 200


def test_once_more_changes_nothing(empty: Stage, files: list[str]) -> None:
    assert prepare(empty, *files).exit_code == 0
    before = counts(empty)
    Path(files[files.index("--password-file") + 1]).write_text("another password, long enough")
    assert prepare(empty, *files).exit_code == 0
    assert counts(empty) == before == [2, 2, 1, 1]
    assert browser(empty).sign_in("ann@example.org").status_code == 200


def test_without_a_password_its_link_is_told_once(empty: Stage, files: list[str]) -> None:
    assert "/choose-password#" in prepare(empty, *files[:4]).output
    assert "/choose-password#" not in prepare(empty, *files[:4]).output


def test_several_at_once_do_it_once(empty: Stage, files: list[str]) -> None:
    results: list[Result] = []
    apps = [Stage(create_app(empty.services.settings), {}) for _ in range(3)]
    threads = [threading.Thread(target=lambda app=app: results.append(prepare(app, *files))) for app in apps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result.exit_code for result in results] == [0, 0, 0], [result.output for result in results]
    assert counts(empty) == [2, 2, 1, 1]
    for app in apps:
        app.close()


def test_a_revoked_key_is_not_let_in_again(empty: Stage, files: list[str]) -> None:
    prepare(empty, *files)
    empty.app.test_cli_runner().invoke(args=["revoke-operator-key", OPERATOR_KEY.split("_")[1]])
    result = prepare(empty, *files)
    assert (result.exit_code, "revoked" in result.output) == (1, True)


@pytest.mark.parametrize("option", ["--operator-key-file", "--check-key-file"])
def test_what_is_no_key_is_refused_and_not_shown(empty: Stage, files: list[str], option: str) -> None:
    Path(files[files.index(option) + 1]).write_text("no key at all")
    result = prepare(empty, *files)
    assert (result.exit_code, "not of the form" in result.output) == (1, True)
    assert "no key at all" not in result.output


def test_a_weak_password_is_refused(empty: Stage, files: list[str]) -> None:
    Path(files[files.index("--password-file") + 1]).write_text("short")
    assert prepare(empty, *files).exit_code == 1


def test_an_administrator_needs_an_organisation(empty: Stage) -> None:
    assert prepare(empty, "--administrator", "ann@example.org").exit_code == 2


def test_a_database_that_stays_away_is_told_after_its_time(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    address = SecretStr(f"postgresql+psycopg://nobody@127.0.0.1:{port}/none")
    stage = Stage(create_app(stage_settings(tmp_path, database_url=address)), {})
    result = prepare(stage, "--wait", "0")
    assert (result.exit_code, "did not answer" in result.output) == (1, True)
    stage.close()


def test_tables_are_made_without_any_option(empty: Stage) -> None:
    assert prepare(empty).exit_code == 0
    with empty.app.app_context():
        assert "analyses" in inspect(db.engine).get_table_names()


def test_tables_of_newer_code_that_was_rolled_back_are_left(empty: Stage, files: list[str]) -> None:
    assert prepare(empty).exit_code == 0
    with empty.app.app_context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    result = prepare(empty, *files)
    assert (result.exit_code, "newer code" in result.output) == (0, True)
    assert counts(empty) == [2, 2, 1, 1]
