"""Bootstrap intervals: the value by hand, an interval that holds it, the same at every run."""

import numpy as np
import pytest
from numpy.typing import NDArray

from training.evaluation.bootstrap import Estimate, estimates, ratio, resampled_sums


def mean(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    return ratio(sums[..., 1], sums[..., 0])


def table(values: list[float]) -> NDArray[np.float64]:
    return np.stack([np.ones(len(values)), values], axis=-1)


def test_two_fields_drawn_with_replacement_give_their_extremes_as_the_interval() -> None:
    # Two draws of {0, 10}: mean 0 with probability 1/4, 5 with 1/2, 10 with 1/4. So the 2.5th percentile is 0
    # and the 97.5th is 10.
    assert estimates(table([0, 10]), mean) == [Estimate(5.0, 0.0, 10.0)]


def test_the_interval_of_many_fields_is_that_of_the_normal_law() -> None:
    # 400 values with standard deviation 1: the mean's is 1 / 20, its 95 % interval reaches 1.96 / 20 = 0.098.
    values = np.random.default_rng(1).normal(size=400)
    values = (values - values.mean()) / values.std()
    (found,) = estimates(table(values.tolist()), mean)
    assert found.value == pytest.approx(0.0, abs=1e-12)
    assert found.low == pytest.approx(-0.098, abs=0.01)
    assert found.high == pytest.approx(0.098, abs=0.01)


def test_every_run_draws_the_same_fields_and_as_many_as_there_are() -> None:
    ones = np.ones((7, 1))
    assert (resampled_sums(ones, 50) == 7).all()
    rows = table([1, 2, 3, 4])
    assert np.array_equal(resampled_sums(rows, 50), resampled_sums(rows, 50))


def test_one_field_has_no_interval_and_nothing_has_no_figure() -> None:
    assert estimates(table([3]), mean) == [Estimate(3.0)]
    assert estimates(np.zeros((0, 2)), mean) == [Estimate(None)]
    assert estimates(np.zeros((3, 2)), mean) == [Estimate(None)]
