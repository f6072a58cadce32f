"""What the API takes and gives about learning, as Pydantic models."""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

MARKS_LIMIT, VERTICES_LIMIT, ALL_VERTICES_LIMIT = 20_000, 1_000, 200_000
RADIUS_UM = 6.0
"""That of the main figures of the models' own evaluation, about the width of a nucleus."""

ClassName = Literal["immunopositive", "immunonegative"]
Pixel = Annotated[float, Field(ge=-1, le=1_000_000, allow_inf_nan=False)]


def _in_utc(moment: datetime) -> datetime:
    """Return a moment in UTC, which one without a zone is taken for."""
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError("this time does not exist in UTC") from error


Moment = Annotated[datetime, AfterValidator(_in_utc)]


class MarkIn(BaseModel):
    """A nucleus that somebody marked: a point, or a polygon, which counts by its centroid."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    x: Pixel | None = None
    y: Pixel | None = None
    polygon: list[tuple[Pixel, Pixel]] | None = Field(None, min_length=3, max_length=VERTICES_LIMIT)
    class_: ClassName = Field(alias="class")

    @model_validator(mode="after")
    def _is_one_or_the_other(self) -> Self:
        if (self.x is None) != (self.y is None) or (self.x is None) == (self.polygon is None):
            raise ValueError("give x and y, or a polygon")
        return self


class AnnotationIn(BaseModel):
    """Marks in pixels of the image as uploaded, and how far from a nucleus one may lie."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "marks": [
                        {"x": 120.5, "y": 80, "class": "immunopositive"},
                        {"polygon": [[10, 10], [30, 10], [30, 30], [10, 30]], "class": "immunonegative"},
                    ]
                }
            ]
        },
    )

    marks: list[MarkIn] = Field(max_length=MARKS_LIMIT)
    radius_um: float = Field(RADIUS_UM, ge=1, le=15, description="farthest a mark may lie from its nucleus")

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        if sum(len(mark.polygon or ()) for mark in self.marks) > ALL_VERTICES_LIMIT:
            raise ValueError(f"polygons have at most {ALL_VERTICES_LIMIT} vertices in all")
        return self


class AnnotationsQuery(BaseModel):
    """Which annotations of an analysis to list."""

    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=200, description="next_cursor of the page before")


class ProgressQuery(BaseModel):
    """Whose results, and of which time."""

    author_id: str | None = Field(None, max_length=32, description="a member; yourself if left out")
    from_: Moment | None = Field(None, alias="from", description="first moment, UTC where no zone is given")
    to: Moment | None = Field(None, description="results before this moment")


class MarkOut(BaseModel):
    """A place and a class."""

    model_config = ConfigDict(populate_by_name=True)

    x: float
    y: float
    class_: ClassName = Field(alias="class")


class InventedOut(MarkOut):
    """A mark without a nucleus."""

    mark: int = Field(description="place in `marks`, from 0")


class PairOut(InventedOut):
    """A nucleus of the reference that was marked."""

    marked_as: ClassName
    distance_um: float


class OutcomeOut(BaseModel):
    """What became of every nucleus and mark."""

    right: list[PairOut]
    mislabelled: list[PairOut]
    missed: list[MarkOut]
    invented: list[InventedOut]


class TallyOut(BaseModel):
    """Nuclei right, invented and missed; null where there is nothing to take a share of."""

    right: int
    invented: int
    missed: int
    precision: float | None
    recall: float | None
    f1: float | None


class MarkedCountsOut(BaseModel):
    """Nuclei counted."""

    immunopositive: int
    immunonegative: int
    total: int


class ScoresOut(BaseModel):
    """Marks against the reference; `detection` regardless of class."""

    detection: TallyOut
    immunopositive: TallyOut
    immunonegative: TallyOut
    mislabelled: int
    counts: MarkedCountsOut
    reference_counts: MarkedCountsOut
    index_percent: float | None
    reference_index_percent: float | None
    index_difference_points: float | None = Field(description="own index minus the reference's")


class AnnotationSummary(BaseModel):
    """An annotation and its scores."""

    id: str
    analysis_id: str
    author_id: str
    assignment_id: str | None
    created_at: str
    attempt: int = Field(description="of this person at this analysis, from 1")
    blind: bool = Field(description="given under an assignment, before the result was shown")
    reference: Literal["model", "correction"]
    revision: int
    correction_version: int | None
    radius_um: float
    scores: ScoresOut
    links: dict[str, str]


class AnnotationOut(AnnotationSummary):
    """An annotation with its marks (polygons by their centroids) and what became of each."""

    marks: list[MarkOut]
    outcome: OutcomeOut


class AnnotationsOut(BaseModel):
    """One page."""

    items: list[AnnotationSummary]
    next_cursor: str | None


class FiguresOut(BaseModel):
    """Scores to follow over time; null where there is none."""

    f1_detection: float | None
    f1_immunopositive: float | None
    f1_immunonegative: float | None
    index_difference_points: float | None
    absolute_index_difference_points: float | None


class ProgressItemOut(FiguresOut):
    """A first attempt, and the mean of all results up to it."""

    annotation_id: str
    analysis_id: str
    created_at: str
    blind: bool
    running_mean: FiguresOut


class ProgressOut(BaseModel):
    """First attempts, oldest first."""

    author_id: str
    items: list[ProgressItemOut]
    truncated: bool = Field(description="only the latest are shown; ask for a part of the time")
