"""Contours follow the outer edges of a nucleus's pixels, whose centres are whole numbers."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from handler.outlines import outlines
from handler.runs import runs_of
from tests.handler.drawn import probability_map

MAP = probability_map([], width=64, height=48, field_px_per_px=3)


def contour_of(pixels: NDArray[np.bool_]) -> NDArray[np.float32]:
    labels = pixels.astype(np.int32)
    (contour,) = outlines(MAP, labels, runs_of(labels, 1), np.array([1]))
    return contour


@pytest.mark.parametrize("radius", [4, 6, 8, 10, 12])
def test_a_contour_encloses_the_area_of_its_pixels(radius: int) -> None:
    ys, xs = np.mgrid[0:48, 0:64]
    disc = np.hypot(xs - 30.3, ys - 20.4) <= radius
    assert cv2.contourArea(contour_of(disc)) == pytest.approx(9 * disc.sum(), rel=0.08)


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 9), (9, 1), (2, 2)])
def test_the_thinnest_nucleus_has_its_four_corners(rows: int, columns: int) -> None:
    pixels = np.zeros(MAP.shape, bool)
    pixels[5 : 5 + rows, 7 : 7 + columns] = True
    contour = contour_of(pixels)
    assert len(contour) == 4
    assert contour.min(axis=0).tolist() == [7 * 3 - 0.5, 5 * 3 - 0.5]
    assert contour.max(axis=0).tolist() == [(7 + columns) * 3 - 0.5, (5 + rows) * 3 - 0.5]


def test_pixels_that_touch_at_corners_are_one_ring() -> None:
    contour = contour_of(np.eye(*MAP.shape, dtype=bool))
    assert contour.min(axis=0).tolist() == [-0.5, -0.5]
    assert contour.max(axis=0).tolist() == [48 * 3 - 0.5, 48 * 3 - 0.5]
    assert cv2.contourArea(contour) > 40 * 9
