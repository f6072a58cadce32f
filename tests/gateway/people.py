"""Who is who in the database of a stage, for tests about organisations."""

from datetime import datetime

from sqlalchemy import select, update

from gateway.database import db, now
from gateway.models import Organisation, User
from tests.gateway.stage import Person, Stage, add_person


def user_id(stage: Stage, name: str) -> str:
    with stage.app.app_context():
        return db.session.scalars(select(User.id).where(User.email == f"{name}@example.org")).one()


def organisation_id(stage: Stage, name: str = "Clinic") -> str:
    with stage.app.app_context():
        return db.session.scalars(select(Organisation.id).where(Organisation.name == name)).one()


def joined(stage: Stage, name: str, organisation: str, role: str) -> Person:
    """Make somebody, known or not, a member; return them with a key of that organisation."""
    with stage.app.app_context():
        return Person(stage.app.test_client(), add_person(name, organisation, role))


def verify_address(stage: Stage, name: str, moment: datetime | None = None) -> None:
    with stage.app.app_context():
        whose = update(User).where(User.email == f"{name}@example.org")
        db.session.execute(whose.values(email_verified_at=moment or now()))
        db.session.commit()
