"""How densely sure nuclei lie around each nucleus: centres and how sure they are in, nuclei per 1000 um2 out.

Tumour grows in nests. A doubtful nucleus among sure ones is likely one of them; the same smudge alone in
stroma is likely none.
"""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

_CELL_UM = 4.0
_UNIT_UM2 = 1000.0


def crowding(
    centres_um: NDArray[np.float64],
    sureness: NDArray[np.float64],
    size_um: tuple[float, float],
    radius_um: float,
) -> NDArray[np.float64]:
    """Return for each nucleus (n,) the summed sureness (n,) of the others within a radius, per 1000 um2.

    `centres_um` (n, 2) is x, y and `size_um` width and height of the field; only what lies within the field
    counts as area.
    """
    columns, rows = (max(1, int(np.ceil(side / _CELL_UM))) for side in size_um)
    at_x, at_y = (np.floor(centres_um / _CELL_UM).astype(int).clip(0, (columns - 1, rows - 1))).T
    sure = np.zeros((rows, columns), np.float32)
    np.add.at(sure, (at_y, at_x), sureness)
    reach = radius_um / _CELL_UM
    others = np.maximum(_summed(sure, reach)[at_y, at_x] - sureness, 0.0)
    cells = np.maximum(_cells_within(rows, columns, reach)[at_y, at_x], 1.0)
    return np.asarray(others / (cells * _CELL_UM**2) * _UNIT_UM2, np.float64)


@lru_cache(maxsize=8)
def _cells_within(rows: int, columns: int, radius: float) -> NDArray[np.float32]:
    """Return how many cells of a field (rows, columns) lie within reach of each; many are of one size."""
    return _summed(np.ones((rows, columns), np.float32), radius)


def _summed(grid: NDArray[np.float32], radius: float) -> NDArray[np.float32]:
    disc = _disc(radius)
    return np.asarray(cv2.filter2D(grid, cv2.CV_32F, disc, borderType=cv2.BORDER_CONSTANT), np.float32)


def _disc(radius: float) -> NDArray[np.float32]:
    reach = int(radius)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    return np.asarray(x * x + y * y <= radius * radius, np.float32)
