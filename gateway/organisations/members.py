"""Who belongs to an organisation, as what; it is never left without an administrator who can sign in.

Every change first takes a lock on the organisation's row (SQLite: on the database), so that two
administrators who remove each other at the same moment do not both succeed.
"""

from collections.abc import Sequence

from sqlalchemy import delete, exists, select, update

from gateway import audit
from gateway.database import db, now
from gateway.documents import Document, timestamp
from gateway.keyset import Keyset, split_page
from gateway.models import (
    OPEN_ASSIGNMENT,
    Analysis,
    ApiKey,
    Assignment,
    BrowserSession,
    Membership,
    Organisation,
    User,
)
from gateway.permissions import ADMINISTRATOR, WRITE_ORGANISATION
from gateway.problems import GatewayProblem, NotFoundProblem
from gateway.tenancy import Principal

_JOINED = Keyset(Membership.created_at, Membership.user_id, newest_first=False)


class LastAdministratorProblem(GatewayProblem):
    status, code, title = 409, "last-administrator", "The organisation needs an administrator"

    def __init__(self) -> None:
        super().__init__("Make somebody else an administrator first.")


class OthersMembershipProblem(GatewayProblem):
    status, code, title = 403, "insufficient-scope", "Forbidden"

    def __init__(self) -> None:
        super().__init__("You may leave; only an administrator may remove others.")


def list_members(
    principal: Principal, limit: int, cursor: str | None
) -> tuple[Sequence[tuple[Membership, User]], str | None]:
    """Return one page of the organisation's members, in the order they joined."""
    ours = (
        select(Membership, User)
        .join(User, User.id == Membership.user_id)
        .where(Membership.organisation_id == principal.organisation_id)
    )
    rows = [(row[0], row[1]) for row in db.session.execute(_JOINED.page(ours, limit, cursor))]
    return split_page(rows, limit, lambda row: (row[0].created_at, row[0].user_id))


def change_role(principal: Principal, user_id: str, role: str) -> tuple[Membership, User]:
    """Give a member another role; raises NotFoundProblem or LastAdministratorProblem."""
    membership = _locked(principal.organisation_id, user_id)
    if role != membership.role:
        _keep_an_administrator(membership)
        audit.note(principal, "member.role_changed", "member", user_id, before=membership.role, after=role)
        membership.role = role
    db.session.commit()
    return membership, db.session.get_one(User, user_id)


def remove_member(principal: Principal, user_id: str) -> None:
    """Remove a member, or leave; their keys and sessions there end, and what they were asked is declined.

    Raises OthersMembershipProblem, NotFoundProblem or LastAdministratorProblem.
    """
    leaves = user_id == principal.user_id
    if not leaves and WRITE_ORGANISATION not in principal.scopes:
        raise OthersMembershipProblem
    membership = _locked(principal.organisation_id, user_id)
    _keep_an_administrator(membership)
    _end_access(principal.organisation_id, user_id)
    db.session.delete(membership)
    audit.note(principal, "member.left" if leaves else "member.removed", "member", user_id)
    db.session.commit()


def member_document(membership: Membership, user: User) -> Document:
    """Return a member as the API shows them."""
    return {
        "user_id": user.id,
        "name": user.name,
        "email": user.email,
        "role": membership.role,
        "joined_at": timestamp(membership.created_at),
    }


def _locked(organisation_id: str, user_id: str) -> Membership:
    """Lock the organisation against other changes of its members; return the membership as it is now."""
    itself = {"updated_at": Organisation.updated_at}
    lock = update(Organisation).where(Organisation.id == organisation_id).values(itself)
    db.session.execute(lock.execution_options(synchronize_session=False))
    found = db.session.get(Membership, (organisation_id, user_id), populate_existing=True)
    if found is None:
        db.session.rollback()
        raise NotFoundProblem
    return found


def _keep_an_administrator(leaving: Membership) -> None:
    """Refuse to take away the last administrator who can sign in."""
    if leaving.role != ADMINISTRATOR:
        return
    others = exists().where(
        Membership.organisation_id == leaving.organisation_id,
        Membership.role == ADMINISTRATOR,
        Membership.user_id != leaving.user_id,
        User.id == Membership.user_id,
        User.disabled_at.is_(None),
    )
    if not db.session.scalar(select(others)):
        db.session.rollback()
        raise LastAdministratorProblem


def _end_access(organisation_id: str, user_id: str) -> None:
    keys = update(ApiKey).where(
        ApiKey.organisation_id == organisation_id, ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None)
    )
    sessions = delete(BrowserSession).where(
        BrowserSession.organisation_id == organisation_id, BrowserSession.user_id == user_id
    )
    asked = update(Assignment).where(
        Assignment.assignee_id == user_id,
        Assignment.status.in_(OPEN_ASSIGNMENT),
        Assignment.analysis_id.in_(select(Analysis.id).where(Analysis.organisation_id == organisation_id)),
    )
    for statement in (
        keys.values(revoked_at=now()),
        sessions,
        asked.values(status="declined", updated_at=now()),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))
