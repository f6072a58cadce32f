"""Tables 3 and 4: categories (low, borderline, high) by annotation against categories by the system.

Flow: indices in percent -> the service's own rule of categories -> confusion matrix (3, 4) -> accuracy,
and precision, recall, F1 and support of each category. The fourth column holds fields for which the
system gave no index.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handler.scoring import categorise
from training.evaluation.bootstrap import estimates
from training.evaluation.confusion import accuracy, class_figures

CATEGORIES = ("low", "borderline", "high")
NO_INDEX = "no index"
BOUNDARIES_PERCENT = ((10.0, 20.0), (16.0, 30.0))
"""The paper's boundaries, and those of a common second convention."""

_SHAPE = (len(CATEGORIES), len(CATEGORIES) + 1)


def category_table(
    true_percent: Sequence[float], found_percent: Sequence[float | None], boundaries: tuple[float, float]
) -> NDArray[np.float64]:
    """Return a flattened matrix (fields, 12) a field, with its one 1; rows truth, columns system."""
    table = np.zeros((len(true_percent), *_SHAPE))
    for row, (truth, found) in enumerate(zip(true_percent, found_percent, strict=True)):
        column = len(CATEGORIES) if found is None else CATEGORIES.index(categorise(found, boundaries))
        table[row, CATEGORIES.index(categorise(truth, boundaries)), column] = 1
    return table.reshape(len(true_percent), _SHAPE[0] * _SHAPE[1])


def category_figures(
    true_percent: Sequence[float], found_percent: Sequence[float | None], boundaries: tuple[float, float]
) -> dict[str, Any]:
    """Return `matrix` (Table 3), `accuracy`, and figures and support `by_category` (Table 4)."""
    table = category_table(true_percent, found_percent, boundaries)
    matrix = table.sum(axis=0).reshape(_SHAPE).astype(int)
    right, *others = estimates(table, _statistic)
    by_category = {
        name: {
            "precision": others[k],
            "recall": others[3 + k],
            "f1": others[6 + k],
            "support": int(matrix[k].sum()),
        }
        for k, name in enumerate(CATEGORIES)
    }
    return {
        "boundaries_percent": list(boundaries),
        "columns": [*CATEGORIES, NO_INDEX],
        "matrix": matrix.tolist(),
        "accuracy": right,
        "by_category": by_category,
    }


def _statistic(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    matrix = sums.reshape(*sums.shape[:-1], *_SHAPE)
    figures = class_figures(matrix)
    return np.concatenate(
        [accuracy(matrix)[..., None], figures.precision, figures.recall, figures.f1], axis=-1
    )
