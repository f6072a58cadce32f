"""Counts requests in this process's memory, in windows that are forgotten once they have passed.

The storage that `limits` brings starts a thread for nearly every count, only to forget the passed ones; here
whoever counts forgets them, whenever as many new ones have come as were kept the last time.
"""

import threading
import time

from limits.storage import MemoryStorage

_ROOM = 1_000


class ProcessCounts(MemoryStorage):
    """Fixed windows by key; `storage_uri="process://"`."""

    STORAGE_SCHEME = ["process"]  # noqa: RUF012 - the base class's kind

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: str) -> None:
        super().__init__(uri, wrap_exceptions, **options)
        self._counting = threading.Lock()
        self._room = _ROOM

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count in the key's window, which begins with its first count and lasts `expiry` seconds."""
        with self._counting:
            if len(self.expirations) >= self._room:
                self._forget_passed()
            count = self.get(key) + amount
            self.storage[key] = count
            self.expirations.setdefault(key, time.time() + expiry)
            return count

    def _forget_passed(self) -> None:
        moment = time.time()
        for key in [key for key, end in self.expirations.items() if end <= moment]:
            self.clear(key)
        self._room = max(_ROOM, 2 * len(self.expirations))
