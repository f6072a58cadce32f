"""How long an image takes just now, from claim to result, TorchServe's own queue included."""

import threading
import time
from collections.abc import Callable

_WEIGHT = 0.1
"""Of the newest image in the average."""
_VALID_SECONDS = 60.0
"""Where nothing was scored for so long, nothing is known: TorchServe may be away, then everybody queues."""


class Pace:
    """The average of one process, over some tens of images."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._average = 0.0
        self._valid_until = float("-inf")

    def note(self, seconds: float) -> None:
        """Take note of an image that was scored in that time."""
        with self._lock:
            before = self._average if self._is_known() else seconds
            self._average = before + _WEIGHT * (seconds - before)
            self._valid_until = self._clock() + _VALID_SECONDS

    def seconds(self) -> float | None:
        """Return the average; None where nothing was scored lately."""
        with self._lock:
            return self._average if self._is_known() else None

    def _is_known(self) -> bool:
        return self._clock() <= self._valid_until
