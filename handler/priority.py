"""Who goes first where the cores are all busy: everybody else before a worker that is ready and computes.

A worker that starts, after a crash or beside others, is then ready in a fraction of the time that it takes as
one among equals; TorchServe's own threads, which need little but need it at once, go first too. On an idle
machine nothing changes.
"""

import os
from contextlib import suppress
from pathlib import Path

NICENESS = 10
"""Of a worker that computes: with Linux's weights it gets a tenth of a core that another one wants whole."""
_THREADS = Path("/proc/self/task")


def give_way(niceness: int = NICENESS) -> None:
    """Let every thread of this process, and those they will start, go after the other processes'.

    Linux keeps niceness a thread, so each is told; elsewhere nothing happens. None that is nicer comes back.
    """
    for thread in _threads():
        with suppress(ProcessLookupError, PermissionError):  # it has ended, or nobody may change it
            found = os.getpriority(os.PRIO_PROCESS, thread)
            os.setpriority(os.PRIO_PROCESS, thread, max(found, niceness))


def _threads() -> list[int]:
    try:
        return [int(entry.name) for entry in _THREADS.iterdir()]
    except OSError:
        return []
