"""Failures the API answers with, and the one place that renders them (RFC 9457).

Every error leaves as `application/problem+json` with a stable `type`, never as HTML.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from apiflask import APIFlask, HTTPError
from flask import Response, g, json
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from handler.errors import ProblemError

MEDIA_TYPE = "application/problem+json"
_log = structlog.get_logger("gateway")
_CODES = {
    400: "bad-request",
    401: "not-authenticated",
    403: "insufficient-scope",
    404: "not-found",
    405: "method-not-allowed",
    413: "request-too-large",
    415: "unsupported-media-type",
    422: "invalid-request",
}
_DETAILS = {
    401: "Sign in, or send a valid key in the header `Authorization: Bearer KEY`.",
    403: "Your role or this key's scopes do not cover the request.",
    404: "There is no such object, or it is not yours.",
    413: "The request is larger than this service takes.",
}


class GatewayProblem(ProblemError):  # noqa: N818 - the reader knows them as problems
    """A failure that may carry headers, the fields at fault and further members."""

    def __init__(
        self,
        detail: str,
        *,
        retry_after_seconds: int | None = None,
        errors: list[dict[str, str]] | None = None,
    ) -> None:
        super().__init__(detail)
        self.errors = errors or []
        self.headers = {"Retry-After": str(retry_after_seconds)} if retry_after_seconds else {}


class NotFoundProblem(GatewayProblem):
    status, code, title = 404, "not-found", "Not found"

    def __init__(self) -> None:
        super().__init__(_DETAILS[404])


class NotYoursToChangeProblem(GatewayProblem):
    status, code, title = 403, "not-yours-to-change", "The record is somebody else's"


class BlindProblem(GatewayProblem):
    status, code, title = 403, "blind-review", "The result is hidden until your opinion is in"


class InvalidQueryProblem(GatewayProblem):
    status, code, title = 422, "invalid-query", "A part of the query cannot be used"

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(detail, errors=[{"pointer": f"?{name}", "detail": detail}])


class MediaTypeProblem(GatewayProblem):
    status, code, title = 415, "unsupported-media-type", "Unsupported media type"


class TooManyImagesProblem(GatewayProblem):
    status, code, title = 413, "too-many-images", "Too many images in one request"


class NotScoredProblem(GatewayProblem):
    status, code, title = 409, "not-scored", "The analysis has no result"


class TooManyQueuedProblem(GatewayProblem):
    status, code, title = 429, "too-many-queued", "Too many analyses are waiting"


class BusyProblem(GatewayProblem):
    status, code, title = 503, "busy", "The service is busy"


class StorageProblem(GatewayProblem):
    status, code, title = 503, "storage-unavailable", "The storage does not answer"


class DamagedObjectProblem(GatewayProblem):
    status, code, title = 500, "stored-object-damaged", "A stored object is missing or damaged"


class ConflictProblem(GatewayProblem):
    status, code, title = 409, "changed-meanwhile", "The analysis was changed meanwhile"


class TorchServeUnavailableProblem(GatewayProblem):
    status, code, title = 503, "torchserve-unavailable", "TorchServe does not answer"


class IdempotencyMismatchProblem(GatewayProblem):
    status, code, title = 422, "idempotency-key-reused", "The Idempotency-Key belongs to another request"


class IdempotencyInFlightProblem(GatewayProblem):
    status, code, title = (
        409,
        "idempotency-key-in-flight",
        "The first request with this key is not stored yet",
    )


def document(
    status: int, code: str, title: str, detail: str, errors: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    """Return a problem document as a dictionary."""
    problem: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": g.get("request_id"),
    }
    return problem | ({"errors": errors} if errors else {})


def answer(problem: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """Return a problem document as a response."""
    body = json.dumps(dict(problem), separators=(",", ":"))
    response = Response(body, int(problem["status"]), dict(headers or {}), content_type=MEDIA_TYPE)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def init_app(app: APIFlask) -> None:
    """Make every failure of `app` a problem document."""
    app.error_processor(from_http_error)
    app.register_error_handler(ProblemError, from_problem)
    app.register_error_handler(OperationalError, _from_database)
    app.register_error_handler(DataError, _from_data)
    app.register_error_handler(PoolTimeoutError, _from_database)
    app.register_error_handler(OSError, _from_system)
    app.register_error_handler(Exception, _from_anything)


def from_http_error(error: HTTPError) -> Response:
    status = error.status_code
    title = HTTPStatus(status).phrase
    detail = _DETAILS.get(status) or str(error.message or title)
    sent = dict(error.headers).items()
    headers = {name: str(value) for name, value in sent if name.lower() != "content-length"}
    code = _CODES.get(status, title.lower().replace(" ", "-").replace("'", ""))
    return answer(document(status, code, title, detail, _pointers(error.detail)), headers)


def _pointers(detail: Any) -> list[dict[str, str]]:
    if not isinstance(detail, dict):
        return []
    found = ((where, name, messages) for where, fields in detail.items() for name, messages in fields.items())
    return [
        {"pointer": f"#/{name.replace('.', '/')}" if where != "query" else f"?{name}", "detail": message}
        for where, name, messages in found
        for message in messages
    ]


def from_problem(error: ProblemError) -> Response:
    """Return a failure of ours as a response."""
    errors = getattr(error, "errors", None)
    body = document(error.status, error.code, error.title, error.detail, errors)
    return answer(body, getattr(error, "headers", None))


def _from_database(error: OperationalError | PoolTimeoutError) -> Response:
    _log.error("database_unavailable", kind=type(error).__name__)
    return from_problem(StorageProblem("The database does not answer; try again.", retry_after_seconds=5))


def _from_data(_error: DataError) -> Response:
    """PostgreSQL keeps no NUL in a text."""
    detail = "A part of the request holds what no text can, such as a NUL."
    return answer(document(422, _CODES[422], HTTPStatus(422).phrase, detail))


def _from_system(error: OSError) -> Response:
    _log.error("storage_unavailable", kind=type(error).__name__, errno=error.errno)
    return from_problem(StorageProblem("The storage does not answer; try again.", retry_after_seconds=30))


def _from_anything(error: Exception) -> Response:
    if isinstance(error, HTTPException):
        headers = {
            k: v for k, v in error.get_headers() if k.lower() not in {"content-type", "content-length"}
        }
        return from_http_error(HTTPError(error.code or 500, error.name, headers=headers))
    _log.error("unexpected_failure", kind=type(error).__name__, exc_info=error)
    return answer(document(500, "internal-error", "Internal error", "The service failed; the log says why."))


def identified(problem: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item's problem with the request's id."""
    return dict(problem) | {"request_id": g.get("request_id")}
