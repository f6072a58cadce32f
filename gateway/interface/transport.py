"""Who asks and whether over HTTPS, as the proxies in front say; HSTS where it was HTTPS."""

from apiflask import APIFlask
from flask import Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from gateway.interface.settings import InterfaceSettings


def init_app(app: APIFlask, settings: InterfaceSettings, *, production: bool) -> None:
    """Believe the configured number of proxies; ask browsers for HTTPS in production.

    Of the host they are not believed: not every proxy sets that header, and then it is the client's.
    """
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=0)  # type: ignore[method-assign]
    if production and settings.hsts_seconds:
        app.after_request(lambda response: _https_from_now_on(response, settings.hsts_seconds))


def _https_from_now_on(response: Response, seconds: int) -> Response:
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = f"max-age={seconds}"
    return response
