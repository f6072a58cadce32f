"""`flask --app gateway …`: the demonstration's organisation and key, and API keys in general."""

import os
from datetime import timedelta
from pathlib import Path

import click
from apiflask import APIFlask
from flask.cli import with_appcontext

from gateway.database import db, now
from gateway.extensions import settings
from gateway.keys import check_key, create_key, revoke_key
from gateway.models import ROLES
from gateway.permissions import KEY_SCOPES, SCOPES
from gateway.tenancy import ensure_member, ensure_organisation

DEMONSTRATION = "Demonstration"
DEMONSTRATION_EMAIL = "demonstration@ki67.invalid"


def init_app(app: APIFlask) -> None:
    """Register the commands."""
    for command in (seed_demonstration, create_api_key, revoke_api_key):
        app.cli.add_command(command)


@click.command("seed-demonstration")
@with_appcontext
def seed_demonstration() -> None:
    """Make the demonstration organisation, its user and a key in `api-key` of the var folder."""
    path = settings().folder / "api-key"
    secret = settings().secret.get_secret_value()
    if path.exists() and check_key(secret, path.read_text(encoding="utf-8").strip()):
        click.echo(f"The key lies in {path}.")
        return
    organisation = ensure_organisation(DEMONSTRATION)
    user = ensure_member(organisation, DEMONSTRATION_EMAIL, "Demonstration", "administrator")
    _, key = create_key(secret, organisation.id, user.id, "demonstration", SCOPES)
    db.session.commit()
    _write_secret(path, key)
    click.echo(f"The key was written to {path}.")


@click.command("create-api-key")
@click.option("--organisation", required=True, help="Name; made where it is missing.")
@click.option("--email", required=True, help="The user's address; made where it is missing.")
@click.option("--role", type=click.Choice(ROLES), default="analyst", help="Of a user made a member now.")
@click.option("--name", default="key", help="What the key is for.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
    help="Default: read and write analyses.",
)
@click.option("--days", type=click.IntRange(min=1), help="Days until it expires; default: never.")
@with_appcontext
def create_api_key(
    organisation: str, email: str, role: str, name: str, scopes: tuple[str, ...], days: int | None
) -> None:
    """Make an API key and print it: the only time it is shown."""
    home = ensure_organisation(organisation)
    user = ensure_member(home, email, email.partition("@")[0], role)
    expires_at = now() + timedelta(days=days) if days else None
    secret = settings().secret.get_secret_value()
    _, key = create_key(secret, home.id, user.id, name, scopes or KEY_SCOPES, expires_at)
    db.session.commit()
    click.echo(key)


@click.command("revoke-api-key")
@click.argument("prefix")
@with_appcontext
def revoke_api_key(prefix: str) -> None:
    """Revoke the key with that visible prefix (the middle part of ki67_PREFIX_...)."""
    if not revoke_key(prefix):
        raise click.ClickException("There is no live key with that prefix.")
    db.session.commit()
    click.echo("Revoked.")


def _write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as target:
        target.write(text + "\n")
    temporary.replace(path)
