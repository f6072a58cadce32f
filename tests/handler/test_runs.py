"""Runs measure labels as their pixels would."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from handler.runs import runs_of


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


def test_sums_beyond_31_bits_are_right() -> None:
    labels = np.zeros((3000, 3000), np.int32)
    labels[2990:, 2990:] = 1
    assert runs_of(labels, 1).means(np.full(labels.shape, 255, np.uint8)).tolist() == [255.0]
