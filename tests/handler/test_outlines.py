"""Contours follow the outer edges of a nucleus's pixels, whose centres are whole numbers."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
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


def test_a_bay_is_outlined_and_a_hole_is_not() -> None:
    pixels = np.zeros(MAP.shape, bool)
    pixels[10:30, 10:40] = True
    pixels[15:30, 20:30] = False
    pixels[12:14, 12:14] = False
    contour = contour_of(pixels)
    assert cv2.contourArea(contour) == pytest.approx(9 * (20 * 30 - 15 * 10), rel=0.02)


@pytest.mark.parametrize("way", [1, -1], ids=["down", "up"])
def test_neighbours_share_an_edge_and_do_not_overlap(way: int) -> None:
    labels = np.zeros(MAP.shape, np.int32)
    ys, xs = np.mgrid[0:48, 0:64]
    labels[np.hypot(xs - 32, ys - 24) < 15] = 1
    labels[(labels == 1) & (xs + way * ys > 32 + way * 24)] = 2
    areas = [
        cv2.contourArea(contour) for contour in outlines(MAP, labels, runs_of(labels, 2), np.array([1, 2]))
    ]
    assert areas == pytest.approx([9 * (labels == label).sum() for label in (1, 2)], rel=0.03)


def test_contours_come_in_the_order_asked_for_compact_or_not() -> None:
    labels = np.zeros(MAP.shape, np.int32)
    labels[2:10, 2:10], labels[2:20, 20:40], labels[30:40, 2:12], labels[30:40, 30:40] = 1, 2, 3, 4
    labels[6:20, 26:34] = 0
    contours = outlines(MAP, labels, runs_of(labels, 4), np.array([1, 2, 4]))
    assert [contour.min(axis=0).tolist() for contour in contours] == [[5.5, 5.5], [59.5, 5.5], [89.5, 89.5]]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1000))
def test_any_piece_lies_within_its_contour(seed: int) -> None:
    speckled = np.random.default_rng(seed).random(MAP.shape) < 0.6
    pieces = cv2.connectedComponents(speckled.astype(np.uint8), connectivity=4)[1]
    largest = pieces == np.argmax(np.bincount(pieces[speckled]))
    contour = contour_of(largest)
    rows, columns = np.nonzero(largest)
    assert contour.min(axis=0).tolist() == pytest.approx(
        [columns.min() * 3 - 0.5, rows.min() * 3 - 0.5], abs=2
    )
    assert contour.max(axis=0).tolist() == pytest.approx(
        [columns.max() * 3 + 2.5, rows.max() * 3 + 2.5], abs=2
    )
    ring = contour.astype(np.float32)
    inside = [
        cv2.pointPolygonTest(ring, (3.0 * x + 1, 3.0 * y + 1), True)
        for x, y in zip(columns, rows, strict=True)
    ]
    assert min(inside) >= -2.0
