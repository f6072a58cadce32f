"""The model versions that can score."""

from typing import Any

from apiflask import APIBlueprint

from gateway.authentication import auth
from gateway.schemas import VersionsOut
from gateway.versions import list_versions

blueprint = APIBlueprint("models", __name__, url_prefix="/api/v1/models", tag="Models")


@blueprint.get("")
@blueprint.auth_required(auth, roles=["analyses:read"])
@blueprint.output(VersionsOut)
@blueprint.doc(responses={503: "TorchServe does not answer"})
def index() -> dict[str, Any]:
    """List the versions that TorchServe serves, down to their weights."""
    return {"items": list_versions()}
