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

_DARKNESS = -np.log10((np.arange(256, dtype=np.float32) + 1.0) / 256.0)
_STAINED_DENSITY = (0.2, 1.6)
"""Pixels whose summed density exceeds the first and whose channels all stay below the second show a hue."""
_BLUEST_PERCENT = 12.0
_TRUST_IN_FIELD = 0.6
_LEAST_SAMPLE_PX = 200
_ROWS_AT_A_TIME = 64


@dataclass(frozen=True)
class FieldStain:
    """Optical densities (height, width) float32 of one field and the DAB density that divides its nuclei."""

    haematoxylin_density: NDArray[np.float32]
    dab_density: NDArray[np.float32]
    dab_threshold: float


def glass_level(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the brightest intensities a channel (3,) in 0..255, however dark the field."""
    sample = np.ascontiguousarray(rgb[::4, ::4])
    return np.array([_byte_percentile(sample, channel, 95.0) for channel in range(3)], np.float32)


def _byte_percentile(sample: NDArray[np.uint8], channel: int, percent: float) -> float:
    """Return what np.percentile would of one channel; a histogram has no need to sort."""
    histogram = cv2.calcHist([sample], [channel], None, [256], [0, 256])
    below = np.cumsum(histogram.reshape(-1), dtype=np.int64)
    place = (below[-1] - 1) * percent / 100.0
    first, second = np.searchsorted(below, (np.floor(place), np.ceil(place)), side="right")
    return float(first + (second - first) * (place % 1.0))


def optical_density(rgb: NDArray[np.uint8], glass: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the optical densities (height, width, 3) of `rgb` relative to clear glass (3,) in 0..255."""
    return np.asarray(cv2.LUT(rgb, _density_of_byte(glass)), np.float32)


def _density_of_byte(glass: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the optical density (1, 256, 3) of each intensity in each channel of a field."""
    white = np.log10((glass.clip(120, 255) + 1.0) / 256.0)
    return np.asarray((_DARKNESS[:, None] + white)[None], np.float32)


def haematoxylin_vector(density: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return this laboratory's haematoxylin (3,), between the textbook's and the field's bluest pixels.

    `density` (height, width, 3) holds the optical densities of a sample of the field.

    A greyer haematoxylin would otherwise leak into DAB and turn its nuclei positive. A field whose bluest
    pixels are brown has no haematoxylin to learn from and keeps the textbook's vector.
    """
    textbook = np.array(HAEMATOXYLIN)
    sample = _that_show_a_hue(density)
    if sample.shape[1] < _LEAST_SAMPLE_PX:
        return textbook
    hues = np.maximum(sample, np.float32(0.005))
    hues /= np.sqrt(np.square(hues).sum(axis=0))
    brownness = hues[2] - hues[0]
    bluest = hues.compress(brownness <= _percentile(brownness, _BLUEST_PERCENT), axis=1)
    measured = _unit(np.median(bluest, axis=1))
    trust = _TRUST_IN_FIELD * float(np.clip((0.05 - (measured[2] - measured[0])) / 0.2, 0, 1))
    return _unit((1 - trust) * textbook + trust * measured)


def _that_show_a_hue(density: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the densities (3, n) of those pixels that are neither too pale nor too dark to have a hue."""
    red, green, blue = (density[..., channel].ravel() for channel in range(3))
    stained = red + green + blue > _STAINED_DENSITY[0]
    stained &= np.maximum(np.maximum(red, green), blue) < _STAINED_DENSITY[1]
    return np.stack([channel[stained] for channel in (red, green, blue)])


def _percentile(values: NDArray[np.float32], percent: float) -> float:
    """Return what np.percentile would, in half its time."""
    place = (len(values) - 1) * percent / 100.0
    ends = int(np.floor(place)), int(np.ceil(place))
    below, above = np.partition(values, ends)[[*ends]]
    return float(below + (above - below) * (place % 1.0))


def _unit(vectors: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), np.float64)


def _unmixing(haematoxylin: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the matrix (3, 3) that turns optical densities into haematoxylin, DAB and residual."""
    residual = _unit(np.cross(haematoxylin, DAB))
    unmix = np.linalg.inv(np.array([haematoxylin, DAB, residual]))
    return np.ascontiguousarray(unmix.T, np.float32)


def measure_stain(rgb: NDArray[np.uint8], spec: StainSpec) -> FieldStain:
    """Unmix `rgb` (height, width, 3) uint8 at the working resolution into stain densities."""
    table = _density_of_byte(glass_level(rgb))
    sample = np.asarray(cv2.LUT(np.ascontiguousarray(rgb[::2, ::2]), table), np.float32)
    haematoxylin, dab = _unmixed(rgb, table, _unmixing(haematoxylin_vector(sample))[:2])
    level = spec.fraction * _percentile(dab[::2, ::2].ravel(), spec.percentile)
    return FieldStain(haematoxylin, dab, float(np.clip(level, spec.floor, spec.ceiling)))


def _unmixed(
    rgb: NDArray[np.uint8], table: NDArray[np.float32], unmix: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return haematoxylin and DAB densities (2, height, width), none below 0.

    Some rows at a time: the densities of three channels never leave the processor's cache.
    """
    stains = np.empty((len(unmix), *rgb.shape[:2]), np.float32)
    for top in range(0, len(rgb), _ROWS_AT_A_TIME):
        rows = np.s_[top : top + _ROWS_AT_A_TIME]
        density = cv2.LUT(rgb[rows], table)
        for stain, mixture in zip(stains, unmix, strict=True):
            np.maximum(cv2.transform(density, mixture[None]), 0.0, out=stain[rows])
    return stains
