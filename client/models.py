"""Answers of the REST interface as types; what a newer gateway adds is kept and not refused."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Category = Literal["low", "borderline", "high"]
Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")


class Image(_Answer):
    """The image as it was received."""

    width_px: int
    height_px: int
    sha256: str


class Scale(_Answer):
    """Microns per pixel, and where they come from."""

    mpp: float
    source: Literal["request", "file", "assumed"]


class Counts(_Answer):
    """Nuclei of each class."""

    immunopositive: int
    immunonegative: int
    total: int


class Nucleus(_Answer):
    """One nucleus; `x` and `y` are pixels of the image as uploaded, origin top left."""

    x: float
    y: float
    area_um2: float
    confidence: float


class Warning(_Answer):  # noqa: A001 - the word of the interface
    """Something that the user should know before trusting the score."""

    code: str
    detail: str


class Problem(_Answer):
    """Why something failed (RFC 9457)."""

    type: str = "about:blank"
    title: str = "Unknown problem"
    status: int | None = None
    detail: str | None = None

    def __str__(self) -> str:
        return f"{self.title}: {self.detail}" if self.detail else self.title


class Analysis(_Answer):
    """One image's record; the results are None until `status` is succeeded."""

    id: str
    status: Status
    filename: str | None = None
    image: Image | None = None
    scale: Scale | None = None
    counts: Counts | None = None
    index_percent: float | None = None
    index_interval_percent: tuple[float, float] | None = None
    category: Category | None = None
    category_certain: bool | None = None
    nuclei: tuple[Nucleus, ...] | None = None
    warnings: tuple[Warning, ...] = ()
    problem: Problem | None = None

    @property
    def is_settled(self) -> bool:
        """Tell whether the analysis has reached its end."""
        return self.status in ("succeeded", "failed", "cancelled")

    def to_json(self) -> dict[str, Any]:
        """Return everything that the gateway said."""
        return self.model_dump(mode="json", exclude_unset=True)


class Item(_Answer):
    """What became of one image of a POST: an analysis or a problem."""

    index: int
    analysis: Analysis | None = None
    problem: Problem | None = None
