"""Samples of processes in, growth of their memory and the cores that they keep busy out.

Processes of one name that were looked at together (the workers of TorchServe) count as one.
"""

from collections import defaultdict
from collections.abc import Sequence
from statistics import linear_regression

from loadtest.reading import Sample

_LEAST = 4
"""Looks at a process below which a trend is none."""


def growth_percent(samples: Sequence[Sample], process: str, start_s: float, end_s: float) -> float | None:
    """Return by how many percent a process' resident memory grew in the second half of this time.

    It is read from the straight line of least squares, so that one look more or less decides nothing. None
    where the process was looked at fewer than four times.
    """
    middle_s = (start_s + end_s) / 2
    held = _by_moment(samples, process, middle_s, end_s)
    if len(held) < _LEAST:
        return None
    line = linear_regression(list(held), [each.rss_bytes for each in held.values()])
    first, last = (line.intercept + line.slope * moment_s for moment_s in (min(held), max(held)))
    return 100.0 * (last / first - 1.0)


def cores_busy(samples: Sequence[Sample], process: str, start_s: float, end_s: float) -> float | None:
    """Return how many cores a process kept busy on average in this time; None with fewer than two looks."""
    held = _by_moment(samples, process, start_s, end_s)
    if len(held) < 2:
        return None
    first_s, last_s = min(held), max(held)
    return (held[last_s].cpu_s - held[first_s].cpu_s) / (last_s - first_s)


def processes(samples: Sequence[Sample]) -> list[str]:
    """Return the names of the processes, as they were first looked at."""
    return list(dict.fromkeys(each.process for each in samples))


def memory(samples: Sequence[Sample], process: str) -> dict[float, int]:
    """Return the resident bytes of a process by moment."""
    return {
        moment_s: each.rss_bytes
        for moment_s, each in _by_moment(samples, process, float("-inf"), float("inf")).items()
    }


def _by_moment(samples: Sequence[Sample], process: str, start_s: float, end_s: float) -> dict[float, Sample]:
    looks: defaultdict[float, list[Sample]] = defaultdict(list)
    for each in samples:
        if each.process == process and start_s <= each.t_s <= end_s:
            looks[each.t_s].append(each)
    return {moment_s: _together(looks[moment_s]) for moment_s in sorted(looks)}


def _together(looks: Sequence[Sample]) -> Sample:
    resident, spent = sum(each.rss_bytes for each in looks), sum(each.cpu_s for each in looks)
    return Sample(looks[0].t_s, looks[0].process, resident, spent)
