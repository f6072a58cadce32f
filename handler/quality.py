"""What the user should know before trusting a score: field, scale and score in, warnings out."""

from dataclasses import dataclass
from typing import Literal

from handler.scale import Scale
from handler.scoring import Score

WarningCode = Literal["assumed_scale", "few_nuclei", "category_uncertain", "blur", "unusual_colours"]

ENOUGH_NUCLEI = 500
"""Fewer are below the International Ki67 in Breast Cancer Working Group's recommendation for counting."""


@dataclass(frozen=True)
class QualityWarning:
    """A stable `code` for programs and a `detail` for people."""

    code: WarningCode
    detail: str


def score_warnings(scale: Scale, score: Score) -> tuple[QualityWarning, ...]:
    """Return what follows from scale and counts alone; asked again when thresholds change."""
    found = (_assumed_scale(scale), _few_nuclei(score), _category_uncertain(score))
    return tuple(warning for warning in found if warning)


def _assumed_scale(scale: Scale) -> QualityWarning | None:
    if scale.source != "assumed":
        return None
    return QualityWarning(
        "assumed_scale",
        f"Neither the request nor the file says how large a pixel is; {scale.mpp:g} µm was assumed. "
        "Give mpp or objective: a wrong scale changes which nuclei are found.",
    )


def _few_nuclei(score: Score) -> QualityWarning | None:
    if score.total >= ENOUGH_NUCLEI:
        return None
    found = {0: "No nuclei were", 1: "Only 1 nucleus was"}.get(score.total, f"Only {score.total} nuclei were")
    return QualityWarning(
        "few_nuclei", f"{found} found; a Ki-67 index should rest on at least {ENOUGH_NUCLEI}."
    )


def _category_uncertain(score: Score) -> QualityWarning | None:
    if score.category_certain is not False or score.index_interval_percent is None:
        return None
    lowest, highest = score.index_interval_percent
    return QualityWarning(
        "category_uncertain",
        f"The 95 % interval of the index, {lowest:.1f} to {highest:.1f} %, reaches into another category "
        f"than {score.category}.",
    )
