"""Nuclei in, proliferation index out, with its interval and category.

Index = immunopositive / (immunopositive + immunonegative), in percent. A field without nuclei has no
index; it is never 0.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from handler.nuclei import Nuclei

Category = Literal["low", "borderline", "high"]

_Z_95 = 1.959963984540054


@dataclass(frozen=True)
class Score:
    """Counts of one field and what follows from them; everything but the counts is None without nuclei.

    `index_interval_percent` is the 95 % Wilson interval; `category_certain` is False where it reaches
    into another category.
    """

    immunopositive: int
    immunonegative: int
    index_percent: float | None = None
    index_interval_percent: tuple[float, float] | None = None
    category: Category | None = None
    category_certain: bool | None = None

    @property
    def total(self) -> int:
        """Nuclei counted."""
        return self.immunopositive + self.immunonegative


def score(nuclei: Nuclei, category_boundaries_percent: tuple[float, float]) -> Score:
    """Count the nuclei and put the index into its category."""
    positive = int(np.count_nonzero(nuclei.immunopositive))
    return score_counts(positive, len(nuclei) - positive, category_boundaries_percent)


def score_counts(
    immunopositive: int, immunonegative: int, category_boundaries_percent: tuple[float, float]
) -> Score:
    """Score counts from any source, such as a reviewer's own; negative counts raise ValueError."""
    if min(immunopositive, immunonegative) < 0:
        raise ValueError("Counts of nuclei cannot be negative.")
    total = immunopositive + immunonegative
    if total == 0:
        return Score(0, 0)
    index = 100.0 * immunopositive / total
    interval = wilson_interval_percent(immunopositive, total)
    category = categorise(index, category_boundaries_percent)
    lowest, highest = (categorise(end, category_boundaries_percent) for end in interval)
    return Score(immunopositive, immunonegative, index, interval, category, lowest == highest)


def categorise(index_percent: float, boundaries_percent: tuple[float, float]) -> Category:
    """Below the first boundary low, above the second high, between them (inclusive) borderline."""
    lower, upper = boundaries_percent
    if index_percent < lower:
        return "low"
    return "high" if index_percent > upper else "borderline"


def wilson_interval_percent(successes: int, total: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share in percent (Wilson 1927), `total` at least 1."""
    share, z2_by_n = successes / total, _Z_95**2 / total
    centre = (share + z2_by_n / 2) / (1 + z2_by_n)
    half = math.sqrt(z2_by_n * (share * (1 - share) + z2_by_n / 4)) / (1 + z2_by_n)
    # At the ends the formula is exactly 0 or 1; floating point would miss it by a hair.
    lowest = 0.0 if successes == 0 else 100.0 * (centre - half)
    highest = 100.0 if successes == total else 100.0 * (centre + half)
    return lowest, highest
