"""Mends the generated OpenAPI document: problems' media type, required bodies, names of headers."""

from typing import Any

from apiflask import APIFlask

from gateway.problems import MEDIA_TYPE
from gateway.schemas import Problem

DESCRIPTION = """Ki-67 proliferation scoring of stained fields of view: send images, get counts, index,
category, and every nucleus. For research and teaching, not for diagnosis.

Errors are problem documents (RFC 9457). Coordinates are pixels of the image as uploaded, after EXIF
orientation, origin top left."""
_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_COOKIE = {
    "type": "apiKey",
    "in": "cookie",
    "name": "__Host-ki67",
    "description": "A browser's session, begun at `/api/v1/auth/session`; the cookie's name is `ki67` where "
    "the service runs without HTTPS. Whatever changes something needs the session's `csrf_token` in the "
    "header `X-CSRF-Token`.",
}
_REASONS = {
    "400": "The body is malformed",
    "401": "Neither a valid key nor a session",
    "403": "Role or key do not cover this, or a session's request is not its page's",
    "404": "Not there, or not yours",
    "408": "The body stopped half way",
    "409": "Conflict",
    "413": "Too large",
    "415": "Wrong media type, or not an image",
    "422": "Something in the request cannot be used",
    "429": "Too many requests, or too many of your images wait; see Retry-After",
    "500": "A stored object is damaged, or the service failed; its log says why",
    "503": "Not now; see Retry-After",
}


def init_app(app: APIFlask) -> None:
    """Describe the interface and register the mending."""
    app.config.update(
        OPENAPI_VERSION="3.1.0",
        DESCRIPTION=DESCRIPTION,
        LICENSE={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        SERVERS=[{"url": "/"}],
        AUTO_OPERATION_ID=True,
        HTTP_ERROR_SCHEMA=Problem,
        VALIDATION_ERROR_SCHEMA=Problem,
        SECURITY_SCHEMES={"SessionCookie": _COOKIE},
    )
    app.spec_processor(_mended)


def _mended(spec: dict[Any, Any] | str) -> dict[Any, Any] | str:
    assert isinstance(spec, dict)  # noqa: S101 - APIFlask gives text only for YAML
    spec["components"]["schemas"]["Problem"] = Problem.model_json_schema()
    for operations in spec["paths"].values():
        for operation in operations.values():
            _mend_operation(operation)
    return spec


def _mend_operation(operation: dict[str, Any]) -> None:
    for parameter in operation["parameters"]:
        if parameter["in"] == "header":
            parameter["name"] = parameter["name"].title()
    if "security" in operation:
        operation["security"] += [{"SessionCookie": roles} for roles in operation["security"][0].values()]
    for status in _everywhere(operation):
        operation["responses"].setdefault(status, {})
    if "requestBody" in operation:
        operation["requestBody"]["required"] = True
    for status, response in operation["responses"].items():
        _mend_response(operation, status, response)
    operation["responses"] = dict(sorted(operation["responses"].items()))


def _everywhere(operation: dict[str, Any]) -> tuple[str, ...]:
    """Return what every operation of its kind may answer."""
    with_key = ("403", "500", "503") if "security" in operation else ()
    counted = ("429",) if "Operation" not in operation.get("tags", ()) else ()
    return with_key + counted + (("400", "408", "413") if "requestBody" in operation else ())


def _mend_response(operation: dict[str, Any], status: str, response: dict[str, Any]) -> None:
    if status == "202" and "200" in operation["responses"]:
        response["description"] = "Accepted; some images are still queued"
        response["content"] = operation["responses"]["200"]["content"]
    if int(status) >= 400:
        response["content"] = {MEDIA_TYPE: {"schema": _PROBLEM}}
    if status == "304":
        response.pop("content", None)
    if status in _REASONS:
        response["description"] = _REASONS[status]
