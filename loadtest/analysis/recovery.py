"""Requests around a spike in, seconds until p95 was back out.

It is back at the first whole second after the spike from which on, for half a minute, the p95 of one image's
result is at most so many times what it was in the phase before, and nearly all requests are answered rightly.
"""

import math

from loadtest.analysis.phases import begun_in, error_ratio, latency, results, shed_ratio
from loadtest.reading import Phase, Request, RunFolder

SPIKE = "spike"
WINDOW_S = 30
_LEAST, _RIGHT = 10, 0.95


class NoRecoveryError(Exception):
    """How long the service took to recover cannot be told; the message is a sentence."""


def around_spike(phases: tuple[Phase, ...]) -> tuple[Phase, Phase, Phase]:
    """Return the phases before, in and after the spike; raises NoRecoveryError."""
    ordered = sorted(phases, key=lambda phase: phase.start_s)
    at = next((k for k, phase in enumerate(ordered) if phase.name == SPIKE), None)
    if at is None or at == 0 or at + 1 == len(ordered):
        raise NoRecoveryError("the run has no spike with a phase before and one after it")
    return ordered[at - 1], ordered[at], ordered[at + 1]


def earlier_p95_s(run: RunFolder) -> float:
    """Return the p95 of scoring before the spike; raises NoRecoveryError."""
    before, _, _ = around_spike(run.about.phases)
    earlier = latency(results(begun_in(run.requests, before.start_s, before.end_s)))
    if earlier is None:
        raise NoRecoveryError("nothing was scored before the spike")
    return earlier.p95


def recovery_s(run: RunFolder, within_ratio: float) -> float:
    """Return the seconds after the spike from which on p95 is at most `within_ratio` times the earlier one.

    Infinite where it never is. Raises NoRecoveryError.
    """
    _, _, after = around_spike(run.about.phases)
    limit_s = within_ratio * earlier_p95_s(run)
    for waited_s in range(max(0, int(after.seconds) - WINDOW_S) + 1):
        first_s = after.start_s + waited_s
        if _is_back(begun_in(run.requests, first_s, min(first_s + WINDOW_S, after.end_s)), limit_s):
            return float(waited_s)
    return math.inf


def _is_back(requests: list[Request], limit_s: float) -> bool:
    right = results(requests)
    times, turned_away = latency(right), error_ratio(requests) + shed_ratio(requests)
    return times is not None and len(right) >= _LEAST and times.p95 <= limit_s and turned_away <= 1 - _RIGHT
