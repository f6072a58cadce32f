"""Requests and phases in, a line of figures a phase out: what was offered, what came out right, how fast.

Offered are the uploads that were meant to begin in the phase, where every upload is one image. Goodput are
the images whose right result came in as long a time that begins later by the median latency of the phase: so
what is under way at its edges is no loss, and a queue that grows is one.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmark.arithmetic import percentile
from loadtest.reading import Phase, Request, RunFolder

WARM_UP = "warm-up"
RESULT = "result"
"""Not a request but an upload's whole way, to its last result: what hides behind quick answers 202."""
DIRECT = "POST /predictions/ki67"
UPLOADS = ("POST /api/v1/analyses", DIRECT)
BATCH = "batch"
"""The user whose uploads have many images; how long they take says nothing of one."""
_NOT_OFFERED = ("documented", "abandoned")


@dataclass(frozen=True)
class Latency:
    """Percentiles of right answers, in seconds from the intended start."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class PhaseFigures:
    """One phase; rates are images a second, `latency` is of uploads of one image to their result.

    `shed_ratio` is the share of what was offered that was told to come back later, `error_ratio` that of all
    requests that failed or were answered wrongly.
    """

    phase: Phase
    requests: int
    offered: float
    goodput: float
    shed_ratio: float
    error_ratio: float
    latency: Latency | None

    @property
    def answered_ratio(self) -> float:
        """Share of what was offered that came out right, at most 1."""
        return min(1.0, self.goodput / self.offered) if self.offered else 0.0


def phase_figures(run: RunFolder) -> list[PhaseFigures]:
    """Return the figures of every phase but the warm-up, in order of time."""
    return [_figures(phase, run.requests) for phase in judged_phases(run)]


def judged_phases(run: RunFolder) -> list[Phase]:
    """Return every phase but the warm-up, in order of time."""
    phases = (phase for phase in run.about.phases if phase.name != WARM_UP and phase.seconds > 0)
    return sorted(phases, key=lambda phase: phase.start_s)


def begun_in(requests: Iterable[Request], start_s: float, end_s: float) -> list[Request]:
    """Return the requests that were meant to begin in this time."""
    return [each for each in requests if start_s <= each.start_s < end_s]


def results(requests: Iterable[Request]) -> list[Request]:
    """Return the uploads of one image that got their right result."""
    return [
        each
        for each in requests
        if each.outcome == "ok" and each.endpoint in (RESULT, DIRECT) and each.user != BATCH
    ]


def latency(requests: Iterable[Request]) -> Latency | None:
    """Return percentiles of the right answers among these; None where there is none."""
    times_s = [each.latency_s for each in requests if each.outcome == "ok"]
    return Latency(*(percentile(times_s, percent) for percent in (50, 95, 99))) if times_s else None


def error_ratio(requests: Iterable[Request]) -> float:
    """Return the share of wrong and failed answers; what clients gave up on purpose is no request."""
    return _share(requests, "wrong", "failed")


def shed_ratio(requests: Iterable[Request]) -> float:
    """Return the share that was told to come back later."""
    return _share(requests, "shed")


def _share(requests: Iterable[Request], *outcomes: str) -> float:
    counted = Counter(
        str(each.outcome) for each in requests if each.outcome != "abandoned" and each.endpoint != RESULT
    )
    total = counted.total()
    return sum(counted[outcome] for outcome in outcomes) / total if total else 0.0


def _figures(phase: Phase, requests: Sequence[Request]) -> PhaseFigures:
    begun = begun_in(requests, phase.start_s, phase.end_s)
    offered = [each for each in begun if each.endpoint in UPLOADS and each.outcome not in _NOT_OFFERED]
    times = latency(results(begun))
    return PhaseFigures(
        phase,
        sum(each.endpoint != RESULT for each in begun),
        len(offered) / phase.seconds,
        _goodput(requests, phase, times.p50 if times else 0.0),
        shed_ratio(offered),
        error_ratio(begun),
        times,
    )


def _goodput(requests: Sequence[Request], phase: Phase, later_s: float) -> float:
    """Return the images a second with right results in the time of the phase, moved by `later_s`."""
    right = (each for each in requests if each.outcome == "ok" and each.images)
    inside = (each for each in right if phase.start_s <= each.end_s - later_s < phase.end_s)
    return sum(each.images for each in inside) / phase.seconds
