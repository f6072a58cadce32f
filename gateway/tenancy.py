"""Who asks, and what they may see: `Principal` and the queries that keep records apart.

A record is visible to its owner and to its organisation's administrators; to anybody else it does not exist.
"""

from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Select, select

from gateway.database import db
from gateway.models import Analysis, Membership, Organisation, User
from gateway.problems import NotFoundProblem

RowT = TypeVar("RowT", Organisation, User, Membership)
ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class Principal:
    """A user acting in one organisation with some scopes."""

    user_id: str
    organisation_id: str
    role: str
    scopes: frozenset[str]


def visible_analyses(principal: Principal) -> Select[Analysis]:
    """Select the analyses that the principal may see."""
    ours = select(Analysis).where(Analysis.organisation_id == principal.organisation_id)
    return ours if principal.role == ADMINISTRATOR else ours.where(Analysis.owner_id == principal.user_id)


def get_analysis(principal: Principal, analysis_id: str) -> Analysis:
    """Return one analysis; raises NotFoundProblem where it is not there or not theirs."""
    found = db.session.scalar(visible_analyses(principal).where(Analysis.id == analysis_id))
    if found is None:
        raise NotFoundProblem
    return found


def ensure_organisation(name: str) -> Organisation:
    """Return the organisation of that name, made where it is missing."""
    found = db.session.scalar(select(Organisation).where(Organisation.name == name))
    return found or _added(Organisation(name=name))


def ensure_member(organisation: Organisation, email: str, name: str, role: str) -> User:
    """Return the user of that address as a member of the organisation."""
    user = db.session.scalar(select(User).where(User.email == email)) or _added(User(email=email, name=name))
    if db.session.get(Membership, (organisation.id, user.id)) is None:
        _added(Membership(organisation_id=organisation.id, user_id=user.id, role=role))
    return user


def _added(row: RowT) -> RowT:
    db.session.add(row)
    db.session.flush()
    return row
