"""How a border of pixels turns at a pixel: the directions before and after in, corners on its outer edge out.

A border goes through the centres of pixels in eight directions, outside on its right hand (seen with y
downwards, it runs down a nucleus' left side). Straight sides move out by half a pixel; a slope moves to the
middles of the pixels' edges that it cuts, so that as much is taken off the steps as is added.
"""

import numpy as np
from numpy.typing import NDArray

Vector = tuple[int, int]

_DIRECTIONS: tuple[Vector, ...] = tuple((x, y) for x in (-1, 0, 1) for y in (-1, 0, 1))
_STILL = _DIRECTIONS.index((0, 0))
_PIXEL = ((-0.5, -0.5), (-0.5, 0.5), (0.5, 0.5), (0.5, -0.5))


def direction_of(x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the number (p,) of the direction in which each way x, y leads."""
    return (3 * np.sign(x) + np.sign(y)).astype(np.int64) + _STILL


def turn_of(coming: NDArray[np.int64], going: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number (p,) of each turn, from the numbers of the directions before and after it."""
    return coming * len(_DIRECTIONS) + going


def _outwards(way: Vector) -> NDArray[np.float64]:
    """Return from a pixel's centre the shortest way to the edge line of a border that goes this way."""
    x, y = way
    return np.asarray(np.array([-y, x]) * (0.25 if x and y else 0.5), np.float64)


def _corners(coming: Vector, going: Vector) -> list[NDArray[np.float64]]:
    """Return the corners of the edge line around a pixel, from its centre."""
    if coming == going:
        return [np.array(corner) for corner in _PIXEL] if coming == (0, 0) else []
    out_before, out_after = _outwards(coming), _outwards(going)
    cosine = np.dot(coming, going)
    if cosine < 0:
        return [out_before + _half(coming), out_after - _half(going)]
    if cosine == 0:
        return [out_before + out_after]
    return [out_before if 0 in coming else out_after]


def _half(way: Vector) -> NDArray[np.float64]:
    return np.asarray(np.array(way) * np.abs(_outwards(way)).max(), np.float64)


_TURNS = [_corners(coming, going) for coming in _DIRECTIONS for going in _DIRECTIONS]
CORNERS_OF_TURN = np.array([len(corners) for corners in _TURNS])
FIRST_CORNER = np.cumsum(CORNERS_OF_TURN) - CORNERS_OF_TURN
CORNERS = np.array([corner for corners in _TURNS for corner in corners], np.float32)
"""The corners of all turns; a turn's are those from its `FIRST_CORNER`, `CORNERS_OF_TURN` of them."""
