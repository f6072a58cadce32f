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
_KERNEL_SIGMAS = 2.5
_MOST_SHARPNESS_PX = 1024
_LEAST_CONTRAST = 1.0
_STAINED_DENSITY = 0.3
_LEAST_STAINED_PX = 50
_SAMPLE_PX = 25_000


def _fan() -> tuple[NDArray[np.float32], float]:
    """Return axes (3, 3) across, along and off the fan of mixtures, and its width in degrees."""
    haematoxylin, dab = (np.array(stain) / np.linalg.norm(stain) for stain in (HAEMATOXYLIN, DAB))
    normal = np.cross(haematoxylin, dab) / np.linalg.norm(np.cross(haematoxylin, dab))
    axes = np.array([np.cross(normal, haematoxylin), haematoxylin, normal], np.float32)
    return axes, float(np.degrees(np.arccos(haematoxylin @ dab)))


_FAN, _FAN_WIDTH_DEGREES = _fan()


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
    glass = glass_level(rgb)
    hues, weights = _stained(rgb, glass)
    enough = len(hues) >= _LEAST_STAINED_PX
    return Appearance(
        sharpness=_sharpness(rgb),
        hue_distance_degrees=float(np.average(_to_stains(hues), weights=weights)) if enough else None,
        grey_distance_degrees=float(np.average(_to_grey(hues), weights=weights)) if enough else None,
        white_level=float(glass.max()),
    )


def _sharpness(rgb: NDArray[np.uint8]) -> float | None:
    grey = cv2.cvtColor(_middle(rgb), cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine, middle, coarse = (_blurred(grey, sigma) for sigma in (_FINE_PX, _MIDDLE_PX, _COARSE_PX))
    contrast = _difference(middle, coarse)
    return _difference(fine, middle) / contrast if contrast >= _LEAST_CONTRAST else None


def _middle(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the middle of a field, so that the blurs of a large one take bounded memory."""
    top, left = (max(0, size - _MOST_SHARPNESS_PX) // 2 for size in rgb.shape[:2])
    return rgb[top : top + _MOST_SHARPNESS_PX, left : left + _MOST_SHARPNESS_PX]


def _blurred(grey: NDArray[np.float32], sigma_px: float) -> cv2.typing.MatLike:
    side = 2 * round(_KERNEL_SIGMAS * sigma_px) + 1
    return cv2.GaussianBlur(grey, (side, side), sigma_px)


def _difference(one: cv2.typing.MatLike, other: cv2.typing.MatLike) -> float:
    """Return the root mean square of the difference of two images of one size."""
    return float(cv2.norm(one, other, cv2.NORM_L2)) / float(np.sqrt(one.size))


def _stained(
    rgb: NDArray[np.uint8], glass: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the stained pixels' optical densities as unit vectors (n, 3), and their lengths (n,)."""
    step = max(2, round((rgb.shape[0] * rgb.shape[1] / _SAMPLE_PX) ** 0.5))
    sample = np.ascontiguousarray(rgb[::step, ::step])
    density = np.maximum(optical_density(sample, glass).reshape(-1, 3), np.float32(0.0))
    length = np.sqrt(np.einsum("nc,nc->n", density, density))
    stained = length > _STAINED_DENSITY
    return density[stained] / length[stained, None], length[stained]


def _to_stains(hues: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return degrees from each hue (n, 3) to the nearest mixture of haematoxylin and DAB."""
    across, first, above = (hues @ _FAN.T).T
    along = np.degrees(np.arctan2(across, first))
    beside = np.maximum(np.maximum(-along, along - _FAN_WIDTH_DEGREES), 0.0)
    return np.asarray(np.hypot(beside, np.degrees(np.arcsin(above))), np.float64)


def _to_grey(hues: NDArray[np.float32]) -> NDArray[np.float64]:
    cosine = hues.sum(axis=1) / np.sqrt(3.0)
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))), np.float64)
