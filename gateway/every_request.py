"""What happens around every request: id, log line, metrics, security headers, 304 where it fits."""

import re
import time
import uuid

import structlog
from apiflask import APIFlask
from flask import Response, g, request

from gateway import metrics
from gateway.problems import NotFoundProblem

_log = structlog.get_logger("gateway.request")
_REQUEST_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET = frozenset({"health.alive", "health.ready", "health.metrics_text"})
_POLICY = "default-src 'none'; frame-ancestors 'none'"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def init_app(app: APIFlask) -> None:
    """Hook into every request of `app`."""
    app.before_request(_begin)
    app.before_request(_refuse_impossible_ids)
    app.after_request(_end)
    app.teardown_request(_forget)


def _begin() -> None:
    sent = request.headers.get("X-Request-Id", "")
    g.request_id = sent if _REQUEST_ID.fullmatch(sent) else uuid.uuid4().hex
    g.started = time.monotonic()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _refuse_impossible_ids() -> None:
    """Nothing has an id with a NUL, and PostgreSQL would not be asked for one."""
    if any("\0" in str(each) for each in (request.view_args or {}).values()):
        raise NotFoundProblem


def _end(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "private, no-cache")
    response.headers["X-Request-Id"] = g.request_id
    if response.status_code == 200 and "ETag" in response.headers and not request.if_match:
        response.make_conditional(request)
    _note(response)
    return response


def _note(response: Response) -> None:
    route = request.url_rule.rule if request.url_rule else "none"
    method = request.method if request.method in _METHODS else "other"
    seconds = time.monotonic() - g.started
    metrics.REQUESTS.labels(method, route, response.status_code).inc()
    metrics.REQUEST_SECONDS.labels(route).observe(seconds)
    if request.endpoint in _QUIET and response.status_code < 400:
        return
    _log.info(
        "answered",
        method=method,
        route=route,
        status=response.status_code,
        milliseconds=round(1000 * seconds, 1),
        user_id=g.get("user_id"),
    )


def _forget(_error: BaseException | None) -> None:
    structlog.contextvars.unbind_contextvars("request_id")
