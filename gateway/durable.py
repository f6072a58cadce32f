"""Bytes in, files out that are whole or not there, and that a power cut does not take back.

bytes -> temporary files beside them -> fsync of each -> renames -> one fsync of their folder

What a process leaves that is killed meanwhile has a name of its own, with a dot before it.
"""

import os
import uuid
from collections.abc import Mapping
from pathlib import Path

_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


def write_durably(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write or replace files of one folder by name, readable by their owner only.

    Raises OSError and then leaves nothing half written; of several files some may be new.
    """
    _make_folder(folder)
    mark = uuid.uuid4().hex
    temporary = {name: folder / f".{name}.{mark}" for name in files}
    try:
        for name, data in files.items():
            _write(temporary[name], data)
        for name, written in temporary.items():
            written.replace(folder / name)
    except BaseException:
        for left in temporary.values():
            left.unlink(missing_ok=True)
        raise
    _sync_folder(folder)


def write_secret(path: Path, text: str) -> None:
    """Write a line that only its owner reads."""
    write_durably(path.parent, {path.name: f"{text}\n".encode()})


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, _NEW_FILE, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        target.write(data)
        target.flush()
        os.fsync(descriptor)


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it; each is a name in the one above, which must be kept as well."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
