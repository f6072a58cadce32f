"""Detection of nuclei: precision, recall and F1 of any nucleus and of each class within a radius.

Flow: a `FieldResult` a field, matched within the radius -> right, invented, missed -> figures with intervals.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.evaluation.bootstrap import Estimate, estimates, ratio
from training.measures import FieldResult, Tally

KINDS = ("any_nucleus", "immunopositive", "immunonegative")
FIGURES = ("precision", "recall", "f1")


def detection_figures(results: Sequence[FieldResult]) -> dict[str, dict[str, Estimate]]:
    """Return precision, recall and F1 of each of `KINDS`, from tallies added up over fields."""
    return {kind: _figures([getattr(result, kind) for result in results]) for kind in KINDS}


def _figures(tallies: Sequence[Tally]) -> dict[str, Estimate]:
    table = np.array([(tally.right, tally.invented, tally.missed) for tally in tallies], np.float64)
    return dict(zip(FIGURES, estimates(table.reshape(-1, 3), _statistic), strict=True))


def _statistic(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    right, invented, missed = np.moveaxis(sums, -1, 0)
    columns = (
        ratio(right, right + invented),
        ratio(right, right + missed),
        ratio(2 * right, 2 * right + invented + missed),
    )
    return np.stack(columns, axis=-1)
