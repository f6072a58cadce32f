"""Bounds work that takes much memory (decoding and drawing large images) to one a processor core.

Who waits for it holds one of the process's threads: neither too many may, nor for long, so that all else is
still answered.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gateway.problems import BusyProblem


@dataclass(frozen=True)
class Patience:
    """How long somebody waits, and the share of all threads that may be waiting before they come."""

    seconds: float
    share: float


LOOKING = Patience(seconds=20, share=1 / 2)
UPLOADING = Patience(seconds=120, share=3 / 4)
"""An upload has come a long way; it waits where somebody who looks would be asked to come again."""


class HeavyWork:
    """The slots of one process that answers requests with that many threads."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._slots = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
        self._lock = threading.Lock()
        self._waiting = 0

    @contextmanager
    def slot(self, patience: Patience) -> Iterator[None]:
        """Hold a slot while the block runs; raises BusyProblem where none becomes free."""
        if not (self._slots.acquire(blocking=False) or self._waited(patience)):
            raise BusyProblem("Too many images are open just now; try again.", retry_after_seconds=5)
        try:
            yield
        finally:
            self._slots.release()

    def _waited(self, patience: Patience) -> bool:
        with self._lock:
            if self._waiting >= max(1, int(patience.share * self._threads)):
                return False
            self._waiting += 1
        try:
            return self._slots.acquire(timeout=patience.seconds)
        finally:
            with self._lock:
                self._waiting -= 1
