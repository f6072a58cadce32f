"""An invitation's token in, a membership out: of who is signed in, or of a new account.

The token proves that its bearer reads the address. It makes no way into an account that exists: whoever has
one signs in, and accepts for the same, verified address. Of several requests with one token one succeeds.
"""

from dataclasses import dataclass

from sqlalchemy import exists, select, update
from sqlalchemy.exc import IntegrityError

from gateway import audit
from gateway.database import db, new_id, now
from gateway.documents import Document
from gateway.extensions import settings
from gateway.identity.accounts import claim_assignments
from gateway.identity.passwords import check_strength, hash_password
from gateway.models import Invitation, Membership, Organisation, User
from gateway.organisations.invitations import AlreadyMemberProblem, digest_of
from gateway.problems import GatewayProblem
from gateway.tenancy import Principal


class InvitationNotValidProblem(GatewayProblem):
    status, code, title = 404, "invitation-not-valid", "The invitation is not valid"

    def __init__(self) -> None:
        super().__init__("It is wrong, used, withdrawn or older than seven days; ask for another.")


class OthersInvitationProblem(GatewayProblem):
    status, code, title = 403, "not-your-invitation", "The invitation is for another address"

    def __init__(self) -> None:
        super().__init__("Sign in with the address that was invited; it must be verified.")


class AccountExistsProblem(GatewayProblem):
    status, code, title = 409, "account-exists", "There is an account for that address"

    def __init__(self) -> None:
        super().__init__("Sign in with it, then accept the invitation.")


class AccountMissingProblem(GatewayProblem):
    status, code, title = 422, "account-missing", "Nobody is signed in"

    def __init__(self) -> None:
        super().__init__("Sign in, or give the name and the password of a new account.")


@dataclass(frozen=True)
class NewAccount:
    """What somebody without an account chooses."""

    name: str
    password: str


def accept(principal: Principal | None, token: str, account: NewAccount | None) -> Document:
    """Make a member of whoever is signed in, else of a new account; raises one of this module's problems."""
    invitation = _valid(token)
    if principal is not None:
        return _join(invitation, _invited(principal, invitation), principal)
    if db.session.scalar(select(exists().where(User.email == invitation.email))):
        raise AccountExistsProblem
    if account is None:
        raise AccountMissingProblem
    return _join(invitation, _made(invitation.email, account), None)


def _valid(token: str) -> Invitation:
    found = db.session.scalar(
        select(Invitation).where(
            Invitation.digest == digest_of(token),
            Invitation.accepted_at.is_(None),
            Invitation.expires_at > now(),
        )
    )
    if found is None:
        raise InvitationNotValidProblem
    return found


def _invited(principal: Principal, invitation: Invitation) -> User:
    user = db.session.get_one(User, principal.user_id)
    if user.email != invitation.email or user.email_verified_at is None:
        raise OthersInvitationProblem
    if db.session.get(Membership, (invitation.organisation_id, user.id)):
        raise AlreadyMemberProblem("You are a member already.")
    return user


def _made(email: str, account: NewAccount) -> User:
    """Return a new user, whose address the token has verified; raises WeakPasswordProblem."""
    check_strength(account.password, email)
    return User(
        id=new_id(),
        email=email,
        name=account.name,
        email_verified_at=now(),
        password_hash=hash_password(settings(), account.password),
    )


def _join(invitation: Invitation, user: User, principal: Principal | None) -> Document:
    """Use the token up and add the membership, both or neither."""
    place, role, user_id = invitation.organisation_id, invitation.role, user.id
    details = {"role": role, "invitation_id": invitation.id}
    _use_up(invitation)
    try:
        db.session.add(user)
        db.session.flush()
        claim_assignments(user)
        db.session.add(Membership(organisation_id=place, user_id=user_id, role=role))
        audit.note(principal, "member.added", "member", user_id, organisation_id=place, **details)
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        raise AccountExistsProblem from error
    name = db.session.get_one(Organisation, place).name
    return {"organisation_id": place, "organisation_name": name, "user_id": user_id, "role": role}


def _use_up(invitation: Invitation) -> None:
    unused = update(Invitation).where(
        Invitation.id == invitation.id, Invitation.accepted_at.is_(None), Invitation.expires_at > now()
    )
    taken = unused.values(accepted_at=now()).execution_options(synchronize_session=False)
    if db.session.execute(taken.returning(Invitation.id)).first() is None:
        db.session.rollback()
        raise InvitationNotValidProblem
