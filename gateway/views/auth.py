"""Sign in and out, choose and change passwords, verify addresses, see who one is."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, jsonify

from gateway.authentication import auth, current_principal
from gateway.extensions import services, settings
from gateway.identity import actions, email_tokens
from gateway.identity.cookies import clear_session_cookie, session_cookie, set_session_cookie
from gateway.identity.csrf import refuse_other_sites
from gateway.identity.documents import session_document
from gateway.identity.problems import RegistrationClosedProblem
from gateway.identity.schemas import (
    AddressIn,
    MethodsOut,
    PasswordIn,
    RegistrationIn,
    ResetIn,
    SessionOut,
    SignInIn,
    SwitchIn,
    TokenIn,
)
from gateway.media import needs_media_type
from gateway.permissions import WRITE_ACCOUNT

blueprint = APIBlueprint("auth", __name__, url_prefix="/api/v1/auth", tag="Sign-in")
_SENT: dict[Any, Any] = {202: "A message is on its way, if the address has an account", 415: "", 503: ""}
JSON = "application/json"


@blueprint.get("/methods")
@blueprint.output(MethodsOut)
def methods() -> dict[str, Any]:
    """Say which ways to sign in there are."""
    chosen = settings()
    oidc = {"name": chosen.oidc_name, "url": "/api/v1/auth/oidc"} if chosen.oidc_issuer else None
    return {"password": True, "oidc": oidc, "registration": chosen.registration}


@blueprint.post("/session")
@needs_media_type(JSON)
@blueprint.input(SignInIn, arg_name="body")
@blueprint.output(SessionOut)
@blueprint.doc(responses={401: "", 403: "", 415: "", 500: "", 503: ""})
def sign_in(body: SignInIn) -> Response:
    """Sign in by address and password; the answer sets the session's cookie.

    After several wrong passwords an account waits, longer each time. All refusals look the same.
    """
    refuse_other_sites(settings())
    opened = actions.sign_in(settings(), body.email, body.password, session_cookie(settings()))
    response = jsonify(session_document(settings(), opened.principal))
    set_session_cookie(settings(), response, opened.token)
    return response


@blueprint.get("/session")
@blueprint.auth_required(auth)
@blueprint.output(SessionOut)
def session() -> dict[str, Any]:
    """See who you are, what you may do, and get the session's CSRF token."""
    return session_document(settings(), current_principal())


@blueprint.put("/session")
@blueprint.auth_required(auth)
@needs_media_type(JSON)
@blueprint.input(SwitchIn, arg_name="body")
@blueprint.output(SessionOut)
@blueprint.doc(responses={404: "", 415: ""})
def switch(body: SwitchIn) -> dict[str, Any]:
    """Act in another of your organisations from now on."""
    return session_document(settings(), actions.switch(current_principal(), body.organisation_id))


@blueprint.delete("/session")
@blueprint.auth_required(auth)
@blueprint.output({}, status_code=204)
def sign_out() -> Response:
    """Sign out: the session is gone."""
    actions.sign_out(settings(), current_principal(), session_cookie(settings()))
    response = Response(status=204)
    clear_session_cookie(settings(), response)
    return response


@blueprint.put("/password")
@blueprint.auth_required(auth, roles=[WRITE_ACCOUNT])
@needs_media_type(JSON)
@blueprint.input(PasswordIn, arg_name="body")
@blueprint.output({}, status_code=204)
@blueprint.doc(responses={415: ""})
def change_password(body: PasswordIn) -> tuple[str, int]:
    """Change your password; your other sessions end."""
    actions.change_password(settings(), current_principal(), body.current_password, body.password)
    return "", 204


@blueprint.post("/registrations")
@needs_media_type(JSON)
@blueprint.input(RegistrationIn, arg_name="body")
@blueprint.output({}, status_code=202)
@blueprint.doc(responses=_SENT | {403: "Accounts are made by invitation here"})
def register(body: RegistrationIn) -> tuple[str, int]:
    """Ask for an account: a message to the address lets you choose a password."""
    refuse_other_sites(settings())
    if settings().registration == "closed":
        raise RegistrationClosedProblem("Ask an administrator of your organisation for an invitation.")
    services().errands.run(email_tokens.ask_for_registration, body.email, body.name)
    return "", 202


@blueprint.post("/verification-requests")
@needs_media_type(JSON)
@blueprint.input(AddressIn, arg_name="body")
@blueprint.output({}, status_code=202)
@blueprint.doc(responses=_SENT | {403: ""})
def ask_for_verification(body: AddressIn) -> tuple[str, int]:
    """Ask for a message that verifies an address; the answer does not tell whether it has an account."""
    refuse_other_sites(settings())
    services().errands.run(email_tokens.ask_for, "verify", body.email)
    return "", 202


@blueprint.post("/verifications")
@needs_media_type(JSON)
@blueprint.input(TokenIn, arg_name="body")
@blueprint.output({}, status_code=204)
@blueprint.doc(responses={403: "", 415: "", 503: ""})
def verify(body: TokenIn) -> tuple[str, int]:
    """Verify an address by the token that was sent to it."""
    refuse_other_sites(settings())
    email_tokens.verify(settings(), body.token)
    return "", 204


@blueprint.post("/password-reset-requests")
@needs_media_type(JSON)
@blueprint.input(AddressIn, arg_name="body")
@blueprint.output({}, status_code=202)
@blueprint.doc(responses=_SENT | {403: ""})
def ask_for_reset(body: AddressIn) -> tuple[str, int]:
    """Ask for a message to choose a new password; the answer does not tell whether there is an account."""
    refuse_other_sites(settings())
    services().errands.run(email_tokens.ask_for, "reset", body.email)
    return "", 202


@blueprint.post("/password-resets")
@needs_media_type(JSON)
@blueprint.input(ResetIn, arg_name="body")
@blueprint.output({}, status_code=204)
@blueprint.doc(responses={403: "", 415: "", 503: ""})
def reset_password(body: ResetIn) -> tuple[str, int]:
    """Choose a new password by the token that was sent; all sessions end, and the address is verified."""
    refuse_other_sites(settings())
    email_tokens.reset_password(settings(), body.token, body.password)
    return "", 204
