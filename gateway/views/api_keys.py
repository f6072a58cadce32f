"""API keys: make, list, revoke."""

from typing import Any

from apiflask import APIBlueprint

from gateway.answers import next_page_headers
from gateway.authentication import auth, current_principal
from gateway.extensions import settings
from gateway.identity.api_keys import list_keys, make_key, revoke
from gateway.identity.documents import key_document
from gateway.identity.schemas import ApiKeyIn, ApiKeysOut, ApiKeysQuery, NewApiKeyOut
from gateway.media import needs_media_type
from gateway.permissions import READ_ACCOUNT, WRITE_ACCOUNT

blueprint = APIBlueprint("api_keys", __name__, url_prefix="/api/v1/api-keys", tag="API keys")


@blueprint.get("")
@blueprint.auth_required(auth, roles=[READ_ACCOUNT])
@blueprint.input(ApiKeysQuery, location="query", arg_name="query")
@blueprint.output(ApiKeysOut)
def index(query: ApiKeysQuery) -> tuple[dict[str, Any], int, dict[str, str]]:
    """List your keys in this organisation, newest first; administrators ask for everybody's by `all`."""
    page = list_keys(current_principal(), query.limit, query.cursor, everybodys=query.all)
    body = {"items": [key_document(row) for row in page.rows], "next_cursor": page.next_cursor}
    return body, 200, next_page_headers(page.next_cursor)


@blueprint.post("")
@blueprint.auth_required(auth, roles=[WRITE_ACCOUNT])
@needs_media_type("application/json")
@blueprint.input(ApiKeyIn, arg_name="body")
@blueprint.output(NewApiKeyOut, status_code=201)
@blueprint.doc(responses={409: "You have too many live keys", 415: ""})
def create(body: ApiKeyIn) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Make a key for a program; it is shown this once."""
    row, key = make_key(settings(), current_principal(), body.name, body.scopes, body.expires_in_days)
    return key_document(row) | {"key": key}, 201, {"Cache-Control": "no-store"}


@blueprint.delete("/<key_id>")
@blueprint.auth_required(auth, roles=[WRITE_ACCOUNT])
@blueprint.output({}, status_code=204)
@blueprint.doc(responses={404: ""})
def remove(key_id: str) -> tuple[str, int]:
    """Revoke a key of yours; administrators revoke any of their organisation."""
    revoke(current_principal(), key_id)
    return "", 204
