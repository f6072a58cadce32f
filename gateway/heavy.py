"""Bounds work that takes much memory (decoding and drawing large images) to one a processor core."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_slots = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))


@contextmanager
def heavy_work() -> Iterator[None]:
    """Wait for a free slot and hold it while the block runs."""
    with _slots:
        yield
