"""What the API takes and gives about versions and routes."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gateway.routing.routes import Routes, Share, Version
from gateway.schemas import VERSION_PATTERN

VersionName = Annotated[str, StringConstraints(pattern=VERSION_PATTERN)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Word = Annotated[str, StringConstraints(max_length=100)]
VERSIONS_LIMIT = 50
IMAGES_LIMIT = 500


class KnownVersion(BaseModel):
    """A version that TorchServe serves; what is not known is null."""

    model_config = ConfigDict(extra="forbid")

    version: VersionName
    weights_sha256: Sha256 | None = None
    archive_sha256: Sha256 | None = None
    engine: dict[Word, Word] | None = Field(None, max_length=20, description="name, precision, device")

    def value(self) -> Version:
        """Return it as the routes keep it."""
        return Version(**self.model_dump())


class ShareOut(BaseModel):
    """A version, and how many of the images it gets."""

    version: VersionName
    percent: float = Field(ge=0, le=100)

    def value(self) -> Share:
        """Return it as the routes keep it."""
        return Share(self.version, self.percent)


class RoutesIn(BaseModel):
    """The whole new state; what the answer to a GET has besides may be sent back and is ignored."""

    default: VersionName = Field(description="scores whatever the canary does not")
    canary: ShareOut | None = Field(description="gets its share of the images that name no version")
    shadow: ShareOut | None = Field(description="scores a share of the default's images too, unseen")
    versions: list[KnownVersion] = Field(min_length=1, max_length=VERSIONS_LIMIT)

    def value(self) -> Routes:
        """Return it as routes whose history is still to be filled in."""
        return Routes(
            default=self.default,
            versions=tuple(each.value() for each in self.versions),
            canary=self.canary.value() if self.canary else None,
            shadow=self.shadow.value() if self.shadow else None,
        )


class WithdrawnOut(BaseModel):
    """A canary that was taken out by itself."""

    version: str
    reason: Literal["errors", "disagreement"]
    detail: str
    at: datetime


class RoutesOut(RoutesIn):
    """The routes as they are."""

    previous: str | None = Field(description="default before this one; where a rollback leads")
    withdrawn: WithdrawnOut | None


class DisagreementOut(BaseModel):
    """How a version differed from the default on images that both scored, the newest 2,000 of them.

    Sums of fewer than ten images are told to operators only.
    """

    compared: int
    errors: int = Field(description="images that the version failed on and the default scored")
    category_changes: int
    mean_points: float | None = Field(description="mean absolute difference of the index")
    largest_points: float | None = Field(description="largest absolute difference of the index")


class VersionOut(BaseModel):
    """A version that can score."""

    name: str
    version: str
    is_default: bool
    share_percent: float = Field(description="of the images that name no version")
    shadow_percent: float = Field(description="of the default's images, which it scores unseen")
    status: Literal["ready", "busy", "missing", "unavailable"]
    weights_sha256: str | None
    archive_sha256: str | None
    engine: dict[str, str] | None
    withdrawn: bool = Field(description="was a canary and taken out by itself")
    disagreement: DisagreementOut | None


class VersionsOut(BaseModel):
    """Every version known."""

    items: list[VersionOut]


class RecentQuery(BaseModel):
    """How many."""

    limit: int = Field(50, ge=1, le=IMAGES_LIMIT)


class RecentOut(BaseModel):
    """An image that was scored, by its hash."""

    analysis_id: str
    sha256: str
    mpp: float
    version: str


class RecentsOut(BaseModel):
    """The newest first."""

    items: list[RecentOut]
