"""Bootstrap intervals of any figure that is a function of sums over fields.

Flow: a row of numbers a field -> sums over all fields, and over fields drawn with replacement -> a
statistic of these sums -> its value and the 2.5th and 97.5th percentile over the draws (Efron 1979,
percentile method). Fields are drawn and not nuclei: nuclei of one field are alike.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS = 1000
SEED = 0
_PERCENTILES = (2.5, 97.5)

Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Sums (..., k) in, figures (...) or (..., m) out; NaN where a figure is not defined."""


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95 % interval; None where it is not defined, no interval for a single field."""

    value: float | None
    low: float | None = None
    high: float | None = None


def estimates(table: NDArray[np.float64], statistic: Statistic, draws: int = DRAWS) -> list[Estimate]:
    """Return the figures that `statistic` makes of the sums of `table` (fields, k), with intervals."""
    values = np.atleast_1d(statistic(table.sum(axis=0)))
    if len(table) < 2:
        return [Estimate(_defined(value)) for value in values]
    drawn = statistic(resampled_sums(table, draws)).reshape(draws, len(values))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a figure that no draw defines is NaN
        low, high = np.nanpercentile(drawn, _PERCENTILES, axis=0)
    return [Estimate(*(_defined(part) for part in parts)) for parts in zip(values, low, high, strict=True)]


def resampled_sums(table: NDArray[np.float64], draws: int, seed: int = SEED) -> NDArray[np.float64]:
    """Return sums (draws, k) over as many fields as `table` (fields, k) has, drawn with replacement."""
    count = len(table)
    times_drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=draws)
    return np.asarray(times_drawn @ table, np.float64)


def ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide element by element; NaN where there is nothing to divide by."""
    quotient = np.full(np.shape(below), np.nan)
    np.divide(above, below, out=quotient, where=below > 0)
    return quotient


def _defined(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
