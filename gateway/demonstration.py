"""What one machine of one's own starts with: an organisation, its user, a key and a password, in files.

Whatever is there and still lets somebody in is left alone.
"""

import secrets
from pathlib import Path

import click

from gateway.database import db
from gateway.durable import write_secret
from gateway.extensions import settings
from gateway.identity.accounts import mark_verified, set_password
from gateway.keys import check_key, create_key
from gateway.models import User
from gateway.permissions import SCOPES
from gateway.tenancy import ensure_member, ensure_organisation

DEMONSTRATION = "Demonstration"
DEMONSTRATION_EMAIL = "demonstration@ki67.invalid"


def seed_demonstration(folder: Path) -> None:
    """Make them where they are missing; the files lie in `folder` and are their owner's to read."""
    _seed_key(folder / "api-key")
    _seed_password(folder / "demonstration-password")


def _seed_key(path: Path) -> None:
    secret = settings().secret.get_secret_value()
    if path.exists() and check_key(secret, path.read_text(encoding="utf-8").strip()):
        click.echo(f"The key lies in {path}.")
        return
    user = _demonstrator()
    organisation = ensure_organisation(DEMONSTRATION)
    _, key = create_key(secret, organisation.id, user.id, "demonstration", SCOPES)
    db.session.commit()
    write_secret(path, key)
    click.echo(f"The key was written to {path}.")


def _seed_password(path: Path) -> None:
    user = _demonstrator()
    if path.exists() and user.password_hash is not None:
        click.echo(f"The password lies in {path}.")
        return
    password = secrets.token_urlsafe(15)
    set_password(settings(), user, password)
    mark_verified(user)
    db.session.commit()
    write_secret(path, password)
    click.echo(f"The password was written to {path}.")


def _demonstrator() -> User:
    organisation = ensure_organisation(DEMONSTRATION)
    return ensure_member(organisation, DEMONSTRATION_EMAIL, "Demonstration", "administrator")
