"""What the API takes and gives about the audit trail."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from gateway.trail import Filters


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("there is no such moment in UTC") from error


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""RFC 3339, with its offset."""


class TrailQuery(BaseModel):
    """Which events."""

    actor: str | None = Field(None, max_length=32, description="id of the user who did it")
    action: str | None = Field(None, max_length=50, examples=["analysis.deleted"])
    object: str | None = Field(None, max_length=64, description="id of what it was done to")
    from_: Moment | None = Field(
        None, alias="from", description="not before", examples=["2026-11-01T00:00:00Z"]
    )
    to: Moment | None = Field(None, description="before", examples=["2026-12-01T00:00:00Z"])

    def filters(self) -> Filters:
        """Return them as the trail takes them."""
        return Filters(self.actor, self.action, self.object, self.from_, self.to)


class TrailPageQuery(TrailQuery):
    """Which events, which page."""

    limit: int = Field(50, ge=1, le=500)
    cursor: str | None = Field(None, max_length=200, description="next_cursor of the page before")


class ActorOut(BaseModel):
    """Who did it; name and address as they are now."""

    id: str
    name: str | None
    email: str | None


class AuditEventOut(BaseModel):
    """One deed."""

    id: str
    at: str
    actor: ActorOut | None = Field(description="null: the service itself, or somebody not signed in")
    actor_kind: Literal["key", "session", "command", "service", "operator"]
    action: str = Field(examples=["analysis.viewed"])
    object_type: str
    object_id: str | None
    address: str | None = Field(description="where the request came from")
    request_id: str | None
    details: dict[str, Any] = Field(description="empty for a record that you are to judge blind")


class AuditEventsOut(BaseModel):
    """One page."""

    items: list[AuditEventOut]
    next_cursor: str | None
