"""Runs measure labels as their pixels would, and find what is not connected to a label's largest piece."""

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from handler.runs import astray, runs_of


def noise(seed: int, labels: int, shape: tuple[int, int] = (23, 31)) -> NDArray[np.int32]:
    return np.random.default_rng(seed).integers(0, labels + 1, shape, np.int32)


def drawn(*rows: str) -> NDArray[np.int32]:
    """Return labels drawn in digits, a point for background."""
    return np.array([[int(digit) for digit in row.replace(".", "0")] for row in rows], np.int32)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 12))
def test_areas_centres_and_means_are_those_of_the_pixels(seed: int, count: int) -> None:
    labels = noise(seed, count)
    plane = np.random.default_rng(seed).integers(0, 256, labels.shape, np.uint8)
    runs = runs_of(labels, count)
    for label in range(1, count + 1):
        rows, columns = np.nonzero(labels == label)
        assert runs.areas_px[label - 1] == len(rows)
        if len(rows):
            np.testing.assert_allclose(runs.centres_px[label - 1], (columns.mean(), rows.mean()))
            np.testing.assert_allclose(runs.means(plane)[label - 1], plane[rows, columns].mean())


def test_a_label_without_pixels_measures_nothing() -> None:
    runs = runs_of(drawn("1.", "3."), 3)
    assert runs.areas_px.tolist() == [1, 0, 1]
    assert runs.centres_px[1].tolist() == [0.0, 0.0]
    assert runs.means(np.full((2, 2), 9, np.uint8))[1] == 0.0


def test_runs_end_at_the_border_of_the_image_even_where_the_next_row_goes_on() -> None:
    runs = runs_of(drawn(".11", "1.."), 1)
    assert runs.rows.tolist() == [0, 1]
    assert (runs.lefts.tolist(), runs.rights.tolist()) == ([1, 0], [3, 1])


def without_what_is_astray(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    runs = runs_of(labels, int(labels.max()))
    kept = labels.copy()
    runs.where(astray(runs)).paint(kept, 0)
    return kept


def test_a_piece_that_only_touches_a_corner_or_a_foreign_label_is_astray() -> None:
    labels = drawn("11....", "11....", "..1221", "...221")
    assert without_what_is_astray(labels).tolist() == drawn("11....", "11....", "...22.", "...22.").tolist()


def test_rings_and_forks_are_in_one_piece() -> None:
    ring = drawn("111.2.2", "1.1.2.2", "111.222")
    assert (without_what_is_astray(ring) == ring).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 5))
def test_what_stays_of_noise_is_each_labels_largest_component(seed: int, count: int) -> None:
    labels = noise(seed, count)
    kept = without_what_is_astray(labels)
    for label in np.unique(labels[labels > 0]):
        of_label = (labels == label).astype(np.uint8)
        _, pieces, stats, _ = cv2.connectedComponentsWithStats(of_label, connectivity=4)
        stays = kept == label
        assert len(np.unique(pieces[stays])) == 1
        assert stays.sum() == stats[1:, cv2.CC_STAT_AREA].max()


def test_row_hulls_span_the_gaps_of_each_row() -> None:
    hulls = runs_of(drawn("1.1..", "11.22"), 2).row_hulls
    spans = zip(hulls.owners.tolist(), hulls.lefts.tolist(), hulls.rights.tolist(), strict=True)
    assert list(spans) == [(1, 0, 3), (1, 0, 2), (2, 3, 5)]
