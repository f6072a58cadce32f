"""Stain densities of a field: RGB in, haematoxylin and DAB densities and the field's DAB threshold out.

Colour deconvolution after Ruifrok and Johnston (2001): absorbances of stains add up (Beer-Lambert), so
optical densities unmix by the inverse of the stain matrix. How strongly a laboratory stains is unknown,
hence the threshold between immunonegative and immunopositive is taken relative to the field itself.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from handler.spec import StainSpec

HAEMATOXYLIN = (0.650, 0.704, 0.286)
DAB = (0.268, 0.570, 0.776)
_RESIDUAL = tuple(np.cross(HAEMATOXYLIN, DAB) / np.linalg.norm(np.cross(HAEMATOXYLIN, DAB)))
_UNMIX = np.linalg.inv(np.array([HAEMATOXYLIN, DAB, _RESIDUAL])).astype(np.float32)


@dataclass(frozen=True)
class FieldStain:
    """Optical densities (height, width) float32 of one field and the DAB density that divides its nuclei."""

    haematoxylin_density: NDArray[np.float32]
    dab_density: NDArray[np.float32]
    dab_threshold: float


def white_level(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the field's background intensity a channel (3,) in 0..255: clear glass."""
    sample = rgb[::4, ::4].reshape(-1, 3)
    return np.percentile(sample, 95, axis=0).clip(120, 255).astype(np.float32)


def measure_stain(rgb: NDArray[np.uint8], spec: StainSpec) -> FieldStain:
    """Unmix `rgb` (height, width, 3) uint8 at the working resolution into stain densities."""
    table = -np.log10((np.arange(256, dtype=np.float32) + 1.0) / 256.0)
    white = np.log10((white_level(rgb) + 1.0) / 256.0).astype(np.float32)
    density = cv2.LUT(rgb, table) + white
    unmixed = cv2.transform(density, np.ascontiguousarray(_UNMIX.T))
    haematoxylin = np.maximum(unmixed[..., 0], 0.0)
    dab = np.maximum(unmixed[..., 1], 0.0)
    level = spec.fraction * float(np.percentile(dab[::2, ::2], spec.percentile))
    return FieldStain(haematoxylin, dab, float(np.clip(level, spec.floor, spec.ceiling)))
