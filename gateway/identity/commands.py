"""`flask --app gateway …`: the first administrator, organisations and users.

A password is typed at a prompt or comes as the first line of standard input, never as an argument: those
show in the list of processes. Without one a link is printed by which the person chooses it.
"""

import sys

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from gateway import audit
from gateway.database import db
from gateway.extensions import settings
from gateway.identity.accounts import add_user, find_user, mark_verified, set_password
from gateway.identity.email_tokens import issue, link
from gateway.identity.problems import WeakPasswordProblem
from gateway.models import ROLES, Membership, Organisation, User
from gateway.permissions import ADMINISTRATOR

_PASSWORD = click.option(
    "--password",
    "source",
    type=click.Choice(["link", "prompt", "stdin"]),
    default="link",
    show_default=True,
    help="link: print an address by which the person chooses one.",
)


@click.command("create-organisation")
@click.argument("name")
@with_appcontext
def create_organisation(name: str) -> None:
    """Make an organisation and print its id."""
    if organisation_named(name) is not None:
        raise click.ClickException("There is an organisation of that name.")
    organisation = added_organisation(name)
    db.session.commit()
    click.echo(organisation.id)


@click.command("create-administrator")
@click.option("--organisation", required=True, help="Name; made where it is missing.")
@click.option("--email", required=True, help="The administrator's address.")
@click.option("--name", help="The administrator's name; default: the address' first part.")
@_PASSWORD
@with_appcontext
def create_administrator(organisation: str, email: str, name: str | None, source: str) -> None:
    """Make an organisation's administrator: a new user, or one who is there and becomes it."""
    home = organisation_named(organisation) or added_organisation(organisation)
    user = find_user(email) or added_user(email, name)
    let_in(home, user, ADMINISTRATOR)
    _give_password(user, source)


@click.command("create-user")
@click.option("--email", required=True, help="The user's address.")
@click.option("--name", help="The user's name; default: the address' first part.")
@click.option("--organisation", help="Name of one that is there; default: none, a guest.")
@click.option("--role", type=click.Choice(ROLES), default="analyst", show_default=True, help="In it.")
@click.option("--verified", is_flag=True, help="You know that the address is theirs.")
@_PASSWORD
@with_appcontext
def create_user(
    email: str, name: str | None, organisation: str | None, role: str, verified: bool, source: str
) -> None:
    """Make a user, in an organisation or in none."""
    if find_user(email) is not None:
        raise click.ClickException("There is a user of that address.")
    home = organisation_named(organisation) if organisation else None
    if organisation and home is None:
        raise click.ClickException("There is no organisation of that name.")
    user = added_user(email, name)
    if home:
        let_in(home, user, role)
    if verified:
        mark_verified(user)
    _give_password(user, source)


def organisation_named(name: str) -> Organisation | None:
    return db.session.scalar(select(Organisation).where(Organisation.name == name))


def added_organisation(name: str) -> Organisation:
    organisation = Organisation(name=name)
    db.session.add(organisation)
    db.session.flush()
    audit.note(None, "organisation.created", "organisation", organisation.id, organisation_id=organisation.id)
    return organisation


def added_user(email: str, name: str | None) -> User:
    try:
        user = add_user(email, name or email.partition("@")[0])
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    audit.note(None, "user.created", "user", user.id)
    return user


def let_in(home: Organisation, user: User, role: str) -> None:
    membership = db.session.get(Membership, (home.id, user.id))
    if membership is None:
        membership = Membership(organisation_id=home.id, user_id=user.id, role=role)
        db.session.add(membership)
    membership.role = role
    audit.note(None, "member.added", "user", user.id, organisation_id=home.id, role=role)


def _give_password(user: User, source: str) -> None:
    """Set the password and commit, or commit and print the link that chooses one."""
    if source == "link":
        address = link(settings(), "reset", issue(settings(), user, "reset"))
        db.session.commit()
        click.echo(address)
        return
    try:
        set_password(settings(), user, _read_password(source))
    except WeakPasswordProblem as problem:
        raise click.ClickException(problem.detail) from problem
    db.session.commit()
    click.echo(f"{user.email} can sign in.")


def _read_password(source: str) -> str:
    if source == "stdin":
        return sys.stdin.readline().rstrip("\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
