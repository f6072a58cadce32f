"""Memory of processes, from Linux' own books: process ids in, MiB resident now and at most out."""

import re
from collections.abc import Iterable
from pathlib import Path

import psutil

from benchmark.errors import CannotMeasureError

_PEAK_IS_NOW = "5"
"""Written to clear_refs, it sets the peak back to what is resident now."""


def resident_mib(pids: Iterable[int]) -> float:
    """Return what these processes hold together, with all their children."""
    processes = {process for pid in pids for process in _family(psutil.Process(pid))}
    return sum(process.memory_info().rss for process in processes) / 2**20


def peak_mib(pid: int) -> float:
    """Return the most that a process has held since it began, or since `forget_peak`."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    if found is None:
        raise CannotMeasureError("this system does not tell a process' peak memory")
    return int(found.group(1)) / 1024


def forget_peak(pid: int) -> None:
    """Begin a new peak; raises CannotMeasureError where the system does not let us."""
    try:
        Path(f"/proc/{pid}/clear_refs").write_text(_PEAK_IS_NOW, encoding="ascii")
    except OSError as error:
        raise CannotMeasureError(f"the peak memory cannot be set back ({error.strerror})") from error


def _family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]
