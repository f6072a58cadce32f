"""Scores with known answers, and what holds for any marks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.learning.marks import centroid
from gateway.learning.progress import running_means
from gateway.learning.scores import CLASSES, Point, compare, outcome, scores

PLACE = st.floats(0, 60, allow_nan=False)
POINTS = st.lists(st.tuples(PLACE, PLACE, st.sampled_from(CLASSES)), max_size=20)
FEW = settings(max_examples=150, derandomize=True, database=None, deadline=None)
POSITIVE, NEGATIVE = CLASSES


@FEW
@given(POINTS.filter(bool))
def test_perfect_marks_score_one(points: list[Point]) -> None:
    apart = [(x + 100 * row, y, name) for row, (x, y, name) in enumerate(points)]
    found = scores(compare(apart, apart, 6))
    assert found["detection"]["f1"] == 1
    assert [found[name]["f1"] for name in CLASSES if found["counts"][name]] == [1] * len(
        {point[2] for point in apart}
    )
    assert (found["mislabelled"], found["index_difference_points"]) == (0, 0)


@FEW
@given(POINTS.filter(bool))
def test_marks_moved_beyond_the_radius_score_nothing(points: list[Point]) -> None:
    moved = [(x + 100, y, name) for x, y, name in points]
    assert scores(compare(moved, points, 6))["detection"]["f1"] == 0


@FEW
@given(POINTS, POINTS)
def test_marks_and_reference_exchanged_exchange_precision_and_recall(
    marks: list[Point], reference: list[Point]
) -> None:
    one, other = (scores(compare(*pair, 6))["detection"] for pair in ((marks, reference), (reference, marks)))
    assert (one["precision"], one["recall"], one["f1"]) == (other["recall"], other["precision"], other["f1"])


@FEW
@given(POINTS, POINTS)
def test_every_mark_and_every_nucleus_has_one_outcome(marks: list[Point], reference: list[Point]) -> None:
    found = outcome(compare(marks, reference, 6), 0.5)
    paired = found["right"] + found["mislabelled"]
    assert sorted(each["mark"] for each in paired + found["invented"]) == list(range(len(marks)))
    assert len(paired) + len(found["missed"]) == len(reference)


def test_a_mark_of_the_other_class_is_mislabelled_and_not_missed() -> None:
    compared = compare([(0, 0, POSITIVE)], [(1, 0, NEGATIVE)], 6)
    found, became = scores(compared), outcome(compared, 0.5)
    assert (found["detection"]["f1"], found["mislabelled"]) == (1, 1)
    assert (found[POSITIVE]["invented"], found[NEGATIVE]["missed"]) == (1, 1)
    assert (became["missed"], became["invented"]) == ([], [])
    assert found["index_difference_points"] == 100


def test_where_there_is_nothing_to_take_a_share_of_there_is_none() -> None:
    found = scores(compare([], [], 6))
    assert set(found["detection"].values()) == {0, None}
    assert found["index_difference_points"] is None


@pytest.mark.parametrize(
    ("polygon", "middle"),
    [
        ([(0, 0), (4, 0), (4, 2), (0, 2)], (2, 1)),
        ([(0, 0), (3, 0), (0, 3)], (1, 1)),
        ([(0, 0), (0, 2), (4, 2), (4, 0)], (2, 1)),
        ([(0, 0), (2, 2), (4, 4)], (2, 2)),
        ([(0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (4, 2), (0, 2)], (2, 1)),
    ],
)
def test_a_centroid_is_that_of_the_area(
    polygon: list[tuple[float, float]], middle: tuple[float, float]
) -> None:
    assert centroid(polygon) == pytest.approx(middle)


def test_running_means_leave_out_what_is_missing() -> None:
    series: list[dict[str, float | None]] = [{"f1": 1.0}, {"f1": None}, {"f1": 0.5}]
    assert [each["f1"] for each in running_means(series)] == [1.0, 1.0, 0.75]
