"""Seconds from the start of TorchServe to a worker that is READY: the first time, and with a warm cache."""

import time

from benchmark.bench import Bench
from benchmark.figures import Figures, S
from benchmark.rounds import Probe

WARM_STARTS = 3


def probes(bench: Bench) -> list[Probe]:
    """Return one probe: a start that does not count as warm, and some that do."""

    def measure(figures: Figures) -> None:
        figures.add("start.first", S, start_s(bench))
        for _ in range(min(WARM_STARTS, bench.options.rounds)):
            figures.add("start.warm", S, start_s(bench))

    return [Probe("start-up", measure)]


def start_s(bench: Bench) -> float:
    """Start a TorchServe, wait until its model can score, stop it."""
    _ = bench.archive  # built before the clock runs
    started_s = time.monotonic()
    with bench.new_torchserve("start"):
        return time.monotonic() - started_s
