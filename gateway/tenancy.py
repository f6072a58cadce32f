"""Who asks, and what they may see: `Principal` and the queries that keep records apart.

A record is visible to its owner, to its organisation's administrators, and to those it is assigned to; to
anybody else it does not exist. Owner and administrators may change it. While a blind assignment of it to
somebody is open, its result is hidden from them, whatever else they are (blindness.py).
"""

from dataclasses import dataclass
from typing import Literal, TypeVar

from sqlalchemy import ColumnElement, Select, and_, or_, select

from gateway.database import db
from gateway.models import Analysis, Assignment, Membership, Organisation, User
from gateway.permissions import ADMINISTRATOR
from gateway.problems import NotFoundProblem, NotYoursToChangeProblem

RowT = TypeVar("RowT", Organisation, User, Membership)
_SHOWN = ("requested", "accepted", "done")


@dataclass(frozen=True)
class Principal:
    """A user acting in one organisation with some scopes; guests and operators in none: its id is empty."""

    user_id: str
    organisation_id: str
    role: str
    scopes: frozenset[str]
    kind: Literal["key", "session", "command", "operator"] = "key"
    credential_id: str = ""
    """Of the key or the session, for limits and the audit trail."""


def may_change(principal: Principal) -> ColumnElement[bool]:
    """Say which analyses are the principal's own, or their organisation's where they administer it."""
    ours = Analysis.organisation_id == principal.organisation_id
    return ours if principal.role == ADMINISTRATOR else and_(ours, Analysis.owner_id == principal.user_id)


def assigned_ids(principal: Principal) -> Select[str]:
    """Select the ids of the analyses that are assigned to the principal and were not declined."""
    return select(Assignment.analysis_id).where(
        Assignment.assignee_id == principal.user_id, Assignment.status.in_(_SHOWN)
    )


def is_assigned(principal: Principal) -> ColumnElement[bool]:
    """Say whether an analysis is among those; one look into an index for each analysis."""
    return assigned_ids(principal).where(Assignment.analysis_id == Analysis.id).exists()


def is_visible(principal: Principal) -> ColumnElement[bool]:
    """Say which analyses the principal may see."""
    return or_(may_change(principal), is_assigned(principal))


def visible_analyses(principal: Principal) -> Select[Analysis]:
    """Select the analyses that the principal may see."""
    return select(Analysis).where(is_visible(principal))


def get_analysis(principal: Principal, analysis_id: str) -> Analysis:
    """Return one analysis; raises NotFoundProblem where it is not there or not theirs."""
    found = db.session.scalar(visible_analyses(principal).where(Analysis.id == analysis_id))
    if found is None:
        raise NotFoundProblem
    return found


def get_changeable(principal: Principal, analysis_id: str) -> Analysis:
    """Return one analysis to change it; raises NotFoundProblem, or NotYoursToChangeProblem if only shown."""
    found = get_analysis(principal, analysis_id)
    ours = found.organisation_id == principal.organisation_id
    if not ours or (principal.role != ADMINISTRATOR and found.owner_id != principal.user_id):
        raise NotYoursToChangeProblem("It was only shown to you; its owner can change it.")
    return found


def ensure_organisation(name: str) -> Organisation:
    """Return the organisation of that name, made where it is missing."""
    found = db.session.scalar(select(Organisation).where(Organisation.name == name))
    return found or _added(Organisation(name=name))


def ensure_member(organisation: Organisation, email: str, name: str, role: str) -> User:
    """Return the user of that address as a member of the organisation."""
    address = email.lower()
    user = db.session.scalar(select(User).where(User.email == address))
    user = user or _added(User(email=address, name=name))
    if db.session.get(Membership, (organisation.id, user.id)) is None:
        _added(Membership(organisation_id=organisation.id, user_id=user.id, role=role))
    return user


def _added(row: RowT) -> RowT:
    db.session.add(row)
    db.session.flush()
    return row
