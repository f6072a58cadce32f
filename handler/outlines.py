"""Labelled nuclei to field coordinates: labels in map pixels in, contours in pixels as uploaded out.

One search over the whole label image gives the border pixels of all nuclei, whose centres lie half a pixel
inside. Then all borders together move out to the edges of their pixels, and lose points that tell little.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from handler.nuclei import Contours
from handler.probability import ProbabilityMap
from handler.turns import CORNERS, CORNERS_OF_TURN, FIRST_CORNER, turn_of

_NEAR_LINE_PX = 0.35
"""A point no farther from the line between its neighbours may go, if these stay."""


def to_field(probability: ProbabilityMap, points: NDArray[np.floating]) -> NDArray[np.float32]:
    """Turn map coordinates (n, 2) x, y into pixels of the field; pixel centres are whole numbers."""
    scale_x, scale_y = probability.field_px_per_map_px
    field = np.empty(points.shape, np.float32)
    field[:, 0] = (points[:, 0] + 0.5) * scale_x - 0.5
    field[:, 1] = (points[:, 1] + 0.5) * scale_y - 0.5
    return field


def outlines(probability: ProbabilityMap, labels: NDArray[np.int32], wanted: NDArray[np.intp]) -> Contours:
    """Return the contours along the outer edges of the wanted labels, in field pixels.

    Each label must be in one piece, whose pixels connect over sides or corners; its holes are not told.
    """
    edges = _thinned(_moved_out(_borders(labels, wanted)))
    return Contours(to_field(probability, edges.points), np.cumsum(edges.lengths))


@dataclass(frozen=True)
class _Rings:
    """Closed polygons packed: `points` (p, 2) x, y, and how many of them, `lengths` (n,), each has."""

    points: NDArray[np.float32]
    lengths: NDArray[np.int64]

    def neighbours(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the numbers (p,) of the points before and after each point around its polygon."""
        before, after = np.arange(-1, len(self.points) - 1), np.arange(1, len(self.points) + 1)
        ends = np.cumsum(self.lengths)
        before[ends - self.lengths], after[ends - 1] = ends - 1, ends - self.lengths
        return before, after

    def where(self, chosen: NDArray[np.bool_]) -> "_Rings":
        """Return the rings without the points that are not chosen; each must keep one."""
        return _Rings(self.points[chosen], np.diff(np.cumsum(chosen)[np.cumsum(self.lengths) - 1], prepend=0))


def _counted(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 0, 1, ... up to each length in turn."""
    return np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)


def _borders(labels: NDArray[np.int32], wanted: NDArray[np.intp]) -> _Rings:
    """Return the outer border of each wanted label: the centres of the pixels where it turns."""
    framed = np.asarray(cv2.copyMakeBorder(labels, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0), np.int32)
    found, _ = cv2.findContours(framed, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    points = np.concatenate([np.zeros((0, 1, 2), np.int32), *found])[:, 0]
    lengths = np.fromiter(map(len, found), np.int64, len(found))
    starts = np.cumsum(lengths) - lengths
    # What is enclosed has borders as well; a label's outer border is the one that starts at its first pixel.
    places = points[starts] @ (1, framed.shape[1])
    latest_first = np.argsort(-places)
    border_of = np.zeros(int(labels.max()) + 1, np.intp)
    border_of[framed.reshape(-1)[places[latest_first]]] = latest_first
    chosen = border_of[wanted]
    taken = np.repeat(starts[chosen], lengths[chosen]) + _counted(lengths[chosen])
    return _Rings(points[taken].astype(np.float32) - 1, lengths[chosen])


def _moved_out(borders: _Rings) -> _Rings:
    """Return the borders along the outer edges of their pixels; steps of one pixel become slopes."""
    before, after = borders.neighbours()
    turns = turn_of(borders.points[after] - borders.points, before)
    corners = CORNERS_OF_TURN[turns]
    points = np.repeat(borders.points, corners, axis=0)
    points += CORNERS[np.repeat(FIRST_CORNER[turns], corners) + _counted(corners)]
    return _Rings(points, np.add.reduceat(corners, np.cumsum(borders.lengths) - borders.lengths))


def _thinned(rings: _Rings) -> _Rings:
    """Leave out every other point where it lies near the line between its neighbours."""
    before, after = rings.neighbours()
    (x, y), (x0, y0), (x1, y1) = (rings.points.T, rings.points[before].T, rings.points[after].T)
    twice_area = np.abs((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0))
    near = twice_area <= _NEAR_LINE_PX * np.hypot(x1 - x0, y1 - y0)
    every_other = _counted(rings.lengths) % 2 == 1
    enough = np.repeat(rings.lengths > 4, rings.lengths)
    return rings.where(~(near & every_other & enough))
