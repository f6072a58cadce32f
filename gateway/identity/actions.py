"""What the views of sign-in do, each with its audit note and its commit."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway import audit
from gateway.database import db
from gateway.identity import sessions
from gateway.identity.accounts import set_password
from gateway.identity.linking import user_of
from gateway.identity.oidc import Provider, Ticket
from gateway.identity.problems import NoSessionProblem, OidcRefusedProblem, WrongPasswordProblem
from gateway.identity.sessions import Opened
from gateway.identity.signing_in import is_their_password
from gateway.identity.signing_in import sign_in as user_by_password
from gateway.models import User
from gateway.problems import NotFoundProblem
from gateway.settings import Settings
from gateway.tenancy import Principal


@dataclass(frozen=True)
class ProviderAnswer:
    """What the OpenID provider sent the browser back with."""

    code: str | None
    state: str
    error: str | None
    issuer: str | None


def sign_in(settings: Settings, email: str, password: str, old_token: str | None) -> Opened:
    """Begin a session by password; raises SignInProblem."""
    return _opened(settings, user_by_password(settings, email, password), old_token, "password")


def sign_in_by_provider(
    settings: Settings, provider: Provider, kept: str | None, answer: ProviderAnswer, old_token: str | None
) -> tuple[str, Opened]:
    """Begin a session by a provider's answer; return the page to go to as well."""
    ticket = _fitting(settings, kept, answer.state)
    if answer.error or answer.code is None:
        raise OidcRefusedProblem("The provider did not sign you in.")
    if answer.issuer is not None and answer.issuer.rstrip("/") != provider.issuer:
        raise OidcRefusedProblem("The answer comes from another provider.")
    user = user_of(settings, provider.claims(ticket, answer.code))
    return safe_page(ticket.next), _opened(settings, user, old_token, "oidc")


def switch(principal: Principal, organisation_id: str) -> Principal:
    """Let a session act in another organisation; raises NotFoundProblem where the user is not in it."""
    _needs_session(principal)
    switched = sessions.switch_organisation(principal.credential_id, organisation_id)
    if switched is None:
        raise NotFoundProblem
    db.session.commit()
    return switched


def sign_out(settings: Settings, principal: Principal, token: str | None) -> None:
    """End the session."""
    _needs_session(principal)
    sessions.close_session(settings, token or "")
    audit.note(principal, "auth.signed_out", "user", principal.user_id)
    db.session.commit()


def change_password(settings: Settings, principal: Principal, current: str, new: str) -> None:
    """Set a new password and end the other sessions; guessing the current one is slowed down too."""
    user = db.session.get_one(User, principal.user_id)
    if not is_their_password(settings, user, current):
        db.session.commit()
        raise WrongPasswordProblem("Too many wrong ones make the account wait.")
    set_password(settings, user, new)
    sessions.close_sessions(user.id, but=principal.credential_id)
    audit.note(principal, "auth.password_changed", "user", user.id)
    db.session.commit()


def safe_page(path: str) -> str:
    """Return a path of this service; whatever could lead elsewhere becomes the first page."""
    parts = urlsplit(path)
    odd = any(character in "\\" or ord(character) < 33 or ord(character) > 126 for character in path)
    if odd or parts.scheme or parts.netloc or not path.startswith("/") or path.startswith("//"):
        return "/"
    return path


def _opened(settings: Settings, user: User, old_token: str | None, by: str) -> Opened:
    """Begin a session with a token of its own; what the browser held before ends."""
    if old_token:
        sessions.close_session(settings, old_token)
    opened = sessions.open_session(settings, user)
    audit.note(opened.principal, "auth.signed_in", "user", user.id, by=by)
    db.session.commit()
    return opened


def _fitting(settings: Settings, kept: str | None, state: str) -> Ticket:
    ticket = Ticket(kept or "", settings.secret.get_secret_value())
    if not kept or not ticket.fits(state):
        raise OidcRefusedProblem("This sign-in was not begun here, or too long ago; begin again.")
    return ticket


def _needs_session(principal: Principal) -> None:
    if principal.kind != "session":
        raise NoSessionProblem("A key has no session.")
