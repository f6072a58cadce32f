"""Bytes under keys: images and results. One small interface; the local folder is its default.

Everything of an analysis lies below `analyses/ID/`, so that deleting it touches nobody else's bytes. An
image's key ends in its SHA-256, which is checked on every read.
"""

import hashlib
from pathlib import Path
from typing import Protocol

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore

from gateway.problems import DamagedObjectProblem, StorageProblem


class ObjectStore(Protocol):
    """What the gateway asks of a store; all raise StorageProblem where it does not answer."""

    def put(self, key: str, data: bytes) -> None:
        """Write the whole object or nothing."""

    def get(self, key: str) -> bytes:
        """Return the object's bytes; raises DamagedObjectProblem where it is missing."""

    def delete_below(self, prefix: str) -> None:
        """Delete every object below `prefix`; none is fine."""

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
        try:
            for found in obstore.list(self._store, prefix):
                obstore.delete(self._store, [entry["path"] for entry in found])
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise StorageProblem("Stored objects could not be deleted.", retry_after_seconds=30) from error

    def check(self) -> None:
        """Write a small file, as a full or read-only disk shows only then."""
        self.put("readiness", b"ready")


def analysis_prefix(analysis_id: str) -> str:
    """Return the prefix of everything that belongs to one analysis."""
    return f"analyses/{analysis_id}"


def image_key(analysis_id: str, sha256: str) -> str:
    """Return where the image of an analysis lies."""
    return f"{analysis_prefix(analysis_id)}/image-{sha256}"


def get_image(objects: ObjectStore, analysis_id: str, sha256: str) -> bytes:
    """Return the image as received; raises DamagedObjectProblem where its bytes are no longer those."""
    data = objects.get(image_key(analysis_id, sha256))
    if hashlib.sha256(data).hexdigest() != sha256:
        raise DamagedObjectProblem("The stored image is damaged: its checksum differs.")
    return data
