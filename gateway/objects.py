"""Bytes under keys: images and results. One small interface; the local folder is its default.

Everything of an analysis lies below `analyses/ID/`, so that deleting it touches nobody else's bytes. An
image's key ends in its SHA-256, which is checked on every read.
"""

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from gateway.durable import write_durably
from gateway.problems import DamagedObjectProblem, StorageProblem

ANALYSES = "analyses"
_TRIES = 3
"""A folder that somebody writes to while it is deleted may not be empty at the end."""


class ObjectStore(Protocol):
    """What the gateway asks of a store; all raise StorageProblem where it does not answer."""

    def put(self, key: str, data: bytes) -> None:
        """Write the whole object or nothing; once this returns, a power cut does not take it back."""

    def put_all(self, prefix: str, objects: Mapping[str, bytes]) -> None:
        """Write objects by their names right below `prefix`, each like `put`, sooner than one by one."""

    def get(self, key: str) -> bytes:
        """Return the object's bytes; raises DamagedObjectProblem where it is missing."""

    def delete_below(self, prefix: str) -> None:
        """Delete every object below `prefix`, half-written ones too; none is fine."""

    def folders(self, prefix: str) -> list[str]:
        """Return the names of the folders right below `prefix`."""

    def changed_at(self, prefix: str) -> datetime | None:
        """Return when something below `prefix` was last written or deleted; None where nothing is there."""

    def check(self) -> None:
        """Return if the store can be written to."""


class FolderObjects:
    """Objects as files below one folder; what `put` has written survives a power cut."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder

    def put(self, key: str, data: bytes) -> None:
        """Write to a temporary file beside it, then rename that."""
        path = self._path(key)
        self._write(path.parent, {path.name: data})

    def put_all(self, prefix: str, objects: Mapping[str, bytes]) -> None:
        """Write temporary files, rename them, and wait for the folder once."""
        for name in objects:
            self._path(f"{prefix}/{name}")
        self._write(self._path(prefix), objects)

    def _write(self, folder: Path, files: Mapping[str, bytes]) -> None:
        with _told_as("The image could not be stored."):
            write_durably(folder, files)

    def get(self, key: str) -> bytes:
        """Read one file."""
        with _told_as("A stored object could not be read."):
            try:
                return self._path(key).read_bytes()
            except FileNotFoundError as error:
                raise DamagedObjectProblem("A stored object is missing.") from error

    def delete_below(self, prefix: str) -> None:
        """Delete the folder with all that lies in it, half-written files too."""
        with _told_as("Stored objects could not be deleted."):
            for _ in range(_TRIES - 1):
                with suppress(OSError):
                    _delete_folder(self._path(prefix))
            _delete_folder(self._path(prefix))

    def folders(self, prefix: str) -> list[str]:
        """List one folder."""
        with _told_as("Stored objects could not be listed."), suppress(FileNotFoundError):
            return [path.name for path in self._path(prefix).iterdir() if path.is_dir()]
        return []

    def changed_at(self, prefix: str) -> datetime | None:
        """Look at the time of the folder and of everything in it, half-written files too."""
        top = self._path(prefix)
        with _told_as("Stored objects could not be listed."), suppress(FileNotFoundError):
            seconds = max(path.stat().st_mtime for path in (top, *top.rglob("*")))
            return datetime.fromtimestamp(seconds, UTC)
        return None

    def check(self) -> None:
        """Write a small file, as a full or read-only disk shows only then."""
        self.put("readiness", b"ready")

    def _path(self, key: str) -> Path:
        """Return the file of an object; raises ValueError where the key leads elsewhere."""
        names = key.split("/")
        if not all(name.strip(".") for name in names):
            raise ValueError("an object's key is no path out of its folder")
        return self._folder.joinpath(*names)


@contextmanager
def _told_as(failure: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageProblem(failure, retry_after_seconds=30) from error


def _delete_folder(path: Path) -> None:
    """Delete a folder if it is there; raises OSError where something of it is left."""
    try:
        shutil.rmtree(path)
    except FileNotFoundError:
        if path.exists():
            raise


def analysis_prefix(analysis_id: str) -> str:
    """Return the prefix of everything that belongs to one analysis."""
    return f"{ANALYSES}/{analysis_id}"


def image_key(analysis_id: str, sha256: str) -> str:
    """Return where the image of an analysis lies."""
    return f"{analysis_prefix(analysis_id)}/image-{sha256}"


def get_image(objects: ObjectStore, analysis_id: str, sha256: str) -> bytes:
    """Return the image as stored; raises DamagedObjectProblem where its bytes are no longer those."""
    data = objects.get(image_key(analysis_id, sha256))
    if hashlib.sha256(data).hexdigest() != sha256:
        raise DamagedObjectProblem("The stored image is damaged: its checksum differs.")
    return data
