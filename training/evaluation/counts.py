"""Errors of counts: nuclei found against nuclei annotated, a class and in all.

Flow: counts (found, annotated) a field -> mean error, mean absolute error (nuclei a field), and the absolute
errors as a share of all annotated nuclei. Lymphocytes are not annotated nuclei, but may be found as such.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation.bootstrap import Estimate, estimates, ratio

FIGURES = ("bias", "mean_absolute_error", "relative_error_percent")


@dataclass(frozen=True)
class Counts:
    """Immunopositive and immunonegative nuclei of one field."""

    immunopositive: int
    immunonegative: int

    @property
    def total(self) -> int:
        """Nuclei of either class."""
        return self.immunopositive + self.immunonegative


def count_figures(found: Sequence[Counts], annotated: Sequence[Counts]) -> dict[str, dict[str, Estimate]]:
    """Return the `FIGURES` of each class and of the total."""
    return {
        kind: _figures([getattr(counts, kind) for counts in found], [getattr(c, kind) for c in annotated])
        for kind in ("immunopositive", "immunonegative", "total")
    }


def _figures(found: Sequence[int], annotated: Sequence[int]) -> dict[str, Estimate]:
    truth = np.array(annotated, np.float64)
    error = np.array(found, np.float64) - truth
    table = np.stack([np.ones_like(error), error, np.abs(error), truth], axis=-1)
    return dict(zip(FIGURES, estimates(table, _statistic), strict=True))


def _statistic(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    count, total, absolute, truth = np.moveaxis(sums, -1, 0)
    return np.stack([ratio(total, count), ratio(absolute, count), 100 * ratio(absolute, truth)], axis=-1)
