"""The organisations one belongs to, and the settings of the one that a key or a session acts in."""

from typing import Any

from apiflask import APIBlueprint

from gateway.answers import next_page_headers
from gateway.authentication import auth, current_principal
from gateway.media import needs_media_type
from gateway.organisations.schemas import MembershipsOut, OrganisationIn, OrganisationOut, PageQuery
from gateway.organisations.settings import (
    change_organisation,
    get_organisation,
    list_memberships,
    membership_document,
    organisation_document,
    organisation_etag,
)
from gateway.preconditions import IfMatchHeaders, check_if_match

blueprint = APIBlueprint("organisations", __name__, url_prefix="/api/v1/organisations", tag="Organisations")


@blueprint.get("")
@blueprint.auth_required(auth, roles=["account:read"])
@blueprint.input(PageQuery, location="query", arg_name="query")
@blueprint.output(MembershipsOut)
def index(query: PageQuery) -> tuple[dict[str, Any], int, dict[str, str]]:
    """List the organisations you belong to, and what you are there."""
    principal = current_principal()
    rows, following = list_memberships(principal, query.limit, query.cursor)
    items = [membership_document(*row, principal) for row in rows]
    return {"items": items, "next_cursor": following}, 200, next_page_headers(following)


@blueprint.get("/<organisation_id>")
@blueprint.auth_required(auth, roles=["organisation:read"])
@blueprint.output(OrganisationOut)
@blueprint.doc(responses={304: "Not modified"})
def read(organisation_id: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Read the settings of the organisation that your key or session acts in."""
    organisation = get_organisation(current_principal(), organisation_id)
    return organisation_document(organisation), 200, {"ETag": organisation_etag(organisation)}


@blueprint.patch("/<organisation_id>")
@blueprint.auth_required(auth, roles=["organisation:write"])
@needs_media_type("application/json")
@blueprint.input(IfMatchHeaders, location="headers", arg_name="head")
@blueprint.input(OrganisationIn, arg_name="body")
@blueprint.output(OrganisationOut)
@blueprint.doc(responses={409: "The name is taken", 412: "Changed meanwhile", 415: "", 428: "No If-Match"})
def change(
    organisation_id: str, head: IfMatchHeaders, body: OrganisationIn
) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Change settings: as an administrator, and naming in `If-Match` the ETag that was read.

    They stand for analyses made from now on. A shorter retention deletes older analyses within the hour.
    """
    organisation = get_organisation(current_principal(), organisation_id)
    check_if_match(organisation_etag(organisation))
    change_organisation(current_principal(), organisation, body)
    return organisation_document(organisation), 200, {"ETag": organisation_etag(organisation)}
