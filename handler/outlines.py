"""Labelled nuclei to field coordinates: labels and their runs in, contours in pixels as uploaded out.

    compact nuclei: the ends of their rows, down the left side and up the right --+
                                                                                  +-> fewer points -> field
    nuclei with bays: findContours -> borders moved out to the pixels' edges -----+

All nuclei are outlined at once. Most are compact; only for the others an image is searched.
"""

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from handler.nuclei import Contours
from handler.probability import ProbabilityMap
from handler.runs import Runs, counted
from handler.turns import CORNERS, CORNERS_OF_TURN, FIRST_CORNER, direction_of, turn_of

AnyKind = TypeVar("AnyKind", bound=np.generic)

_NEAR_LINE_PX = 0.35
"""A point no farther from the line between its neighbours may go, if these stay."""
_MOST_FILLED = 0.1
"""Up to this share of its area may lie in gaps of its rows before a nucleus is no longer compact."""


def to_field(probability: ProbabilityMap, points: NDArray[np.floating]) -> NDArray[np.float32]:
    """Turn map coordinates (n, 2) x, y into pixels of the field; pixel centres are whole numbers."""
    scale_x, scale_y = probability.field_px_per_map_px
    field = np.empty(points.shape, np.float32)
    field[:, 0] = (points[:, 0] + 0.5) * scale_x - 0.5
    field[:, 1] = (points[:, 1] + 0.5) * scale_y - 0.5
    return field


def outlines(
    probability: ProbabilityMap, labels: NDArray[np.int32], runs: Runs, wanted: NDArray[np.intp]
) -> Contours:
    """Return the contours along the outer edges of the `wanted` labels (n,), ascending, in field pixels.

    Each label must be in one piece, whose pixels connect over sides or corners; its holes are not told.
    """
    hulls = runs.row_hulls
    filled = np.bincount(hulls.owners, hulls.rights - hulls.lefts, runs.count + 1)[1:] - runs.areas_px
    compact = (filled <= _MOST_FILLED * runs.areas_px)[wanted - 1]
    rings = _row_ends(hulls, wanted[compact])
    if not compact.all():
        traced = _moved_out(_borders(labels, wanted[~compact]))
        order = np.argsort(np.concatenate([wanted[compact], wanted[~compact]]))
        rings = _Rings.joined(rings, traced).reordered(order)
    edges = _thinned(rings)
    return Contours(to_field(probability, edges.points), np.cumsum(edges.lengths))


@dataclass(frozen=True)
class _Rings:
    """Closed polygons packed: `points` (p, 2) x, y, and how many of them, `lengths` (n,), each has."""

    points: NDArray[np.float32]
    lengths: NDArray[np.int64]

    @classmethod
    def joined(cls, one: "_Rings", other: "_Rings") -> "_Rings":
        """Return the polygons of two."""
        points = np.concatenate([one.points, other.points])
        return cls(points, np.concatenate([one.lengths, other.lengths]))

    @property
    def starts(self) -> NDArray[np.int64]:
        """Where each polygon's points start (n,)."""
        return np.cumsum(self.lengths) - self.lengths

    def reordered(self, order: NDArray[np.intp]) -> "_Rings":
        """Return the polygons numbered in `order`, which may leave some out."""
        lengths = self.lengths[order]
        return _Rings(self.points[np.repeat(self.starts[order], lengths) + counted(lengths)], lengths)

    def before(self, values: NDArray[AnyKind]) -> NDArray[AnyKind]:
        """Return what each point's predecessor around its polygon has, of values (p,) one a point."""
        moved, starts = np.roll(values, 1), self.starts
        moved[starts] = values[starts + self.lengths - 1]
        return moved

    def after(self, values: NDArray[AnyKind]) -> NDArray[AnyKind]:
        """Return what each point's successor around its polygon has, of values (p,) one a point."""
        moved, starts = np.roll(values, -1), self.starts
        moved[starts + self.lengths - 1] = values[starts]
        return moved


