"""How fast images are scored just now: how long each took and in what company in, seconds an image out.

By Little's law, an image that took two seconds while eight were under way stands for a quarter of a second.
So nobody has to know how long the process had nothing to do.
"""

import threading
import time
from collections.abc import Callable

_WEIGHT = 0.1
"""Of the newest image in the average."""
_VALID_SECONDS = 15.0
"""Where nothing was scored for so long, nothing is known: TorchServe may be away, then everybody queues."""


class Pace:
    """The average of one process, over some tens of images."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._under_way = 0
        self._seconds: float | None = None
        self._noted_at = 0.0

    def timed(self, score: Callable[[], bool]) -> bool:
        """Score an image, and note how long it took where that tells of success."""
        with self._lock:
            self._under_way += 1
        started, succeeded = self._clock(), False
        try:
            succeeded = score()
        finally:
            with self._lock:
                if succeeded:
                    self._note(started)
                self._under_way -= 1
        return succeeded

    def seconds_per_image(self) -> float | None:
        """Return the average; None where nothing was scored lately."""
        with self._lock:
            is_known = self._clock() - self._noted_at <= _VALID_SECONDS
            return self._seconds if is_known else None

    def _note(self, started: float) -> None:
        moment = self._clock()
        seconds = (moment - started) / self._under_way
        was_known = self._seconds is not None and moment - self._noted_at <= _VALID_SECONDS
        before = self._seconds if was_known and self._seconds is not None else seconds
        self._seconds, self._noted_at = before + _WEIGHT * (seconds - before), moment
