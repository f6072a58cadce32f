"""Assignments: who is asked for what, and the steps from request to answer.

    requested --> accepted --> done        done is the step of the review or the annotation
        |            |
        +--> declined <                    declined: to the assignee the record exists no longer

Only who may change a record assigns it or takes an open assignment back. Every step is one conditional
statement, so that of two at the same moment one wins. Nothing tells whether an address has an account.
"""

from datetime import timedelta

from sqlalchemy import CursorResult, Delete, Update, delete, select, update
from sqlalchemy.exc import IntegrityError

from gateway import audit
from gateway.database import db, new_id, now
from gateway.models import OPEN_ASSIGNMENT, Analysis, Assignment, Membership, User
from gateway.opinions.contacts import get_contact
from gateway.opinions.inbox import get_assignment
from gateway.opinions.problems import AlreadyAssignedProblem, ImpossibleStepProblem, NotAssignableProblem
from gateway.opinions.schemas import AssignmentIn
from gateway.problems import NotFoundProblem, NotYoursToChangeProblem
from gateway.tenancy import Principal, get_analysis, get_changeable

_BEFORE = {"accepted": ("requested",), "declined": OPEN_ASSIGNMENT}
_WEST = timedelta(hours=12)
"""Where it is still yesterday, a day that has passed in UTC is today."""


def assign(principal: Principal, analysis_id: str, wanted: AssignmentIn) -> Assignment:
    """Show a record to one person; raises NotAssignableProblem or AlreadyAssignedProblem."""
    analysis = get_changeable(principal, analysis_id)
    email = _address(principal, analysis, wanted)
    _check(principal, analysis, email, wanted)
    row = Assignment(
        id=new_id(),
        analysis_id=analysis.id,
        assigner_id=principal.user_id,
        assignee_id=_holder(analysis, email),
        assignee_email=email,
        purpose=wanted.purpose,
        blind=wanted.blind or wanted.purpose == "learning",
        note=wanted.note,
        due_on=wanted.due_on,
    )
    db.session.add(row)
    audit.note(
        principal,
        "assignment.requested",
        "assignment",
        row.id,
        analysis_id=analysis.id,
        purpose=row.purpose,
        blind=row.blind,
    )
    _commit_one_open(principal, analysis_id)
    return row


def withdraw(principal: Principal, assignment_id: str) -> None:
    """Take an open assignment back; raises ImpossibleStepProblem where it is no longer open."""
    row = get_assignment(principal, assignment_id)
    get_changeable_of(principal, row)
    analysis_id = row.analysis_id
    opened = Assignment.status.in_(OPEN_ASSIGNMENT)
    _step(delete(Assignment).where(Assignment.id == assignment_id, opened), "It is no longer open.")
    audit.note(principal, "assignment.withdrawn", "assignment", assignment_id, analysis_id=analysis_id)
    db.session.commit()


def answer(principal: Principal, assignment_id: str, status: str) -> Assignment:
    """Accept or decline what was asked of the principal; raises ImpossibleStepProblem."""
    row = get_assignment(principal, assignment_id)
    if row.assignee_id != principal.user_id:
        raise NotYoursToChangeProblem("Only who was asked can accept or decline.")
    change = update(Assignment).where(Assignment.id == row.id, Assignment.status.in_(_BEFORE[status]))
    _step(change.values(status=status, updated_at=now()), f"It is {row.status}.")
    note_step(principal, row, status)
    db.session.commit()
    db.session.refresh(row)
    return row


def close(principal: Principal, assignment: Assignment) -> None:
    """Mark an open assignment as done, the caller commits; raises ImpossibleStepProblem."""
    opened = Assignment.status.in_(OPEN_ASSIGNMENT)
    change = update(Assignment).where(Assignment.id == assignment.id, opened)
    _step(change.values(status="done", updated_at=now()), "It was closed meanwhile.")
    note_step(principal, assignment, "done")


def note_step(principal: Principal, row: Assignment, status: str) -> None:
    """Note a step in the trail of the record's organisation, whose the assignee need not be."""
    organisation_id = db.session.get_one(Analysis, row.analysis_id).organisation_id
    audit.note(
        principal,
        f"assignment.{status}",
        "assignment",
        row.id,
        organisation_id=organisation_id,
        analysis_id=row.analysis_id,
    )


def get_changeable_of(principal: Principal, row: Assignment) -> Analysis:
    """Return the assigned record to change it; raises NotYoursToChangeProblem."""
    try:
        return get_changeable(principal, row.analysis_id)
    except NotFoundProblem as problem:
        raise NotYoursToChangeProblem("Only who may change the record can.") from problem


def _address(principal: Principal, analysis: Analysis, wanted: AssignmentIn) -> str:
    """Return the address of the person that a request names."""
    if wanted.contact_id:
        try:
            return get_contact(principal, wanted.contact_id).email
        except NotFoundProblem as problem:
            raise NotAssignableProblem("You have no such contact.", "contact_id") from problem
    if wanted.email:
        return wanted.email
    member = select(User.email).join(Membership, Membership.user_id == User.id)
    email = db.session.scalar(
        member.where(
            Membership.organisation_id == analysis.organisation_id,
            User.id == wanted.user_id,
            User.disabled_at.is_(None),
        )
    )
    if email is None:
        raise NotAssignableProblem("The organisation has no such member.", "user_id")
    return email


def _check(principal: Principal, analysis: Analysis, email: str, wanted: AssignmentIn) -> None:
    field = next(name for name in ("contact_id", "user_id", "email") if getattr(wanted, name))
    users = select(User.email).where(User.id.in_((analysis.owner_id, principal.user_id)))
    if email in db.session.scalars(users).all():
        raise NotAssignableProblem("Neither its owner nor you can be asked for a second opinion.", field)
    if wanted.due_on and wanted.due_on < (now() - _WEST).date():
        raise NotAssignableProblem("The day has passed.", "due_on")


def _holder(analysis: Analysis, email: str) -> str | None:
    """Return whose the address is: a member's, or of somebody elsewhere who has proved that it is theirs."""
    user = db.session.scalar(select(User).where(User.email == email, User.disabled_at.is_(None)))
    if user is None:
        return None
    member = db.session.get(Membership, (analysis.organisation_id, user.id))
    return user.id if member or user.email_verified_at else None


def _commit_one_open(principal: Principal, analysis_id: str) -> None:
    try:
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        get_analysis(principal, analysis_id)  # deleted meanwhile: 404
        raise AlreadyAssignedProblem("They have an open assignment of this record.") from error


def _step(statement: Update | Delete, otherwise: str) -> None:
    outcome = db.session.execute(statement.execution_options(synchronize_session=False))
    if not isinstance(outcome, CursorResult) or outcome.rowcount != 1:
        db.session.rollback()
        raise ImpossibleStepProblem(otherwise)
