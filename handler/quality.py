"""What the user should know before trusting a score: field, scale and score in, warnings out.

The limits on a photograph lie outside of what real fields of two laboratories and phantoms measure, and
inside of what the same fields measure after blur of 1.5 µm, other stains or lost colour.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from handler.appearance import Appearance, measure_appearance
from handler.scale import Scale
from handler.scoring import Score

WarningCode = Literal["assumed_scale", "few_nuclei", "category_uncertain", "blur", "unusual_colours"]

ENOUGH_NUCLEI = 500
"""Fewer are below the International Ki67 in Breast Cancer Working Group's recommendation for counting."""

LEAST_SHARPNESS = 0.38
MOST_HUE_DISTANCE_DEGREES = 11.0
LEAST_GREY_DISTANCE_DEGREES = 2.5
LEAST_WHITE_LEVEL = 120.0


@dataclass(frozen=True)
class QualityWarning:
    """A stable `code` for programs and a `detail` for people."""

    code: WarningCode
    detail: str


def score_warnings(scale: Scale, score: Score) -> tuple[QualityWarning, ...]:
    """Return what follows from scale and counts alone; asked again when thresholds change."""
    found = (_assumed_scale(scale), _few_nuclei(score), _category_uncertain(score))
    return tuple(warning for warning in found if warning)


def image_warnings(working_rgb: NDArray[np.uint8]) -> tuple[QualityWarning, ...]:
    """Return what the photograph itself (height, width, 3), at the working resolution, gives cause for."""
    appearance = measure_appearance(working_rgb)
    found = (_blur(appearance), _unusual_colours(appearance))
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


def _blur(appearance: Appearance) -> QualityWarning | None:
    if appearance.sharpness is None or appearance.sharpness >= LEAST_SHARPNESS:
        return None
    return QualityWarning(
        "blur",
        "The field looks out of focus, or was enlarged; nuclei may be missed or run together. "
        "Check the focus and the scale.",
    )


def _unusual_colours(appearance: Appearance) -> QualityWarning | None:
    reason = _colour_reason(appearance)
    if reason is None:
        return None
    return QualityWarning(
        "unusual_colours",
        f"{reason}; the model knows haematoxylin and DAB under a bright field only. "
        "Check stain, exposure and white balance.",
    )


def _colour_reason(appearance: Appearance) -> str | None:
    hue, grey = appearance.hue_distance_degrees, appearance.grey_distance_degrees
    if appearance.white_level < LEAST_WHITE_LEVEL:
        return "The field is dark"
    if grey is not None and grey < LEAST_GREY_DISTANCE_DEGREES:
        return "The field has no colours"
    if hue is not None and hue > MOST_HUE_DISTANCE_DEGREES:
        return "The colours are not those of haematoxylin and DAB"
    return None
