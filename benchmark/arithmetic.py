"""Numbers of several rounds in, what is told of them out: percentiles, spreads, shares of a window."""

import math
import statistics
from collections.abc import Callable, Sequence


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value below which `percent` (0..100) of `values` lie, linear between neighbours.

    Raises ValueError where there are none.
    """
    if not values:
        raise ValueError("no values, no percentile")
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100.0
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def by_round(
    ones: Sequence[float], others: Sequence[float], combine: Callable[[float, float], float]
) -> tuple[float, ...]:
    """Combine what was measured in the same round; raises ValueError where the rounds do not match."""
    if len(ones) != len(others):
        raise ValueError(f"{len(ones)} and {len(others)} rounds cannot be compared")
    return tuple(combine(one, other) for one, other in zip(ones, others, strict=True))


def median(values: Sequence[float]) -> float:
    """Return the median; raises statistics.StatisticsError (a ValueError) where there are no values."""
    return statistics.median(values)


def share_inside(start_s: float, end_s: float, first_s: float, last_s: float) -> float:
    """Return which share (0..1) of the time from `start_s` to `end_s` lies between `first_s` and `last_s`.

    What straddles the edge of a measured window counts by this share: a whole batch that ends just before or
    after the edge then changes the figure by little.
    """
    inside_s = min(end_s, last_s) - max(start_s, first_s)
    if end_s <= start_s:
        return float(first_s <= end_s <= last_s)
    return max(0.0, inside_s / (end_s - start_s))
