"""How a field looks, in three numbers: RGB at the working resolution in, sharpness, hue and brightness out.

All three judge the photograph and not the tissue: they hardly change with how many nuclei there are or how
strongly they are stained.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from handler.stain import DAB, HAEMATOXYLIN, glass_level, optical_density

_FINE_PX, _MIDDLE_PX, _COARSE_PX = 1.0, 2.0, 4.0
_LEAST_CONTRAST = 1.0
_STAINED_DENSITY = 0.3
_LEAST_STAINED_PX = 50
_SAMPLE_PX = 25_000


@dataclass(frozen=True)
class Appearance:
    """Measures of one photograph; None where there is too little to measure it on.

    `sharpness`: strength of detail of 1 to 2 working pixels over that of 2 to 4. `hue_distance_degrees`:
    mean angle between the stained pixels' optical densities and the fan of haematoxylin and DAB.
    `grey_distance_degrees`: mean angle to neutral grey. `white_level`: the clear glass' intensity, 0..255.
    """

    sharpness: float | None
    hue_distance_degrees: float | None
    grey_distance_degrees: float | None
    white_level: float


def measure_appearance(rgb: NDArray[np.uint8]) -> Appearance:
    """Measure `rgb` (height, width, 3) at the working resolution."""
    hues, weights = _stained(rgb)
    enough = len(hues) >= _LEAST_STAINED_PX
    return Appearance(
        sharpness=_sharpness(rgb),
        hue_distance_degrees=float(np.average(_to_stains(hues), weights=weights)) if enough else None,
        grey_distance_degrees=float(np.average(_to_grey(hues), weights=weights)) if enough else None,
        white_level=float(glass_level(rgb).max()),
    )


def _sharpness(rgb: NDArray[np.uint8]) -> float | None:
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine, middle, coarse = (
        cv2.GaussianBlur(grey, (0, 0), sigma) for sigma in (_FINE_PX, _MIDDLE_PX, _COARSE_PX)
    )
    contrast = _difference(middle, coarse)
    return _difference(fine, middle) / contrast if contrast >= _LEAST_CONTRAST else None


def _difference(one: cv2.typing.MatLike, other: cv2.typing.MatLike) -> float:
    """Return the root mean square of the difference of two images of one size."""
    return float(cv2.norm(one, other, cv2.NORM_L2)) / float(np.sqrt(one.size))


def _stained(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the stained pixels' optical densities as unit vectors (n, 3), and their lengths (n,)."""
    step = max(2, round((rgb.shape[0] * rgb.shape[1] / _SAMPLE_PX) ** 0.5))
    sample = np.ascontiguousarray(rgb[::step, ::step])
    density = np.maximum(optical_density(sample).reshape(-1, 3), np.float32(0.0))
    length = np.sqrt(np.square(density).sum(axis=1))
    stained = length > _STAINED_DENSITY
    return density[stained] / length[stained, None], length[stained]


def _to_stains(hues: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return degrees from each hue (n, 3) to the nearest mixture of haematoxylin and DAB."""
    haematoxylin, dab = (np.array(stain) / np.linalg.norm(stain) for stain in (HAEMATOXYLIN, DAB))
    normal = np.cross(haematoxylin, dab) / np.linalg.norm(np.cross(haematoxylin, dab))
    along = np.degrees(np.arctan2(hues @ np.cross(normal, haematoxylin), hues @ haematoxylin))
    width = np.degrees(np.arccos(haematoxylin @ dab))
    beside = np.maximum(np.maximum(-along, along - width), 0.0)
    return np.asarray(np.hypot(beside, np.degrees(np.arcsin(hues @ normal))), np.float64)


def _to_grey(hues: NDArray[np.float32]) -> NDArray[np.float64]:
    cosine = hues.sum(axis=1) / np.sqrt(3.0)
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))), np.float64)
