"""Memory of a fresh TorchServe: after a tenth of the requests and after all, and under one huge image."""

import time

from benchmark.bench import Bench
from benchmark.errors import CannotMeasureError
from benchmark.figures import MB, MIB, Figures, S
from benchmark.images import FIELD_MPP, ImageSet, draw_huge, draw_mixed
from benchmark.load.process import fire
from benchmark.resident import forget_peak, peak_mib, resident_mib
from benchmark.rounds import Probe
from benchmark.servers.torchserve import TorchServe

CLIENTS = 8
PARTS = 10
SLOWEST_S = 1.0
"""Seconds a request may take on average; the load ends then, whatever was sent."""
CALM_S = 1.0


def probes(bench: Bench) -> list[Probe]:
    """Return one probe that starts a server of its own."""

    def measure(figures: Figures) -> None:
        with bench.new_torchserve("memory") as server:
            after_requests(bench, server, figures)
            under_huge_image(bench, server, figures)

    return [Probe("memory", measure)]


def after_requests(bench: Bench, server: TorchServe, figures: Figures) -> None:
    """Send the requests in ten parts and look after each; raises CannotMeasureError where some fail."""
    images = draw_mixed()
    part = max(1, bench.options.memory_requests // PARTS)
    for number in range(PARTS):
        plan = bench.magazine.plan(
            server.target, images, CLIENTS, seconds=SLOWEST_S * part + 10, requests=part
        )
        report = fire(plan)
        if report.right < part:
            raise CannotMeasureError(f"only {report.right} of {part} requests were answered right")
        time.sleep(CALM_S)
        _note(server, figures, first=number == 0)
    figures.add("memory.requests", "requests", part * PARTS)
    figures.add_ratio("ratio.memory", "memory.total.last", "memory.total.first")
    figures.add_ratio("ratio.memory.workers", "memory.workers.last", "memory.workers.first")
    figures.add_ratio("ratio.memory.java", "memory.java.last", "memory.java.first")
    figures.add("memory.workers.peak", MIB, sum(map(peak_mib, server.worker_pids())))


def under_huge_image(bench: Bench, server: TorchServe, figures: Figures) -> None:
    """Send one image of 48 megapixels and see what it adds to its worker at most."""
    huge = ImageSet("huge", FIELD_MPP, 0, (draw_huge(),))
    pids = server.worker_pids()
    before = [resident_mib([pid]) for pid in pids]
    for pid in pids:
        forget_peak(pid)
    plan = bench.magazine.plan(server.target, huge, 1, seconds=1.0, requests=1)
    report = fire(plan)
    added = max(peak_mib(pid) - held for pid, held in zip(pids, before, strict=True))
    figures.add("memory.huge.added", MB, added * 2**20 / 1e6)
    figures.add("memory.huge.seconds", S, max(report.latencies_ms, default=0.0) / 1000)


def _note(server: TorchServe, figures: Figures, *, first: bool) -> None:
    workers, java = server.worker_pids(), _java_pid(server)
    held = {"workers": resident_mib(workers), "total": resident_mib([java])}
    held["java"] = held["total"] - held["workers"]
    for name, mib in held.items():
        figures.add(f"memory.{name}", MIB, mib)
        if first:
            figures.add(f"memory.{name}.first", MIB, mib)
    if len(figures.figures["memory.total"].rounds) == PARTS:
        for name, mib in held.items():
            figures.add(f"memory.{name}.last", MIB, mib)


def _java_pid(server: TorchServe) -> int:
    if server.process is None:
        raise CannotMeasureError("this TorchServe was started by another program")
    return server.process.pid
