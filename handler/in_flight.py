"""Who is at work: a lock that a worker holds while it answers a batch, and who looks whether it is held.

A file a worker, named by version and process. The lock is the kernel's: a worker that is killed holds none. A
drain waits for it, as TorchServe tells how many requests are queued and not how many are being answered.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = "in-flight"
"""Beside the unpacked archives."""


class InFlight:
    """The mark of one worker; without a folder that can be written to it does nothing."""

    def __init__(self, folder: Path, version: str) -> None:
        self._folder, self._version = folder, version
        self._path = folder / f"{version}@{os.getpid()}"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file: int | None = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError:
            self._file = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Tell everybody who looks that this worker is at work."""
        if self._file is None:
            yield
            return
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def others(self) -> int:
        """Return how many other workers of this version are at work."""
        return sum(path != self._path for path in at_work(self._folder, self._version))


def at_work(folder: Path, version: str = "*") -> list[Path]:
    """Return the files of the workers that answer a batch now."""
    return [path for path in folder.glob(f"{version}@*") if _is_held(path)]


def _is_held(path: Path) -> bool:
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False
