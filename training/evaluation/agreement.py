"""Table 2 and the Bland-Altman figure: how far the system's index lies from the truth, in percentage points.

Flow: an error a field (system minus truth) -> RMSE, mean absolute error, bias, limits of agreement
(Bland and Altman 1986: bias -+ 1.96 sample standard deviations), each with its interval.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.evaluation.bootstrap import Estimate, estimates, ratio

_Z_95 = 1.96
FIGURES = (
    "rmse_percent",
    "mean_absolute_error_percent",
    "bias_percent",
    "lower_limit_percent",
    "upper_limit_percent",
)


def agreement_figures(errors_percent: Sequence[float]) -> dict[str, Estimate]:
    """Return the `FIGURES` of errors, one a field; the limits need two fields."""
    errors = np.array(errors_percent, np.float64)
    table = np.stack([np.ones_like(errors), errors, errors**2, np.abs(errors)], axis=-1)
    return dict(zip(FIGURES, estimates(table, _statistic), strict=True))


def _statistic(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the `FIGURES` of sums of 1, error, squared error and absolute error."""
    count, total, squares, absolute = np.moveaxis(sums, -1, 0)
    bias = ratio(total, count)
    variance = ratio(np.maximum(squares - count * bias**2, 0), count - 1)
    reach = _Z_95 * np.sqrt(variance)
    columns = np.sqrt(ratio(squares, count)), ratio(absolute, count), bias, bias - reach, bias + reach
    return np.stack(columns, axis=-1)
