"""Converted networks, kept between starts: what a network depends on in, the folder that holds it out.

Flow: weights, network, code and packages' versions -> key -> `~/.cache/ki67/networks/KEY`, made once however
many workers start together, and made anew where a file of it is not what was written. A few of the last used
are kept.
"""

import fcntl
import hashlib
import json
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from handler.spec import NetworkSpec

logger = logging.getLogger(__name__)

KEPT = 4
"""Networks of some 150 MB each."""

COMPUTING_PACKAGES = ("torch", "segmentation-models-pytorch", "timm", "openvino", "numpy")
"""What builds, traces and converts a network; another version of one may do so otherwise."""

_LOCK = "lock"
_DIGESTS = "sha256.json"


def default_folder() -> Path:
    """Return the user's cache, or a folder of ours alone among the temporary files where there is none."""
    try:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ki67" / "networks"
        return _private(home)
    except (OSError, RuntimeError):
        return _private(Path(tempfile.gettempdir()) / f"ki67-networks-{os.getuid()}")


def versions_of(packages: Iterable[str] = COMPUTING_PACKAGES) -> dict[str, str]:
    """Return the installed versions, without loading anything."""
    return {package: _version_of(package) for package in packages}


def key_of(network: NetworkSpec, weights: Path, versions: Mapping[str, str]) -> str:
    """Return what names a converted network: it changes with anything that could change a result."""
    digest = hashlib.sha256(json.dumps([asdict(network), dict(versions)], sort_keys=True).encode())
    for file in (weights, *_sources()):
        digest.update(_digest_of(file).encode())
    return digest.hexdigest()[:32]


def cached(folder: Path, key: str, make: Callable[[Path], None]) -> Path:
    """Return the folder of `key`; where there is none yet, or a damaged one, `make` fills it.

    Nobody sees half of it, not even after the machine has lost its power.
    """
    with _alone(folder):
        wanted = folder / key
        if not _is_whole(wanted):
            if wanted.exists():
                logger.warning("the converted network %s is damaged and is made anew", key)
            _make(wanted, make)
        os.utime(wanted, ns=(time.time_ns(), time.time_ns()))  # the system's own clock of files is coarse
        _forget_oldest(folder)
    return wanted


def _make(wanted: Path, make: Callable[[Path], None]) -> None:
    with tempfile.TemporaryDirectory(prefix=".making-", dir=wanted.parent) as scratch:
        made = Path(scratch) / wanted.name
        made.mkdir()
        make(made)
        digests = {file.name: _digest_of(file) for file in made.iterdir()}
        (made / _DIGESTS).write_text(json.dumps(digests), encoding="utf-8")
        for written in (*made.iterdir(), made):
            _to_disk(written)
        _remove(wanted)
        made.replace(wanted)
        _to_disk(wanted.parent)


def _is_whole(made: Path) -> bool:
    """Tell whether every file is there, and every byte of it as it was written."""
    try:
        digests = json.loads((made / _DIGESTS).read_text(encoding="utf-8"))
        return all(_digest_of(made / name) == digest for name, digest in digests.items())
    except (OSError, ValueError, AttributeError):
        return False


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    """Wait until a file or a folder's list of them would outlast a loss of power."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


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
