"""What the API takes and gives, as Pydantic models: the source of the OpenAPI document."""

from typing import Literal

from apiflask.fields import UploadFile
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from handler.options import MIN_AREA_UM2_RANGE, PERCENT_RANGE, PROBABILITY_RANGE
from handler.scale import MPP_RANGE, OBJECTIVE_RANGE

Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]
Category = Literal["low", "borderline", "high"]
PLAIN = r"^[^\x00-\x1f\x7f]*$"
"""Text of one line."""
VERSION_PATTERN = r"^[0-9A-Za-z][0-9A-Za-z._-]{0,31}$"


class Problem(BaseModel):
    """A problem document (RFC 9457), sent as application/problem+json."""

    type: str = Field("about:blank", examples=["/problems/not-found"])
    title: str = ""
    status: int = 500
    detail: str = ""
    instance: str | None = Field(None, description="the analysis it belongs to, where it has one")
    request_id: str | None = Field(None, description="finds the request in the service's log")
    errors: list[dict[str, str]] = Field(default_factory=list, description="fields at fault: pointer, detail")


class SubmissionIn(BaseModel):
    """Images and how to score them; unknown fields are refused: a misspelt scale would go unnoticed."""

    model_config = ConfigDict(extra="forbid")

    images: list[UploadFile] = Field(
        default_factory=list, description="JPEG, PNG, TIFF or WebP; repeat the field for several"
    )
    mpp: float | None = Field(None, ge=MPP_RANGE[0], le=MPP_RANGE[1], description="microns per pixel")
    objective: float | None = Field(
        None, ge=OBJECTIVE_RANGE[0], le=OBJECTIVE_RANGE[1], description="objective instead of mpp: 40 is 0.25"
    )
    probability: float | None = Field(
        None,
        ge=PROBABILITY_RANGE[0],
        le=PROBABILITY_RANGE[1],
        description="a pixel belongs to a nucleus from here",
    )
    min_area_um2: float | None = Field(
        None,
        ge=MIN_AREA_UM2_RANGE[0],
        le=MIN_AREA_UM2_RANGE[1],
        description="smaller nuclei are specks; nuclei cut by the border may have to be larger",
    )
    category_boundaries_percent: str | None = Field(
        None, description="two percentages, low below the first, high above the second", examples=["10,20"]
    )
    model_version: str | None = Field(None, pattern=VERSION_PATTERN, description="version that scores")
    wait: float | None = Field(None, ge=0, le=3600, description="seconds to wait for results; 0: do not wait")
    case_label: str | None = Field(None, max_length=100, pattern=PLAIN, description="of all the images")
    tags: str | None = Field(
        None, max_length=1100, pattern=PLAIN, description="of all the images, separated by commas"
    )


class ThresholdsIn(BaseModel):
    """New thresholds; those left out stay as they are."""

    model_config = ConfigDict(extra="forbid")

    probability: float | None = Field(None, ge=PROBABILITY_RANGE[0], le=PROBABILITY_RANGE[1])
    min_area_um2: float | None = Field(None, ge=MIN_AREA_UM2_RANGE[0], le=MIN_AREA_UM2_RANGE[1])
    category_boundaries_percent: tuple[float, float] | None = Field(
        None, description=f"ascending, {PERCENT_RANGE[0]:g} to {PERCENT_RANGE[1]:g}", examples=[[10, 20]]
    )
    save: bool = Field(True, description="keep as the analysis' current revision; false: only show")


class ReadQuery(BaseModel):
    """How to show one analysis."""

    nuclei: bool = Field(True, description="false leaves the nuclei out")


class PostHeaders(BaseModel):
    """Headers of a POST."""

    idempotency_key: str | None = Field(
        None,
        min_length=1,
        max_length=255,
        alias="idempotency_key",
        description="same key and body: the same records",
    )


class ImageOut(BaseModel):
    """The image after EXIF orientation."""

    width_px: int
    height_px: int
    sha256: str


class ScaleOut(BaseModel):
    """Microns per pixel, and who said so."""

    mpp: float
    source: Literal["request", "file", "assumed"]


class ModelOut(BaseModel):
    """The version that scored or will score."""

    name: str
    version: str
    chosen_by: Literal["default", "canary", "request", "fallback"] | None = Field(
        None,
        description="why this version; fallback: the one first chosen could not; null: old records",
    )
    instead_of: str | None = Field(None, description="the version first chosen, where another scored")
    weights_sha256: str | None


class EngineOut(BaseModel):
    """What ran the network."""

    name: str
    precision: str
    device: str


class ThresholdsOut(BaseModel):
    """Thresholds the result was decoded and scored with."""

    probability: float
    min_area_um2: float
    category_boundaries_percent: tuple[float, float]


class CountsOut(BaseModel):
    """Nuclei counted."""

    immunopositive: int
    immunonegative: int
    total: int


NucleusOut = TypedDict(
    "NucleusOut",
    {
        "x": float,
        "y": float,
        "class": Literal["immunopositive", "immunonegative"],
        "confidence": float,
        "area_um2": float,
        "dab_density": float,
    },
)
NucleusOut.__doc__ = (
    "One nucleus; pixels of the image as uploaded, origin top left, pixel centres at whole numbers."
)
"""A dictionary and no model: of the thousands in an answer each would be made, only to be taken apart."""


class WarningOut(BaseModel):
    """What to know before trusting the score."""

    code: str
    detail: str


class CorrectionSummary(BaseModel):
    """The layer of a person's corrections: its score beside the model's."""

    revision: int = Field(description="of the model's result that was corrected")
    version: int = Field(description="counts the saves")
    stale: bool = Field(description="the analysis was scored again since; the places are the old revision's")
    author_id: str
    updated_at: str
    counts: CountsOut
    index_percent: float | None
    index_interval_percent: tuple[float, float] | None
    category: Category | None
    category_certain: bool | None


class AnalysisSummary(BaseModel):
    """One image and its score; what is not known yet is null."""

    id: str
    status: Status
    created_at: str
    updated_at: str
    filename: str
    case_label: str | None
    tags: list[str]
    blinded: bool = Field(description="you are to judge it blind: result and tags are hidden until you have")
    revision: int | None = Field(description="counts re-scorings; null without result or where not kept")
    image: ImageOut
    scale: ScaleOut | None
    model: ModelOut
    engine: EngineOut | None
    thresholds: ThresholdsOut | None
    counts: CountsOut | None
    index_percent: float | None
    index_interval_percent: tuple[float, float] | None
    category: Category | None
    category_certain: bool | None
    correction: CorrectionSummary | None = Field(None, description="what people corrected by hand")
    warnings: list[WarningOut]
    problem: Problem | None
    links: dict[str, str]


class AnalysisOut(AnalysisSummary):
    """An analysis with its nuclei, unless they were left out."""

    nuclei: list[NucleusOut] | None = None


class ItemOut(BaseModel):
    """What became of one image: its analysis, or the problem it has."""

    index: int
    filename: str
    status: Status
    analysis: AnalysisOut | None = None
    problem: Problem | None = None


class ItemsOut(BaseModel):
    """One item an image, in the order sent."""

    items: list[ItemOut]


class AnalysesOut(BaseModel):
    """One page."""

    items: list[AnalysisSummary]
    next_cursor: str | None


class HealthOut(BaseModel):
    """State of the service or of its parts."""

    status: str
    checks: dict[str, str] = Field(default_factory=dict)
