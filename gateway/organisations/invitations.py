"""Invitations: an address and a role in, a mail with a link out; the link's token itself is kept nowhere."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, exists, func, select

from gateway import audit
from gateway.database import db, now
from gateway.documents import Document, timestamp
from gateway.extensions import services
from gateway.identity.email_tokens import page_link
from gateway.identity.tokens import digest, new_token
from gateway.keyset import Keyset, split_page
from gateway.models import Invitation, Membership, Organisation, User
from gateway.problems import GatewayProblem, NotFoundProblem
from gateway.tenancy import Principal

PURPOSE = "invitation"
VALID = timedelta(days=7)
_MOST_OPEN = 500
_TEXT = """Hello,

{name} invites you to its Ki-67 scoring service as {role}. Open this address to accept. It works once,
until {until}.

{link}

Nobody needs it but you. If you expected no invitation, there is nothing to do.
"""
_NEWEST = Keyset(Invitation.created_at, Invitation.id)


class AlreadyMemberProblem(GatewayProblem):
    status, code, title = 409, "already-member", "Already a member"


class TooManyInvitationsProblem(GatewayProblem):
    status, code, title = 409, "too-many-invitations", "Too many invitations wait to be accepted"


def invite(principal: Principal, email: str, role: str) -> Invitation:
    """Keep a place and send its token; an earlier invitation of that address is withdrawn.

    Raises AlreadyMemberProblem or TooManyInvitationsProblem, and whatever the mailer raises: the place is
    kept then, and inviting again sends another token.
    """
    _check(principal.organisation_id, email)
    token = new_token()
    row = Invitation(
        organisation_id=principal.organisation_id,
        email=email,
        role=role,
        digest=digest_of(token),
        invited_by_id=principal.user_id,
        expires_at=now() + VALID,
    )
    db.session.execute(delete(Invitation).where(*_open(principal.organisation_id), Invitation.email == email))
    db.session.add(row)
    db.session.flush()
    audit.note(principal, "invitation.created", "invitation", row.id, role=role)
    db.session.commit()
    _send(row, token)
    return row


def list_invitations(
    principal: Principal, limit: int, cursor: str | None
) -> tuple[Sequence[Invitation], str | None]:
    """Return one page of the invitations that nobody has accepted, newest first."""
    waiting = select(Invitation).where(*_open(principal.organisation_id))
    rows = db.session.scalars(_NEWEST.page(waiting, limit, cursor)).all()
    return split_page(rows, limit, lambda row: (row.created_at, row.id))


def withdraw(principal: Principal, invitation_id: str) -> None:
    """Take an invitation back; raises NotFoundProblem where it is not theirs, or accepted."""
    mine = delete(Invitation).where(*_open(principal.organisation_id), Invitation.id == invitation_id)
    if db.session.execute(mine.returning(Invitation.id)).first() is None:
        db.session.rollback()
        raise NotFoundProblem
    audit.note(principal, "invitation.withdrawn", "invitation", invitation_id)
    db.session.commit()


def digest_of(token: str) -> str:
    """Return what is kept of an invitation's token."""
    return digest(services().settings.secret.get_secret_value(), PURPOSE, token)


def invitation_document(row: Invitation) -> Document:
    """Return an invitation as the API shows it."""
    return {
        "id": row.id,
        "email": row.email,
        "role": row.role,
        "status": "pending" if row.expires_at > now() else "expired",
        "invited_by_id": row.invited_by_id,
        "created_at": timestamp(row.created_at),
        "expires_at": timestamp(row.expires_at),
    }


def _open(organisation_id: str) -> tuple[ColumnElement[bool], ...]:
    return (Invitation.organisation_id == organisation_id, Invitation.accepted_at.is_(None))


def _check(organisation_id: str, email: str) -> None:
    member = exists().where(
        Membership.organisation_id == organisation_id, Membership.user_id == User.id, User.email == email
    )
    if db.session.scalar(select(member)):
        raise AlreadyMemberProblem("Whoever reads that address is a member already.")
    waiting = select(func.count()).select_from(Invitation).where(*_open(organisation_id))
    if (db.session.scalar(waiting) or 0) >= _MOST_OPEN:
        raise TooManyInvitationsProblem(f"{_MOST_OPEN} wait already; withdraw some.")


def _send(row: Invitation, token: str) -> None:
    name = db.session.get_one(Organisation, row.organisation_id).name
    text = _TEXT.format(
        name=name,
        role=row.role,
        until=f"{row.expires_at:%d %B %Y, %H:%M} UTC",
        link=page_link(services().settings, "accept-invitation", token),
    )
    services().mailer.send(row.email, f"Invitation to {name}", text)
