"""The model's versions: who scores, in which shares; and for operators how that changes."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from gateway.authentication import auth, current_principal
from gateway.extensions import services
from gateway.media import needs_media_type
from gateway.permissions import READ_ANALYSES, WRITE_MODELS
from gateway.preconditions import IfMatchHeaders, check_if_match
from gateway.routing.documents import routes_document, routes_etag, version_documents
from gateway.routing.operating import put_routes
from gateway.routing.schemas import RecentQuery, RecentsOut, RoutesIn, RoutesOut, VersionsOut
from gateway.routing.store import read as newest_routes
from gateway.routing.traffic import list_recent, read_image

blueprint = APIBlueprint("models", __name__, url_prefix="/api/v1/models", tag="Models")
_BYTES = "application/octet-stream"
_IMAGE: dict[Any, Any] = {
    200: {
        "description": "The image as stored",
        "content": {_BYTES: {"schema": {"type": "string", "format": "binary"}}},
    },
    404: "",
}


@blueprint.get("")
@blueprint.auth_required(auth, roles=[READ_ANALYSES, WRITE_MODELS])
@blueprint.output(VersionsOut)
def index() -> dict[str, Any]:
    """List the versions that can score: shares, state, weights, and how they differ from the default."""
    to_operator = WRITE_MODELS in current_principal().scopes
    return {"items": version_documents(services().routes.current(), to_operator=to_operator)}


@blueprint.get("/routes")
@blueprint.auth_required(auth, roles=[WRITE_MODELS])
@blueprint.output(RoutesOut)
@blueprint.doc(responses={304: "Not modified"})
def read_routes() -> tuple[dict[str, Any], int, dict[str, str]]:
    """Read which version gets which images; with an operator's key."""
    services().routes.current()
    routes = newest_routes()
    return routes_document(routes), 200, {"ETag": routes_etag(routes)}


@blueprint.put("/routes")
@blueprint.auth_required(auth, roles=[WRITE_MODELS])
@needs_media_type("application/json")
@blueprint.input(IfMatchHeaders, location="headers", arg_name="_headers")
@blueprint.input(RoutesIn, arg_name="body")
@blueprint.output(RoutesOut)
@blueprint.doc(responses={412: "Changed meanwhile", 415: "", 428: "No If-Match"})
def change_routes(_headers: IfMatchHeaders, body: RoutesIn) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Replace the routes, naming in `If-Match` the ETag that was read; with an operator's key.

    Every process of the gateway follows within a second. Analyses keep the version they were given.
    """
    services().routes.current()
    seen = newest_routes()
    check_if_match(routes_etag(seen))
    routes = put_routes(current_principal(), seen, body.value())
    return routes_document(routes), 200, {"ETag": routes_etag(routes)}


@blueprint.get("/images")
@blueprint.auth_required(auth, roles=[WRITE_MODELS])
@blueprint.input(RecentQuery, location="query", arg_name="query")
@blueprint.output(RecentsOut)
def recent_images(query: RecentQuery) -> dict[str, Any]:
    """List the newest images that were scored, by their hash; with an operator's key."""
    return {"items": list_recent(current_principal(), query.limit)}


@blueprint.get("/images/<sha256>")
@blueprint.auth_required(auth, roles=[WRITE_MODELS])
@blueprint.doc(responses=_IMAGE)
def recent_image(sha256: str) -> Response:
    """Get an image to compare versions on; with an operator's key, and noted in its organisation's trail."""
    return Response(read_image(current_principal(), sha256), content_type=_BYTES)
