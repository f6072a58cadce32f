"""What memory a worker takes and what is left for others: Linux's own words in, bytes out.

Elsewhere, and where nothing is told, None. In a container its limit counts, not the machine's.
"""

from pathlib import Path

_STATUS, _MEMINFO = Path("/proc/self/status"), Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup")


def resident_bytes(status: Path = _STATUS) -> int | None:
    """Return the memory this process has in use."""
    return _kilobytes(status, "VmRSS:")


def available_bytes(meminfo: Path = _MEMINFO, cgroup: Path = _CGROUP) -> int | None:
    """Return what can still be taken without swapping, by the machine or by its container's limit."""
    free = [_kilobytes(meminfo, "MemAvailable:"), _left_in(cgroup)]
    return min((found for found in free if found is not None), default=None)


def _left_in(cgroup: Path) -> int | None:
    """Return what a control group (version 2) leaves; cached files do not count, they make room."""
    limit, used = _number(cgroup / "memory.max"), _number(cgroup / "memory.current")
    if limit is None or used is None:
        return None
    return max(0, limit - used + (_field(cgroup / "memory.stat", "inactive_file") or 0))


def _kilobytes(path: Path, name: str) -> int | None:
    found = _field(path, name)
    return None if found is None else found * 1024


def _field(path: Path, name: str) -> int | None:
    try:
        lines = path.read_text("ascii", "replace").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.split()[:1] == [name]), None)


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):  # "max": no limit
        return None
