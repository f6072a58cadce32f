"""Settings of routing: the seed of the routes, and what a canary may do before it is taken out."""

from pydantic import Field
from pydantic_settings import BaseSettings

from gateway.routing.judging import Limits

_NAME = r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}"


class RoutingSettings(BaseSettings):
    """The first routes; later ones are in the database and change there."""

    model_version: str = Field(
        default="1.1",
        pattern=f"^{_NAME}$",
        description="version that scores when a request names none, at the first start; later the routes say",
    )
    known_versions: str = Field(
        default="",
        pattern=rf"^({_NAME}(,{_NAME})*)?$",
        description="versions that a request may name besides, by comma, at the first start",
    )
    canary_compared_percent: float = Field(
        default=25.0, ge=0, le=100, description="images of a canary that the default scores too, to compare"
    )
    canary_window: int = Field(
        default=50, ge=1, le=10_000, description="outcomes of a canary that its errors are counted among"
    )
    canary_error_ratio: float = Field(
        default=0.2, ge=0, le=1, description="a canary that fails more often is taken out by itself"
    )
    canary_compared_least: int = Field(
        default=30, ge=1, description="images to compare before disagreement can take a canary out"
    )
    canary_disagreement_points: float = Field(
        default=5.0, gt=0, description="mean absolute difference of the index, in points, that takes it out"
    )
    comparisons_limit: int = Field(
        default=100, ge=1, description="images that wait to be compared; further ones are not compared"
    )

    @property
    def canary_limits(self) -> Limits:
        """What a canary may do."""
        return Limits(
            error_ratio=self.canary_error_ratio,
            window=self.canary_window,
            points=self.canary_disagreement_points,
            least=self.canary_compared_least,
        )

    @property
    def seed_versions(self) -> tuple[str, ...]:
        """The further versions of the first start."""
        return tuple(filter(None, self.known_versions.split(",")))