def _row_ends(hulls: Runs, wanted: NDArray[np.intp]) -> _Rings:
    """Return polygons through the ends of the labels' rows, with corners at their tops and bottoms."""
    is_wanted = np.zeros(hulls.count + 1, np.bool_)
    is_wanted[wanted] = True
    rows = hulls.where(is_wanted[hulls.owners])
    number = np.bincount(rows.owners, minlength=hulls.count + 1)[wanted]
    rings = _Rings(np.empty((2 * len(rows.rows) + 4 * len(wanted), 2), np.float32), 2 * number + 4)
    first, row = rings.starts, counted(number)
    left, right = rows.lefts - 0.5, rows.rights - 0.5
    down = np.repeat(first, number) + row
    up = np.repeat(first + rings.lengths - 3, number) - row
    for places, x in ((down, left), (up, right)):
        rings.points[places, 0], rings.points[places, 1] = x, rows.rows
    last = np.cumsum(number) - 1
    top = last - number + 1
    for corner, x, y in (
        (first + number, left[last], rows.rows[last] + 0.5),
        (first + number + 1, right[last], rows.rows[last] + 0.5),
        (first + rings.lengths - 2, right[top], rows.rows[top] - 0.5),
        (first + rings.lengths - 1, left[top], rows.rows[top] - 0.5),
    ):
        rings.points[corner, 0], rings.points[corner, 1] = x, y
    return rings


def _borders(labels: NDArray[np.int32], wanted: NDArray[np.intp]) -> _Rings:
    """Return the outer border of each wanted label: the centres of the pixels where it turns."""
    names = np.zeros(int(labels.max()) + 1, np.int32)
    names[wanted] = np.arange(1, len(wanted) + 1)
    framed = cv2.copyMakeBorder(names.take(labels), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    found, _ = cv2.findContours(framed, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    lengths = np.fromiter(map(len, found), np.int64, len(found))
    borders = _Rings(np.concatenate(found)[:, 0].astype(np.float32) - 1, lengths)
    # What is enclosed has borders as well; a label's outer border is the one that starts at its first pixel.
    places = (borders.points[borders.starts].astype(np.intp) + 1) @ (1, framed.shape[1])
    latest_first = np.argsort(-places)
    outer = np.zeros(len(wanted) + 1, np.intp)
    outer[framed.reshape(-1)[places[latest_first]]] = latest_first
    return borders.reordered(outer[1:])


def _moved_out(borders: _Rings) -> _Rings:
    """Return the borders along the outer edges of their pixels; steps of one pixel become slopes."""
    x, y = borders.points.T
    directions = direction_of(borders.after(x) - x, borders.after(y) - y)
    turns = turn_of(borders.before(directions), directions)
    corners = CORNERS_OF_TURN[turns]
    points = np.repeat(borders.points, corners, axis=0)
    points += CORNERS[np.repeat(FIRST_CORNER[turns], corners) + counted(corners)]
    return _Rings(points, np.add.reduceat(corners, borders.starts))


def _every_other(rings: _Rings, value: float) -> NDArray[np.float32]:
    """Return `value` for every second point (p,) of each polygon, 0 for the others."""
    alternate = np.zeros(len(rings.points), np.float32)
    if (rings.lengths & 1).any():
        alternate[counted(rings.lengths) & 1 == 1] = value
    else:
        alternate[1::2] = value
    return alternate


def _thinned(rings: _Rings) -> _Rings:
    """Leave out points on the line between their neighbours, and every other one that lies near it."""
    if not len(rings.points):
        return rings
    x, y = (np.ascontiguousarray(along) for along in rings.points.T)
    last_x, last_y = rings.before(x), rings.before(y)
    ahead_x, ahead_y = rings.after(x) - last_x, rings.after(y) - last_y
    twice_area = ahead_x * (y - last_y) - ahead_y * (x - last_x)
    least = _every_other(rings, _NEAR_LINE_PX**2) * (ahead_x * ahead_x + ahead_y * ahead_y)
    stays = twice_area * twice_area > least
    return _Rings(rings.points[stays], np.add.reduceat(stays, rings.starts, dtype=np.int64))
