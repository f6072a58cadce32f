"""`If-Match`: an edit of what was read, or none; nobody overwrites unseen what another has changed."""

from flask import request
from pydantic import BaseModel, Field

from gateway.problems import GatewayProblem


class PreconditionFailedProblem(GatewayProblem):
    status, code, title = 412, "precondition-failed", "It was changed since you read it"

    def __init__(self) -> None:
        super().__init__("Read it again and send the ETag that it has now.")


class PreconditionRequiredProblem(GatewayProblem):
    status, code, title = 428, "precondition-required", "Say which state you are changing"

    def __init__(self) -> None:
        super().__init__("Send the ETag that you read in the header If-Match.")


class EditHeaders(BaseModel):
    """Headers of an edit."""

    if_match: str | None = Field(None, max_length=1000, alias="if_match", description="the ETag as read")


def check_if_match(etag: str) -> None:
    """Raise PreconditionRequiredProblem or PreconditionFailedProblem unless the request names that ETag."""
    if not request.if_match:
        raise PreconditionRequiredProblem
    if not request.if_match.contains(etag.strip('"')):
        raise PreconditionFailedProblem
