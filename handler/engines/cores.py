"""How many cores there are to use: affinity and container limits in, a number out."""

import os
from pathlib import Path


def usable_cores() -> int:
    """Return how many cores this process may use: its affinity's, or fewer where a container says so."""
    cores = len(os.sched_getaffinity(0))
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        return max(1, min(cores, round(int(quota) / int(period))))
    except (OSError, ValueError):  # no such limit
        return cores
