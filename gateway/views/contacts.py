"""Contacts: favourites to ask for a second opinion."""

from typing import Any

from apiflask import APIBlueprint

from gateway.answers import next_page_headers
from gateway.authentication import auth, current_principal
from gateway.media import needs_media_type
from gateway.opinions.contacts import keep_contact, list_contacts, remove_contact
from gateway.opinions.documents import contact_document
from gateway.opinions.schemas import ContactIn, ContactOut, ContactsOut, PageQuery
from gateway.permissions import READ_ASSIGNMENTS, WRITE_ASSIGNMENTS

blueprint = APIBlueprint("contacts", __name__, url_prefix="/api/v1/contacts", tag="Second opinions")
_ADDED = {"application/json": {"schema": {"$ref": "#/components/schemas/ContactOut"}}}
_RESPONSES: dict[Any, Any] = {
    201: {"description": "Added", "content": _ADDED},
    404: "Removed at the same moment",
    415: "",
}


@blueprint.get("")
@blueprint.auth_required(auth, roles=[READ_ASSIGNMENTS])
@blueprint.input(PageQuery, location="query", arg_name="query")
@blueprint.output(ContactsOut)
def index(query: PageQuery) -> tuple[dict[str, Any], int, dict[str, str]]:
    """List your contacts, newest first."""
    page = list_contacts(current_principal(), query)
    items = [contact_document(row) for row in page.rows]
    headers = next_page_headers(page.next_cursor)
    return {"items": items, "next_cursor": page.next_cursor}, 200, headers


@blueprint.put("")
@blueprint.auth_required(auth, roles=[WRITE_ASSIGNMENTS])
@needs_media_type("application/json")
@blueprint.input(ContactIn, arg_name="body")
@blueprint.output(ContactOut)
@blueprint.doc(responses=_RESPONSES)
def keep(body: ContactIn) -> tuple[dict[str, Any], int]:
    """Add a contact (201), or rename the one with that address (200)."""
    row, is_new = keep_contact(current_principal(), body)
    return contact_document(row), 201 if is_new else 200


@blueprint.delete("/<contact_id>")
@blueprint.auth_required(auth, roles=[WRITE_ASSIGNMENTS])
@blueprint.output({}, status_code=204)
def remove(contact_id: str) -> tuple[str, int]:
    """Forget a contact; what was assigned to its address stays assigned."""
    remove_contact(current_principal(), contact_id)
    return "", 204
