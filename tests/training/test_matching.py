"""Found nuclei pair with annotated points once each, and lymphocytes neither help nor harm."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.annotations import Annotation
from training.matching import Detections, match, pair

Points = list[tuple[float, float]]
coordinates = st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), max_size=12)


def detections(points: Points, labels: list[int]) -> Detections:
    return Detections(np.array(points, float).reshape(-1, 2), np.array(labels, np.int64))


def annotation(points: Points, labels: list[int]) -> Annotation:
    return Annotation(np.array(points, float).reshape(-1, 2), np.array(labels, np.int64))


def test_two_detections_on_one_point_match_once() -> None:
    result = match(detections([(10, 10), (12, 10)], [1, 1]), annotation([(11, 10)], [1]), 6.0)
    assert len(result.found) == 1
    assert len(result.invented) == 1


def test_a_pair_farther_than_the_radius_does_not_match() -> None:
    result = match(detections([(0, 0)], [1]), annotation([(6.1, 0)], [1]), 6.0)
    assert len(result.found) == 0
    assert (len(result.invented), len(result.missed)) == (1, 1)


def test_the_assignment_finds_the_most_pairs_where_greedy_nearest_would_not() -> None:
    rows, columns = pair(np.array([[0.0, 0.0], [4.0, 0.0]]), np.array([[3.0, 0.0], [9.0, 0.0]]), 6.0)
    assert sorted(zip(rows.tolist(), columns.tolist(), strict=True)) == [(0, 0), (1, 1)]


def test_a_detection_on_a_lymphocyte_is_excused() -> None:
    result = match(detections([(50, 50)], [2]), annotation([(52, 50)], [3]), 6.0)
    assert len(result.excused) == 1
    assert len(result.invented) == len(result.missed) == 0


@given(coordinates, coordinates)
def test_nobody_is_paired_twice_and_all_are_accounted_for(found: Points, truth: Points) -> None:
    result = match(detections(found, [1] * len(found)), annotation(truth, [2] * len(truth)), 10.0)
    assert len(set(result.found.tolist())) == len(result.found) == len(set(result.truth.tolist()))
    assert len(result.found) + len(result.invented) + len(result.excused) == len(found)
    assert len(result.truth) + len(result.missed) == len(truth)


@given(coordinates, st.randoms())
def test_the_order_of_points_does_not_matter(points: Points, random: st.DataObject) -> None:
    shuffled = points.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    truth = annotation([(20, 20), (25, 20), (60, 70)], [1, 2, 2])
    first = match(detections(points, [1] * len(points)), truth, 10.0)
    second = match(detections(shuffled, [1] * len(points)), truth, 10.0)
    assert len(first.found) == len(second.found)
