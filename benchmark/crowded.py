"""A crowded field: how many nuclei and how large a map in, the probability map of a perfect network out.

What decoding costs grows with nuclei and pixels; a real field of 1228 x 1228 pixels holds some hundreds.
"""

import numpy as np
from numpy.typing import NDArray

from handler.probability import ProbabilityMap

WORKING_MPP = 0.5
_FIELD_PX_PER_MAP_PX = 2
_JITTER_PX = 0.7
_RADIUS_SHARE = 0.46
"""Radius of a nucleus in distances between nuclei: neighbours nearly touch, and with jitter they do."""
_POSITIVE_SHARE = 0.3
_SURE, _UNLIKELY, _STAINED, _UNSTAINED = 250, 3, 90, 5


def crowded_map(side_px: int = 614, nuclei: int = 2000, seed: int = 0) -> ProbabilityMap:
    """Return a map (side_px, side_px) at the working resolution with round nuclei on a jittered grid."""
    rng = np.random.default_rng(seed)
    centres, pitch = _centres(rng, side_px, nuclei)
    radius = pitch * _RADIUS_SHARE
    is_positive = rng.random(nuclei) < _POSITIVE_SHARE
    distance, nearest = _nearest(side_px, centres, radius)
    inside, positive = distance < 1.0, is_positive[nearest]
    return ProbabilityMap(
        immunonegative=_plane(inside, np.where(positive, _UNLIKELY, _SURE)),
        immunopositive=_plane(inside, np.where(positive, _SURE, _UNLIKELY)),
        interior=np.asarray(255 * np.clip(1.0 - distance, 0.0, 1.0), np.uint8),
        dab_density=np.where(inside & positive, _STAINED, _UNSTAINED).astype(np.uint8),
        dab_threshold=0.3,
        field_width_px=side_px * _FIELD_PX_PER_MAP_PX,
        field_height_px=side_px * _FIELD_PX_PER_MAP_PX,
        field_mpp=WORKING_MPP / _FIELD_PX_PER_MAP_PX,
    )


def _plane(inside: NDArray[np.bool_], levels: NDArray[np.integer]) -> NDArray[np.uint8]:
    return np.where(inside, levels, 0).astype(np.uint8)


def _centres(rng: np.random.Generator, side_px: int, nuclei: int) -> tuple[NDArray[np.float64], float]:
    """Return centres (nuclei, 2) x, y in map pixels, and the distance between neighbours."""
    columns = int(np.ceil(nuclei**0.5))
    pitch = side_px / columns
    row, column = np.divmod(np.arange(nuclei), columns)
    grid = (np.stack([column, row], 1) + 0.5) * pitch
    return np.floor(grid + rng.normal(0.0, _JITTER_PX, grid.shape)), pitch


def _nearest(
    side_px: int, centres: NDArray[np.float64], radius: float
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return for each pixel the distance to the nearest centre, in radii, and that centre's number."""
    distance, nearest = np.full((side_px, side_px), np.inf), np.zeros((side_px, side_px), np.intp)
    reach = int(np.ceil(radius))
    for number, (x, y) in enumerate(centres.astype(int)):
        window = np.s_[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
        height, width = distance[window].shape
        rows, columns = np.ogrid[window]
        here = np.hypot(rows[:height] - y, columns[:, :width] - x) / radius
        nearest[window][here < distance[window]] = number
        np.minimum(distance[window], here, out=distance[window])
    return distance, nearest
