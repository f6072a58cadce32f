"""Counts become an index, its interval and a category; without nuclei there is none of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handler.nuclei import Contours, Nuclei
from handler.scoring import Score, categorise, score, score_counts, wilson_interval_percent

BOUNDARIES = (10.0, 20.0)
counts = st.integers(0, 20_000)


def nuclei_of(positive: int, negative: int) -> Nuclei:
    total = positive + negative
    ones = np.ones(total, np.float32)
    is_positive = np.arange(total) < positive
    contours = Contours.packed([np.zeros((3, 2), np.float32)] * total)
    return Nuclei(np.zeros((total, 2), np.float32), ones, is_positive, ones, ones, contours)


def test_nuclei_are_counted_by_class() -> None:
    scored = score(nuclei_of(60, 239), BOUNDARIES)
    assert (scored.immunopositive, scored.immunonegative, scored.total) == (60, 239, 299)
    assert scored.index_percent == pytest.approx(20.0669, abs=1e-4)


def test_a_field_without_nuclei_has_no_index_and_no_category() -> None:
    assert score(Nuclei.none(), BOUNDARIES) == Score(0, 0, None, None, None, None)


@pytest.mark.parametrize(
    ("positive", "total", "lowest", "highest"),
    [
        # As Newcombe (1998) prints them in table I, method 3.
        (81, 263, 25.53, 36.62),
        (15, 148, 6.24, 16.05),
        (0, 20, 0.0, 16.11),
        (1, 29, 0.61, 17.18),
    ],
)
def test_the_interval_is_wilsons(positive: int, total: int, lowest: float, highest: float) -> None:
    assert wilson_interval_percent(positive, total) == pytest.approx((lowest, highest), abs=0.006)


def test_the_designs_example_has_its_interval() -> None:
    # Share 60/299 = 0.200669, z^2/n = 0.012848: centre (0.200669 + 0.006424) / 1.012848 = 0.204466,
    # half = sqrt(0.012848 * (0.160401 + 0.003212)) / 1.012848 = 0.045267.
    assert wilson_interval_percent(60, 299) == pytest.approx((15.920, 24.973), abs=0.002)


@pytest.mark.parametrize(
    ("positive", "negative", "category"),
    [
        (0, 100, "low"),
        (9_999, 90_001, "low"),
        (10, 90, "borderline"),
        (20, 80, "borderline"),
        (20_001, 79_999, "high"),
        (100, 0, "high"),
        (1, 4, "borderline"),
        (3, 27, "borderline"),
    ],
)
def test_boundaries_themselves_are_borderline(positive: int, negative: int, category: str) -> None:
    assert score_counts(positive, negative, BOUNDARIES).category == category


def test_boundaries_can_be_set() -> None:
    assert score_counts(15, 85, (14.0, 14.0)).category == "high"
    assert score_counts(14, 86, (14.0, 14.0)).category == "borderline"
    assert score_counts(13, 87, (14.0, 14.0)).category == "low"


def test_a_category_is_certain_only_where_the_whole_interval_lies_in_it() -> None:
    assert score_counts(60, 239, BOUNDARIES).category_certain is False
    assert score_counts(500, 500, BOUNDARIES).category_certain is True
    assert score_counts(1_500, 8_500, BOUNDARIES).category_certain is True
    assert score_counts(0, 10, BOUNDARIES).category_certain is False
    assert score_counts(0, 1_000, BOUNDARIES).category_certain is True


def test_an_interval_that_spans_a_single_cut_off_is_uncertain() -> None:
    assert score_counts(15, 85, (14.0, 14.0)).category_certain is False


def test_negative_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        score_counts(-1, 5, BOUNDARIES)


@settings(deadline=None)
@given(counts, counts)
def test_the_interval_holds_the_index_and_stays_within_0_and_100(positive: int, negative: int) -> None:
    scored = score_counts(positive, negative, BOUNDARIES)
    if scored.index_percent is None or scored.index_interval_percent is None:
        assert positive + negative == 0
        return
    lowest, highest = scored.index_interval_percent
    assert 0 <= lowest <= scored.index_percent <= highest <= 100
    assert lowest < highest


@settings(deadline=None)
@given(st.integers(1, 5_000), st.integers(1, 5_000))
def test_swapping_the_classes_mirrors_index_and_interval(positive: int, negative: int) -> None:
    lowest, highest = wilson_interval_percent(positive, positive + negative)
    mirrored = wilson_interval_percent(negative, positive + negative)
    assert mirrored == pytest.approx((100 - highest, 100 - lowest), abs=1e-9)


@settings(deadline=None)
@given(st.integers(0, 500), st.integers(1, 500))
def test_more_nuclei_of_the_same_share_narrow_the_interval(positive: int, negative: int) -> None:
    few = wilson_interval_percent(positive, positive + negative)
    many = wilson_interval_percent(4 * positive, 4 * (positive + negative))
    assert many[1] - many[0] < few[1] - few[0]


@settings(deadline=None)
@given(st.floats(0, 100), st.floats(0, 100))
def test_a_higher_index_never_has_a_lower_category(one: float, other: float) -> None:
    order = ["low", "borderline", "high"]
    lower, higher = sorted((one, other))
    assert order.index(categorise(lower, BOUNDARIES)) <= order.index(categorise(higher, BOUNDARIES))
