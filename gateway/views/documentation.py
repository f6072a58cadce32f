"""The documentation page: Swagger UI from an installed package, so it works without the internet."""

from pathlib import Path

import flask_swagger_ui
from apiflask import APIBlueprint
from flask import Response, make_response, render_template, send_from_directory

from gateway.problems import NotFoundProblem

blueprint = APIBlueprint("documentation", __name__, enable_openapi=False)
_ASSETS = Path(flask_swagger_ui.__file__).with_name("dist")
_SERVED = frozenset({"swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"})
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


@blueprint.get("/docs")
def page() -> Response:
    """Show the interface and let people try it."""
    response = make_response(render_template("docs.html"))
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@blueprint.get("/docs/<name>")
def asset(name: str) -> Response:
    """Serve Swagger UI's own files."""
    if name not in _SERVED:
        raise NotFoundProblem
    return send_from_directory(_ASSETS, name, max_age=86_400)
