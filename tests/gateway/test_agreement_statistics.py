"""Agreement as the textbooks count it."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.opinions.statistics import (
    CATEGORIES,
    Opinion,
    category_agreement,
    cohens_kappa,
    index_agreement,
    paired,
)

category = st.sampled_from(CATEGORIES)
category_pairs = st.lists(st.tuples(category, category), max_size=60)
index = st.floats(0, 100)


def table(rows: Sequence[Sequence[int]]) -> list[tuple[str, str]]:
    """Return the pairs of a table whose rows are the first rater's and columns the second's categories."""
    return [
        (CATEGORIES[row], CATEGORIES[column])
        for row, counts in enumerate(rows)
        for column, count in enumerate(counts)
        for _ in range(count)
    ]


def test_kappa_of_two_readers_of_fifty_grants() -> None:
    """The example most textbooks use: 20 and 15 agreed, 5 and 10 not; 0.7 observed, 0.5 by chance."""
    assert cohens_kappa(table([[20, 5, 0], [10, 15, 0], [0, 0, 0]])) == pytest.approx(0.4)


def test_kappas_of_three_categories() -> None:
    """Psychiatrists' diagnoses (Fleiss, Statistical Methods for Rates and Proportions, table 18.1)."""
    assert cohens_kappa(table([[75, 1, 4], [5, 4, 1], [0, 0, 10]])) == pytest.approx(0.676, abs=0.0005)


def test_linear_weights_count_steps() -> None:
    """By hand: observed distance (1 + 2 * 4 + 5 + 1) / 2 of 100, expected from the margins."""
    rows = [[75, 1, 4], [5, 4, 1], [0, 0, 10]]
    observed = (1 + 2 * 4 + 5 + 1) / 100
    firsts, seconds = (80, 10, 10), (80, 5, 15)
    expected = sum(abs(a - b) * firsts[a] * seconds[b] for a in range(3) for b in range(3)) / 100**2
    assert cohens_kappa(table(rows), linear=True) == pytest.approx(1 - observed / expected)


def test_a_step_away_weighs_less_than_two() -> None:
    near = table([[8, 2, 0], [0, 10, 0], [0, 0, 10]])
    far = table([[8, 0, 2], [0, 10, 0], [0, 0, 10]])
    weighted = [cohens_kappa(each, linear=True) for each in (near, far)]
    assert weighted[0] is not None
    assert weighted[1] is not None
    assert weighted[0] > weighted[1]


@pytest.mark.parametrize("pairs", [[], [("low", "low")] * 7])
def test_kappa_is_undefined_where_chance_alone_agrees(pairs: list[tuple[str, str]]) -> None:
    assert cohens_kappa(pairs) is None
    assert cohens_kappa(pairs, linear=True) is None


@given(category_pairs)
def test_kappa_is_at_most_1_and_the_same_from_both_sides(pairs: list[tuple[str, str]]) -> None:
    turned = [(second, first) for first, second in pairs]
    for linear in (False, True):
        found = cohens_kappa(pairs, linear=linear)
        assert found == cohens_kappa(turned, linear=linear)
        assert found is None or -1 <= found <= 1


@given(st.lists(category, min_size=1))
def test_who_agrees_always_has_kappa_1(said: list[str]) -> None:
    kappa = cohens_kappa([(each, each) for each in said])
    assert kappa == (1.0 if len(set(said)) > 1 else None)


def test_limits_of_agreement_by_hand() -> None:
    """Differences 2, 4, 6: mean 4, standard deviation 2."""
    found = index_agreement([(Opinion(10, None), Opinion(10 + each, None)) for each in (2, 4, 6)])
    assert (found.n, found.mean, found.sd) == (3, 4, 2)
    assert found.limits == pytest.approx((0.08, 7.92))


def test_what_too_few_records_cannot_tell_is_none() -> None:
    none, one = index_agreement([]), index_agreement([(Opinion(1, None), Opinion(3, None))])
    assert (none.n, none.mean, none.sd, none.limits) == (0, None, None, None)
    assert (one.n, one.mean, one.sd, one.limits) == (1, 2, None, None)
    assert category_agreement([]).agreement_percent is None


@given(st.lists(st.tuples(index, index), min_size=2, max_size=30))
def test_differences_turn_with_the_raters(pairs: list[tuple[float, float]]) -> None:
    there = index_agreement([(Opinion(a, None), Opinion(b, None)) for a, b in pairs])
    back = index_agreement([(Opinion(b, None), Opinion(a, None)) for a, b in pairs])
    assert there.mean is not None
    assert back.mean is not None
    assert there.limits is not None
    assert there.mean == pytest.approx(-back.mean)
    assert there.limits[0] <= there.mean <= there.limits[1]
    assert math.isclose(there.sd or 0, back.sd or 0, abs_tol=1e-9)


def test_an_opinion_without_index_or_category_counts_only_where_it_has_one() -> None:
    pairs = [(Opinion(10, "low"), Opinion(None, "low")), (Opinion(10, "low"), Opinion(12, None))]
    assert index_agreement(pairs).n == 1
    assert category_agreement(pairs).n == 1


def test_raters_are_paired_over_the_records_they_share() -> None:
    low, high = Opinion(5, "low"), Opinion(30, "high")
    records = [{"b": low, "model": high}, {"model": low, "a": low, "b": high}, {"a": high}, {"left out": low}]
    assert paired(records, ["model", "a", "b"]) == {
        ("model", "a"): [(low, low)],
        ("model", "b"): [(high, low), (low, high)],
        ("a", "b"): [(low, high)],
    }
