"""`If-Match` and `If-None-Match` in: an edit goes only onto what its maker has seen (412, 428)."""

from flask import request
from pydantic import BaseModel, Field

from gateway.problems import GatewayProblem


class PreconditionFailedProblem(GatewayProblem):
    status, code, title = 412, "precondition-failed", "It was changed meanwhile"


class PreconditionRequiredProblem(GatewayProblem):
    status, code, title = 428, "precondition-required", "Say which state you change"


class IfMatchHeaders(BaseModel):
    """Header of an edit."""

    if_match: str | None = Field(
        None,
        alias="if_match",
        max_length=1000,
        description="ETag of what you read; without it 428, where it has changed since 412",
    )


class PutHeaders(IfMatchHeaders):
    """Headers of a PUT that makes or replaces."""

    if_none_match: str | None = Field(
        None, alias="if_none_match", max_length=1000, description="`*` where there is none yet"
    )


def check_if_match(*etags: str) -> None:
    """Go on where the client names one of these states.

    Raises PreconditionRequiredProblem without the header, PreconditionFailedProblem where it names another.
    """
    if "If-Match" not in request.headers:
        raise PreconditionRequiredProblem("Send the ETag that you read as `If-Match`.")
    if not any(request.if_match.contains(etag.strip('"')) for etag in etags):
        raise PreconditionFailedProblem("It is no longer what you read; read it again.")


def check_put(etag: str | None) -> None:
    """Go on where the client says `If-None-Match: *` and there is none yet, or names the state there is."""
    if "If-None-Match" in request.headers and "If-Match" not in request.headers:
        if etag is None and request.if_none_match.star_tag:
            return
        raise PreconditionFailedProblem("There is one already; read it first.")
    check_if_match(*([etag] if etag else []))
