"""`flask --app gateway …`: keys for programs that operate versions."""

from datetime import timedelta
from pathlib import Path

import click
from flask.cli import with_appcontext

from gateway import audit
from gateway.database import db, now
from gateway.durable import write_secret
from gateway.extensions import settings
from gateway.routing.operator_keys import check_operator_key, create_operator_key, revoke_operator_key


@click.command("create-operator-key")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="File to write it to, readable by its owner only; a live key in it is kept.",
)
@click.option("--name", default="operator", show_default=True, help="What the key is for.")
@click.option("--days", type=click.IntRange(min=1), help="Days until it expires; default: never.")
@with_appcontext
def create_key_file(output: Path, name: str, days: int | None) -> None:
    """Make a key that changes which versions score, and nothing else; of no organisation."""
    write_operator_key(output, name, days)


def write_operator_key(output: Path, name: str = "operator", days: int | None = None) -> None:
    """Write a new key to a file that only its owner reads, unless a live one is in it."""
    secret = settings().secret.get_secret_value()
    if output.exists() and check_operator_key(secret, output.read_text(encoding="utf-8").strip()):
        click.echo(f"The key lies in {output}.")
        return
    row, key = create_operator_key(secret, name, now() + timedelta(days=days) if days else None)
    db.session.flush()
    audit.note(None, "operator_key.created", "operator_key", row.id)
    db.session.commit()
    write_secret(output, key)
    click.echo(f"The key was written to {output}.")


@click.command("revoke-operator-key")
@click.argument("prefix")
@with_appcontext
def revoke_key(prefix: str) -> None:
    """Revoke the operator's key with that visible prefix (the middle part of ki67op_PREFIX_...)."""
    key_id = revoke_operator_key(prefix)
    if key_id is None:
        raise click.ClickException("There is no live key with that prefix.")
    audit.note(None, "operator_key.revoked", "operator_key", key_id)
    db.session.commit()
    click.echo("Revoked.")
