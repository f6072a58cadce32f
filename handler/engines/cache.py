"""Converted networks, kept between starts: what a network depends on in, the folder that holds it out.

Flow: weights, network, code and OpenVINO's version -> key -> `~/.cache/ki67/networks/KEY`, made once however
many workers start together. A few of the last used are kept.
"""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from handler.spec import NetworkSpec

KEPT = 4
"""Networks of some 150 MB each."""

_LOCK = "lock"


def default_folder() -> Path:
    """Return the user's cache, or a folder of ours alone among the temporary files where there is none."""
    try:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ki67" / "networks"
        return _private(home)
    except (OSError, RuntimeError):
        return _private(Path(tempfile.gettempdir()) / f"ki67-networks-{os.getuid()}")


def key_of(network: NetworkSpec, weights: Path, runtime_version: str) -> str:
    """Return what names a converted network: it changes with anything that could change a result."""
    digest = hashlib.sha256(json.dumps([asdict(network), runtime_version], sort_keys=True).encode())
    with weights.open("rb") as file:
        digest.update(hashlib.file_digest(file, "sha256").digest())
    for source in _sources():
        digest.update(source.read_bytes())
    return digest.hexdigest()[:32]


def cached(folder: Path, key: str, make: Callable[[Path], None]) -> Path:
    """Return the folder of `key`; where there is none yet, `make` fills it and nobody sees half of it."""
    with _alone(folder):
        wanted = folder / key
        if not wanted.is_dir():
            with tempfile.TemporaryDirectory(prefix=".making-", dir=folder) as scratch:
                made = Path(scratch) / key
                made.mkdir()
                make(made)
                made.replace(wanted)
        os.utime(wanted, ns=(time.time_ns(), time.time_ns()))  # the system's own clock of files is coarse
        _forget_oldest(folder)
    return wanted


def _sources() -> list[Path]:
    here = Path(__file__).resolve().parents[1]
    return sorted([*here.glob("engines/*.py"), *here.glob("architectures/*.py"), here / "network.py"])


def _private(folder: Path) -> Path:
    """Return the folder, made for us alone; raises PermissionError where it is somebody else's."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid() or not os.access(folder, os.W_OK):
        raise PermissionError(f"{folder} belongs to somebody else or cannot be written")
    return folder


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Wait until no other process is at work in the folder; a process that dies gives way by itself."""
    with (folder / _LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _forget_oldest(folder: Path) -> None:
    kept = [entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith(".making-")]
    for old in sorted(kept, key=lambda entry: entry.stat().st_mtime, reverse=True)[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
