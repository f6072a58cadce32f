"""`flask --app gateway …`: all commands are registered here; those for API keys are here as well."""

from datetime import timedelta

import click
from apiflask import APIFlask
from flask.cli import with_appcontext
from sqlalchemy import select

from gateway import audit
from gateway.database import db, now
from gateway.extensions import settings
from gateway.identity.commands import create_administrator, create_organisation, create_user
from gateway.keys import create_key, revoke_key
from gateway.models import ROLES, ApiKey
from gateway.permissions import KEY_SCOPES, SCOPES
from gateway.preparing import prepare_database
from gateway.routing.commands import create_key_file
from gateway.routing.commands import revoke_key as revoke_operator_key
from gateway.tenancy import ensure_member, ensure_organisation


def init_app(app: APIFlask) -> None:
    """Register the commands."""
    people = (create_administrator, create_organisation, create_user)
    operators = (create_key_file, revoke_operator_key)
    keys = (create_api_key, revoke_api_key)
    for command in (prepare_database, *keys, *people, *operators):
        app.cli.add_command(command)


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
    if user.disabled_at is not None:
        raise click.ClickException("That user is disabled.")
    expires_at = now() + timedelta(days=days) if days else None
    secret = settings().secret.get_secret_value()
    row, key = create_key(secret, home.id, user.id, name, scopes or KEY_SCOPES, expires_at)
    db.session.flush()
    audit.note(None, "api_key.created", "api_key", row.id, organisation_id=home.id, scopes=sorted(row.scopes))
    db.session.commit()
    click.echo(key)


@click.command("revoke-api-key")
@click.argument("prefix")
@with_appcontext
def revoke_api_key(prefix: str) -> None:
    """Revoke the key with that visible prefix (the middle part of ki67_PREFIX_...)."""
    if not revoke_key(prefix):
        raise click.ClickException("There is no live key with that prefix.")
    row = db.session.scalars(select(ApiKey).where(ApiKey.prefix == prefix)).one()
    audit.note(None, "api_key.revoked", "api_key", row.id, organisation_id=row.organisation_id)
    db.session.commit()
    click.echo("Revoked.")
