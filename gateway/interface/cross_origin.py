"""Pages of other origins, where they are configured (CORS); without that browsers keep them out."""

from apiflask import APIFlask
from flask_cors import CORS

from gateway.interface.settings import InterfaceSettings

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
ALLOWED = [
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "X-CSRF-Token",
    "X-Request-Id",
]
EXPOSED = ["ETag", "Link", "Location", "Retry-After", "X-Request-Id"]
_KNOWN_SECONDS = 600


def init_app(app: APIFlask, settings: InterfaceSettings) -> None:
    """Let pages of the configured origins use the interface, their people's sessions included.

    `Cross-Origin-Resource-Policy` stays: it concerns what a page embeds without asking, CORS what it asks.
    """
    if not settings.other_origins:
        return
    CORS(
        app,
        resources={r"/api/.*": {}},
        origins=settings.other_origins,
        methods=METHODS,
        allow_headers=ALLOWED,
        expose_headers=EXPOSED,
        supports_credentials=True,
        max_age=_KNOWN_SECONDS,
        intercept_exceptions=False,
    )
