"""Bytes under keys: images and results. One small interface; the local folder is its default.

Everything of an analysis lies below `analyses/ID/`, so that deleting it touches nobody else's bytes. An
image's key ends in its SHA-256, which is checked on every read.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore

from gateway.problems import DamagedObjectProblem, StorageProblem

ANALYSES = "analyses"


class ObjectStore(Protocol):
    """What the gateway asks of a store; all raise StorageProblem where it does not answer."""

    def put(self, key: str, data: bytes) -> None:
        """Write the whole object or nothing."""

    def get(self, key: str) -> bytes:
        """Return the object's bytes; raises DamagedObjectProblem where it is missing."""

    def delete_below(self, prefix: str) -> None:
        """Delete every object below `prefix`; none is fine."""

    def folders(self, prefix: str) -> list[str]:
        """Return the names of the folders right below `prefix`."""

    def changed_at(self, prefix: str) -> datetime | None:
        """Return when the newest object below `prefix` was written; None where there is none."""

    def check(self) -> None:
        """Return if the store can be written to."""


class FolderObjects:
    """Objects as files below one folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._store = LocalStore(folder, automatic_cleanup=True)

    def put(self, key: str, data: bytes) -> None:
        """Write to a temporary file, then rename it (obstore does)."""
        try:
            obstore.put(self._store, key, data, use_multipart=False)
        except (BaseError, OSError) as error:
            raise StorageProblem("The image could not be stored.", retry_after_seconds=30) from error

    def get(self, key: str) -> bytes:
        """Read one file."""
        try:
            return obstore.get(self._store, key).bytes().to_bytes()
        except FileNotFoundError as error:
            raise DamagedObjectProblem("A stored object is missing.") from error
        except (BaseError, OSError) as error:
            raise StorageProblem("A stored object could not be read.", retry_after_seconds=30) from error

    def delete_below(self, prefix: str) -> None:
        """Delete files, then the folders they leave empty."""
        with _missing_is_fine("Stored objects could not be deleted."):
            for found in obstore.list(self._store, prefix):
                obstore.delete(self._store, [entry["path"] for entry in found])

    def folders(self, prefix: str) -> list[str]:
        """List one folder."""
        with _missing_is_fine("Stored objects could not be listed."):
            found = obstore.list_with_delimiter(self._store, prefix)["common_prefixes"]
            return [path.rstrip("/").rpartition("/")[2] for path in found]
        return []

    def changed_at(self, prefix: str) -> datetime | None:
        """Look at every file's time."""
        with _missing_is_fine("Stored objects could not be listed."):
            listed = obstore.list(self._store, prefix)
            return max((entry["last_modified"] for found in listed for entry in found), default=None)
        return None

    def check(self) -> None:
        """Write a small file, as a full or read-only disk shows only then."""
        self.put("readiness", b"ready")


@contextmanager
def _missing_is_fine(failure: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        return
    except (BaseError, OSError) as error:
        raise StorageProblem(failure, retry_after_seconds=30) from error


def analysis_prefix(analysis_id: str) -> str:
    """Return the prefix of everything that belongs to one analysis."""
    return f"{ANALYSES}/{analysis_id}"


def image_key(analysis_id: str, sha256: str) -> str:
    """Return where the image of an analysis lies."""
    return f"{analysis_prefix(analysis_id)}/image-{sha256}"


def get_image(objects: ObjectStore, analysis_id: str, sha256: str) -> bytes:
    """Return the image as received; raises DamagedObjectProblem where its bytes are no longer those."""
    data = objects.get(image_key(analysis_id, sha256))
    if hashlib.sha256(data).hexdigest() != sha256:
        raise DamagedObjectProblem("The stored image is damaged: its checksum differs.")
    return data
