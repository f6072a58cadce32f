"""Marks as sent in, points in pixels out: a polygon becomes the centroid of its area."""

from collections.abc import Sequence

import numpy as np

from gateway.learning.schemas import MarkIn
from gateway.learning.scores import Point
from gateway.problems import GatewayProblem

_SHOWN = 10


class OutsideImageProblem(GatewayProblem):
    status, code, title = 422, "mark-outside-image", "A mark lies outside the image"


def points_of(marks: Sequence[MarkIn], width_px: int, height_px: int) -> list[Point]:
    """Return x, y and class of each mark; raises OutsideImageProblem."""
    points: list[Point] = [(*_place(mark), mark.class_) for mark in marks]
    outside = [
        row for row, (x, y, _) in enumerate(points) if not (-1 <= x <= width_px and -1 <= y <= height_px)
    ]
    if outside:
        raise OutsideImageProblem(
            f"The image has {width_px} x {height_px} pixels; {len(outside)} marks lie outside.",
            errors=[{"pointer": f"#/marks/{row}", "detail": "outside the image"} for row in outside[:_SHOWN]],
        )
    return points


def centroid(polygon: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the centroid of a polygon's area (shoelace); of its corners where it has no area."""
    corners = np.array(polygon, np.float64)
    middle = corners.mean(axis=0)
    here = corners - middle
    following = np.roll(here, -1, axis=0)
    cross = here[:, 0] * following[:, 1] - following[:, 0] * here[:, 1]
    if abs(cross.sum()) < 1e-9:
        return float(middle[0]), float(middle[1])
    x, y = middle + ((here + following) * cross[:, None]).sum(axis=0) / (3 * cross.sum())
    return float(x), float(y)


def _place(mark: MarkIn) -> tuple[float, float]:
    if mark.polygon is not None:
        return centroid(mark.polygon)
    assert mark.x is not None and mark.y is not None  # noqa: S101 - checked where it came in
    return mark.x, mark.y
