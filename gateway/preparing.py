"""`flask --app gateway prepare-database`: an empty or older database in, one that a gateway can use out.

Flow: wait until it answers -> alone, whoever else does the same -> migrations -> organisation, administrator
-> keys that were drawn elsewhere, as a cluster's secrets are. What is so already is left alone.
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from gateway import audit
from gateway.database import db
from gateway.demonstration import seed_demonstration
from gateway.extensions import settings
from gateway.identity.accounts import find_user, mark_verified, set_password
from gateway.identity.commands import added_organisation, added_user, let_in, organisation_named
from gateway.identity.email_tokens import issue, link
from gateway.identity.problems import WeakPasswordProblem
from gateway.keys import admit_key
from gateway.models import Membership, Organisation, User
from gateway.permissions import (
    ADMINISTRATOR,
    KEY_SCOPES,
    READ_ASSIGNMENTS,
    READ_REVIEWS,
    WRITE_ASSIGNMENTS,
    WRITE_REVIEWS,
)
from gateway.routing.commands import write_operator_key
from gateway.routing.operator_keys import admit_operator_key
from gateway.tenancy import ensure_member, ensure_organisation

CHECKER = ("Self-check", "self-check@ki67.invalid")
"""Organisation and user of the key that checks an installation; its records are nobody else's."""
_CHECKS = (*KEY_SCOPES, READ_ASSIGNMENTS, WRITE_ASSIGNMENTS, READ_REVIEWS, WRITE_REVIEWS)
"""What a load test does as well, with the same key."""
_LOCK = 0x6B693637
"""Any number that all of us take for PostgreSQL's lock, and nobody else: "ki67"."""
_PAUSE_S = 1.0
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("prepare-database")
@click.option(
    "--wait", "wait_s", type=click.FloatRange(min=0), default=60.0, show_default=True, help="Seconds."
)
@click.option("--organisation", help="Name; made where it is missing.")
@click.option("--administrator", "email", help="Address of that organisation's; made one where it is not.")
@click.option(
    "--password-file", type=_FILE, help="Their first password; default: a link to choose one is printed."
)
@click.option("--operator-key-file", type=_FILE, help="A key to let in, ki67op_PREFIX_REST.")
@click.option("--check-key-file", type=_FILE, help="A key for `client.check` to let in, ki67_PREFIX_REST.")
@click.option(
    "--demonstration",
    is_flag=True,
    help="Draw what a machine of one's own starts with, into the var folder: an organisation's `api-key` and"
    " `demonstration-password`, and an `operator-key`.",
)
@with_appcontext
def prepare_database(
    wait_s: float,
    organisation: str | None,
    email: str | None,
    password_file: Path | None,
    operator_key_file: Path | None,
    check_key_file: Path | None,
    demonstration: bool,
) -> None:
    """Wait for the database, migrate it, and let in who is needed; several may do so at once, and again."""
    if email and not organisation:
        raise click.UsageError("--administrator needs --organisation.")
    _wait_for_database(wait_s)
    with _alone():
        _migrate()
        if organisation:
            _make_organisation(organisation, email, password_file)
        if operator_key_file:
            _admit_operator(operator_key_file)
        if check_key_file:
            _admit_checker(check_key_file)
        if demonstration:
            seed_demonstration(settings().folder)
            write_operator_key(settings().folder / "operator-key")
    click.echo("The database is ready.")


def _wait_for_database(wait_s: float) -> None:
    deadline = time.monotonic() + wait_s
    while True:
        try:
            with db.engine.connect():
                return
        except OperationalError as error:
            if time.monotonic() >= deadline:
                raise click.ClickException(f"The database did not answer within {wait_s:g} s.") from error
        time.sleep(_PAUSE_S)


def _migrate() -> None:
    """Bring the tables up to date; those of newer code, which was rolled back, are left as they are."""
    scripts = ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config())
    with db.engine.connect() as connection:
        there = MigrationContext.configure(connection).get_current_revision()
    if there is None or there in {script.revision for script in scripts.walk_revisions()}:
        upgrade()
    else:
        click.echo(f"The tables are of newer code (revision {there}) and are left as they are.")


@contextmanager
def _alone() -> Iterator[None]:
    """Wait until nobody else prepares this database; who is killed meanwhile gives way."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
    else:
        with (settings().folder / "preparing.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _make_organisation(name: str, email: str | None, password_file: Path | None) -> None:
    home = organisation_named(name) or added_organisation(name)
    if email:
        _make_administrator(home, email, password_file)
    db.session.commit()


def _make_administrator(home: Organisation, email: str, password_file: Path | None) -> None:
    known = find_user(email)
    user = known or added_user(email, None)
    if db.session.get(Membership, (home.id, user.id)) is None:
        let_in(home, user, ADMINISTRATOR)
    if password_file and user.password_hash is None:
        _give_password(user, password_file)
    elif known is None:
        click.echo(f"A password is chosen at {link(settings(), 'reset', issue(settings(), user, 'reset'))}")


def _give_password(user: User, password_file: Path) -> None:
    try:
        set_password(settings(), user, _read(password_file))
    except WeakPasswordProblem as problem:
        raise click.ClickException(problem.detail) from problem
    mark_verified(user)


def _admit_operator(path: Path) -> None:
    with _told_of(path):
        row = admit_operator_key(_secret(), _read(path), "operator")
    if row is not None:
        db.session.flush()
        audit.note(None, "operator_key.created", "operator_key", row.id)
        db.session.commit()


def _admit_checker(path: Path) -> None:
    home = ensure_organisation(CHECKER[0])
    user = ensure_member(home, CHECKER[1], CHECKER[0], "pathologist")
    with _told_of(path):
        row = admit_key(_secret(), _read(path), home.id, user.id, "self-check", _CHECKS)
    if row is not None:
        db.session.flush()
        audit.note(
            None, "api_key.created", "api_key", row.id, organisation_id=home.id, scopes=sorted(row.scopes)
        )
    db.session.commit()


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise click.ClickException(f"The key in {path} is not let in: {error}.") from error


def _secret() -> str:
    return settings().secret.get_secret_value()


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()
