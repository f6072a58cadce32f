import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.arithmetic import by_round, percentile, share_inside


def test_the_percentile_lies_between_neighbours() -> None:
    assert percentile([40.0, 10.0, 30.0, 20.0], 50) == 25.0
    assert percentile([10.0, 20.0], 95) == pytest.approx(19.5)
    assert percentile([7.0], 95) == 7.0


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_the_outermost_percentiles_are_least_and_largest(values: list[float]) -> None:
    assert percentile(values, 0) == min(values)
    assert percentile(values, 100) == max(values)


def test_what_was_measured_in_the_same_round_is_compared() -> None:
    assert by_round([4.0, 9.0], [2.0, 3.0], lambda one, other: one / other) == (2.0, 3.0)


def test_missing_rounds_are_not_compared() -> None:
    with pytest.raises(ValueError, match="2 and 1 rounds"):
        by_round([1.0, 2.0], [1.0], lambda one, other: one / other)


@pytest.mark.parametrize(
    ("start_s", "end_s", "share"),
    [
        (2.0, 3.0, 1.0),
        (0.0, 2.0, 0.5),
        (9.0, 13.0, 0.25),
        (0.0, 20.0, 0.45),
        (0.0, 1.0, 0.0),
        (10.0, 12.0, 0.0),
    ],
)
def test_what_straddles_the_window_counts_by_its_share(start_s: float, end_s: float, share: float) -> None:
    assert share_inside(start_s, end_s, first_s=1.0, last_s=10.0) == pytest.approx(share)


def test_an_instant_counts_where_it_lies_inside() -> None:
    assert share_inside(5.0, 5.0, 1.0, 10.0) == 1.0
    assert share_inside(0.5, 0.5, 1.0, 10.0) == 0.0
