"""Matching of marks and nuclei: one to one, as many as the project's own evaluation, near before far."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gateway.learning.matching import TooCrowdedError, pair
from training.matching import pair as evaluated_pair

RADIUS = 5.0
PLACE = st.floats(0, 30, allow_nan=False)
POINTS = st.lists(st.tuples(PLACE, PLACE), max_size=25).map(
    lambda points: np.array(points, np.float64).reshape(-1, 2)
)
FEW = settings(max_examples=150, derandomize=True, database=None, deadline=None)


@FEW
@given(POINTS, POINTS)
def test_as_many_pairs_as_the_evaluation_finds(
    marks: NDArray[np.float64], nuclei: NDArray[np.float64]
) -> None:
    assert len(pair(marks, nuclei, RADIUS).marks) == len(evaluated_pair(marks, nuclei, RADIUS)[0])


@FEW
@given(POINTS, POINTS)
def test_pairs_are_one_to_one_and_within_the_radius(
    marks: NDArray[np.float64], nuclei: NDArray[np.float64]
) -> None:
    found = pair(marks, nuclei, RADIUS)
    assert len(set(found.marks.tolist())) == len(set(found.nuclei.tolist())) == len(found.marks)
    assert (found.distances <= RADIUS).all()


@FEW
@given(POINTS, POINTS)
def test_who_is_matched_to_whom_does_not_change_how_many(
    marks: NDArray[np.float64], nuclei: NDArray[np.float64]
) -> None:
    assert len(pair(marks, nuclei, RADIUS).marks) == len(pair(nuclei, marks, RADIUS).marks)


@FEW
@given(POINTS)
def test_perfect_marks_find_everything(nuclei: NDArray[np.float64]) -> None:
    assert len(pair(nuclei, nuclei, RADIUS).marks) == len(nuclei)


def test_the_nearest_pair_comes_first() -> None:
    found = pair(np.array([[0.0, 0], [2, 0]]), np.array([[1.8, 0]]), RADIUS)
    assert (found.marks.tolist(), found.nuclei.tolist()) == ([1], [0])


def test_a_near_pair_gives_way_where_that_makes_room_for_one_more() -> None:
    found = pair(np.array([[0.0, 0], [4, 0]]), np.array([[3.0, 0], [8, 0]]), RADIUS)
    assert dict(zip(found.marks.tolist(), found.nuclei.tolist(), strict=True)) == {0: 0, 1: 1}


def test_twenty_thousand_marks_take_no_time_however_many_are_too_many() -> None:
    drawn = np.random.default_rng(5)
    started = time.process_time()
    pair(drawn.random((20_000, 2)) * 4_600, drawn.random((20_000, 2)) * 4_600, 24)
    pair(drawn.random((20_000, 2)) * 1_700, drawn.random((5_000, 2)) * 1_700, 20)
    assert time.process_time() - started < 10


def test_marks_heaped_on_one_spot_are_refused() -> None:
    heap = np.zeros((2_000, 2))
    with pytest.raises(TooCrowdedError):
        pair(heap, heap, RADIUS)
