"""A field as uploaded and its scale in, the same field at the model's working resolution out."""

import cv2
import numpy as np
from numpy.typing import NDArray

from handler.errors import ImageTooLargeError, ImageTooSmallError
from handler.scale import Scale
from handler.spec import SamplingSpec

MOST_WORKING_PX = 16_000_000
"""A photograph of 64 megapixels at an objective of 40; some 320 tiles, minutes on two cores."""
MOST_WORKING_SIDE_PX = 20_000
LEAST_WORKING_SIDE_PX = 16

_HINT = "Check mpp or objective."


def working_size(width_px: int, height_px: int, scale: Scale, sampling: SamplingSpec) -> tuple[int, int]:
    """Return width and height at working resolution.

    Raises ImageTooLargeError or ImageTooSmallError where a field is nothing to score at this scale.
    """
    if sampling.whole_field_px is not None:
        return sampling.whole_field_px, sampling.whole_field_px
    factor = scale.mpp / sampling.working_mpp
    width, height = max(1, round(width_px * factor)), max(1, round(height_px * factor))
    if width * height > MOST_WORKING_PX or max(width, height) > MOST_WORKING_SIDE_PX:
        most_mm2 = MOST_WORKING_PX * sampling.working_mpp**2 / 1e6
        most_mm = MOST_WORKING_SIDE_PX * sampling.working_mpp / 1e3
        raise ImageTooLargeError(
            f"{_seen(width_px, height_px, scale)}; at most {most_mm2:g} mm² and {most_mm:g} mm a side are "
            f"scored at once. {_HINT} A larger field can be cut into several images."
        )
    if min(width, height) < LEAST_WORKING_SIDE_PX:
        least_um = LEAST_WORKING_SIDE_PX * sampling.working_mpp
        raise ImageTooSmallError(
            f"{_seen(width_px, height_px, scale)}; each side must be at least {least_um:g} µm. {_HINT}"
        )
    return width, height


def to_working_resolution(rgb: NDArray[np.uint8], size_px: tuple[int, int]) -> NDArray[np.uint8]:
    """Resample `rgb` (height, width, 3) to `size_px` (width, height): by area down, linearly up."""
    height, width = rgb.shape[:2]
    if size_px == (width, height):
        return rgb
    shrinks = size_px[0] <= width and size_px[1] <= height
    resampled = cv2.resize(rgb, size_px, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return np.asarray(resampled, np.uint8)


def _seen(width_px: int, height_px: int, scale: Scale) -> str:
    width_um, height_um = width_px * scale.mpp, height_px * scale.mpp
    return f"At {scale.mpp:g} µm per pixel the image shows {width_um:.0f} x {height_um:.0f} µm"
