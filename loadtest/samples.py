"""Memory, processor time and open files of the services' processes, every few seconds, as CSV."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import psutil

SAMPLES = "samples.csv"
COLUMNS = ("t_s", "process", "rss_bytes", "cpu_s", "open_files")
NAMES = (
    ("model_service_worker", "torchserve-worker"),
    ("ModelServer", "torchserve"),
    ("gateway.worker", "worker"),
    ("gunicorn", "gateway"),
    ("locustfile", "loadtest"),
)
"""A word of the command line, and what the process is called; guards and supervisors are left out."""
GUARDS = ("guard.py", "model_store.supervise", "stack.run")

Figures = tuple[int, float, int]


class Sampler:
    """Follows the processes below some roots."""

    def __init__(self, folder: Path, roots: list[int]) -> None:
        self._path, self._roots = folder / SAMPLES, roots
        with self._path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow(COLUMNS)

    def sample(self, t_s: float) -> None:
        """Append a row for each kind of process, summed over its processes."""
        sums: dict[str, list[Figures]] = defaultdict(list)
        for process in self._processes():
            if (name := name_of(process)) and (figures := _figures(process)):
                sums[name].append(figures)
        with self._path.open("a", newline="", encoding="utf-8") as file:
            for name, each in sorted(sums.items()):
                csv.writer(file).writerow(
                    (round(t_s, 1), name, *(sum(column) for column in zip(*each, strict=True)))
                )

    def _processes(self) -> Iterator[psutil.Process]:
        for root in self._roots:
            try:
                process = psutil.Process(root)
                yield from (process, *process.children(recursive=True))
            except psutil.NoSuchProcess:
                continue


def name_of(process: psutil.Process) -> str | None:
    """Return what a process is called, None where it is none of the services."""
    try:
        words = " ".join(process.cmdline())
    except psutil.Error:
        return None
    if any(guard in words for guard in GUARDS):
        return None
    return next((name for word, name in NAMES if word in words), None)


def _figures(process: psutil.Process) -> Figures | None:
    try:
        with process.oneshot():
            times = process.cpu_times()
            return process.memory_info().rss, times.user + times.system, process.num_fds()
    except psutil.Error:
        return None
