"""The web client: its page at every path that is one of its own, its files as they were built."""

from pathlib import Path

from apiflask import APIBlueprint
from flask import Response, request, send_from_directory

from gateway.problems import GatewayProblem, NotFoundProblem

blueprint = APIBlueprint("web", __name__, enable_openapi=False)
BUILT = Path(__file__).resolve().parents[1] / "web" / "dist"
PAGES = (
    "/",
    "/records",
    "/records/<_part>",
    "/compare",
    "/reviews",
    "/reviews/<_part>",
    "/reviews/own/<_part>",
    "/agreement",
    "/contacts",
    "/learn",
    "/learn/<_part>",
    "/annotations/<_part>",
    "/administration",
    "/administration/<_part>",
    "/account",
    "/sign-in",
    "/register",
    "/choose-password",
    "/verify-address",
    "/accept-invitation",
)
"""As `web/src/app.tsx` names them; a refused sign-in leads to `/sign-in`, mails to the last three."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_FOR_A_YEAR, _ASK_AGAIN = "public, max-age=31536000, immutable", "no-cache"


class NotBuiltProblem(GatewayProblem):
    status, code, title = 503, "web-client-not-built", "The web client has not been built"


def _page(_part: str | None = None) -> Response:
    """Show the client; which of its pages, it reads from the address."""
    if not BUILT.joinpath("index.html").is_file():
        raise NotBuiltProblem("Run `make web`, then ask again.")
    return _built("index.html", _ASK_AGAIN)


for _path in PAGES:
    blueprint.add_url_rule(_path, "page", _page)


@blueprint.get("/assets/<name>")
def asset(name: str) -> Response:
    """Serve a file whose name changes with its content."""
    return _built(f"assets/{name}", _FOR_A_YEAR)


@blueprint.get("/<name>")
def top_file(name: str) -> Response:
    """Serve the page by name, the service worker, the manifest or an icon."""
    return _page() if name == "index.html" else _built(name, _ASK_AGAIN)


def _built(name: str, caching: str) -> Response:
    """Return a file of the build, packed where the browser can unpack it."""
    packed = f"{name}.gz"
    takes_packed = request.accept_encodings.quality("gzip") > 0 and BUILT.joinpath(packed).is_file()
    if not BUILT.joinpath(name).is_file() or name.endswith(".gz"):
        raise NotFoundProblem
    response = send_from_directory(BUILT, packed if takes_packed else name, mimetype=_media_type(name))
    response.headers["Cache-Control"] = caching
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Content-Security-Policy"] = POLICY
    if takes_packed:
        response.headers["Content-Encoding"] = "gzip"
    return response


_MEDIA_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}


def _media_type(name: str) -> str:
    return _MEDIA_TYPES.get(Path(name).suffix, "application/octet-stream")
