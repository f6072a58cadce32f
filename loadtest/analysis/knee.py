"""Phases of rising arrival rates in, the knee out: the highest rate that the service still keeps up with.

A rate is kept up with where at least `answered_ratio` of the images that arrive come out right in the same
phase, and the p95 of scoring is at most `p95_s`. The knee lies between the last phase that was kept up with,
as all slower ones were, and the next: where the line between the two crosses the limit that is crossed first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from loadtest.analysis.phases import PhaseFigures

CLOSE = 0.95
"""Where visitors came late, a phase that was meant for twice the knee's rate may have seen a little less."""


class NoKneeError(Exception):
    """The knee lies outside the rates of the run; the message is a sentence."""


@dataclass(frozen=True)
class KneeRule:
    """When a rate counts as kept up with."""

    answered_ratio: float
    p95_s: float

    def is_kept(self, figures: PhaseFigures) -> bool:
        """Tell whether a phase was kept up with."""
        return figures.answered_ratio >= self.answered_ratio and _p95_s(figures) <= self.p95_s


@dataclass(frozen=True)
class Knee:
    """Images a second that arrive at the knee, and that come out right there; `beyond` is the next phase."""

    rate: float
    goodput: float
    beyond: PhaseFigures


def by_rate(phases: Sequence[PhaseFigures]) -> list[PhaseFigures]:
    """Return the phases in which images arrived, slowest first."""
    return sorted((each for each in phases if each.offered), key=lambda each: each.offered)


def find_knee(phases: Sequence[PhaseFigures], rule: KneeRule) -> Knee:
    """Return the knee; raises NoKneeError where no two rates enclose it."""
    rising = by_rate(phases)
    first_lost = next((k for k, each in enumerate(rising) if not rule.is_kept(each)), None)
    if not rising:
        raise NoKneeError("no image was sent in any phase")
    if first_lost is None:
        raise NoKneeError(f"every rate was kept up with, up to {rising[-1].offered:.1f} images a second")
    if first_lost == 0:
        raise NoKneeError(f"not even {rising[0].offered:.1f} images a second were kept up with")
    kept, lost = rising[first_lost - 1], rising[first_lost]
    share = _share_of_the_way(kept, lost, rule)
    return Knee(
        _between(kept.offered, lost.offered, share), _between(kept.goodput, lost.goodput, share), lost
    )


def peak(phases: Sequence[PhaseFigures]) -> float:
    """Return the highest goodput of all phases."""
    return max((each.goodput for each in phases), default=0.0)


def goodput_at(phases: Sequence[PhaseFigures], rate: float) -> float:
    """Return the goodput where `rate` images a second arrive, on the line between phases.

    Raises NoKneeError where no phase was that fast.
    """
    rising = by_rate(phases)
    for slower, faster in pairwise(rising):
        if slower.offered <= rate <= faster.offered:
            share = _share(slower.offered, faster.offered, rate)
            return _between(slower.goodput, faster.goodput, share)
    if rising and CLOSE * rate <= rising[-1].offered <= rate:
        return rising[-1].goodput
    raise NoKneeError(f"no phase went up to {rate:.1f} images a second")


def _share_of_the_way(kept: PhaseFigures, lost: PhaseFigures, rule: KneeRule) -> float:
    """Return how far (0..1) from `kept` to `lost` the first limit is crossed."""
    ways = [1.0]
    if lost.answered_ratio < rule.answered_ratio:
        ways.append(_share(kept.answered_ratio, lost.answered_ratio, rule.answered_ratio))
    if _p95_s(lost) > rule.p95_s:
        ways.append(_share(_p95_s(kept), _p95_s(lost), rule.p95_s))
    return min(ways)


def _p95_s(figures: PhaseFigures) -> float:
    return figures.latency.p95 if figures.latency else float("inf")


def _share(first: float, last: float, value: float) -> float:
    return (value - first) / (last - first) if last != first else 0.0


def _between(first: float, last: float, share: float) -> float:
    return first + share * (last - first)
