"""Invitations into an organisation: sent, listed, withdrawn, accepted."""

from typing import Any

from apiflask import APIBlueprint

from gateway.answers import next_page_headers
from gateway.authentication import auth, current_principal, principal_if_any
from gateway.media import needs_media_type
from gateway.organisations.acceptance import NewAccount, accept
from gateway.organisations.invitations import invitation_document, invite, list_invitations, withdraw
from gateway.organisations.schemas import (
    AcceptanceIn,
    AcceptedOut,
    InvitationIn,
    InvitationOut,
    InvitationsOut,
    PageQuery,
)

blueprint = APIBlueprint("invitations", __name__, url_prefix="/api/v1/invitations", tag="Invitations")


@blueprint.post("")
@blueprint.auth_required(auth, roles=["organisation:write"])
@needs_media_type("application/json")
@blueprint.input(InvitationIn, arg_name="body")
@blueprint.output(InvitationOut, status_code=201)
@blueprint.doc(responses={409: "A member already, or too many wait", 415: ""})
def create(body: InvitationIn) -> dict[str, Any]:
    """Invite somebody by mail; an earlier invitation of that address ends."""
    return invitation_document(invite(current_principal(), body.email, body.role))


@blueprint.get("")
@blueprint.auth_required(auth, roles=["organisation:write"])
@blueprint.input(PageQuery, location="query", arg_name="query")
@blueprint.output(InvitationsOut)
def index(query: PageQuery) -> tuple[dict[str, Any], int, dict[str, str]]:
    """List the invitations that nobody has accepted, newest first."""
    rows, following = list_invitations(current_principal(), query.limit, query.cursor)
    items = [invitation_document(row) for row in rows]
    return {"items": items, "next_cursor": following}, 200, next_page_headers(following)


@blueprint.delete("/<invitation_id>")
@blueprint.auth_required(auth, roles=["organisation:write"])
@blueprint.output({}, status_code=204)
def remove(invitation_id: str) -> tuple[str, int]:
    """Withdraw an invitation; its token is worth nothing from now on."""
    withdraw(current_principal(), invitation_id)
    return "", 204


@blueprint.post("/accept")
@blueprint.auth_required(auth, optional="yes")
@needs_media_type("application/json")
@blueprint.input(AcceptanceIn, arg_name="body")
@blueprint.output(AcceptedOut)
@blueprint.doc(responses={404: "Wrong, used or expired", 409: "An account or a member already", 415: ""})
def take(body: AcceptanceIn) -> dict[str, Any]:
    """Accept an invitation by the token of its mail.

    With credentials, for your own account, whose verified address must be the one invited. Without, name
    and password make a new account; where the address has one already, sign in first.
    """
    chosen = NewAccount(body.name, body.password) if body.name and body.password else None
    return accept(principal_if_any(), body.token, chosen)
