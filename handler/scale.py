"""How large a pixel is on the slide: what the caller, the file and the model say in, one `Scale` out."""

from dataclasses import dataclass
from typing import Literal

MPP_RANGE = (0.05, 5.0)
"""Microns per pixel that a microscope image can have; outside it a number is a mistake."""

OBJECTIVE_RANGE = (2.0, 200.0)
_MICRONS_PER_PIXEL_AT_1X = 10.0

ScaleSource = Literal["request", "file", "assumed"]


@dataclass(frozen=True)
class Scale:
    """Microns per pixel of a field as uploaded, and who said so."""

    mpp: float
    source: ScaleSource


def mpp_of_objective(objective: float) -> float:
    """Return the usual microns per pixel of an objective: 40x is 0.25, 20x is 0.5."""
    return _MICRONS_PER_PIXEL_AT_1X / objective


def choose_scale(
    request_mpp: float | None, objective: float | None, file_mpp: float | None, default_mpp: float
) -> Scale:
    """Take the first that is known: the request's mpp, its objective, the file's; else assume the default.

    Whoever set the default knows no single image, so a default stays assumed.
    """
    if request_mpp is not None:
        return Scale(request_mpp, "request")
    if objective is not None:
        return Scale(mpp_of_objective(objective), "request")
    if file_mpp is not None:
        return Scale(file_mpp, "file")
    return Scale(default_mpp, "assumed")
