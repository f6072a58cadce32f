"""Objects in a bucket: S3 and what speaks its language. What `put` has written is on the provider's disks.

A bucket has no folders: what lies below a prefix is found by listing it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from gateway.problems import DamagedObjectProblem, StorageProblem
from gateway.settings import Settings

if TYPE_CHECKING:
    from obstore.store import ClientConfig

_CONNECT_SECONDS, _REQUEST_SECONDS, _RETRY_SECONDS = 5, 60, 90
_RETRIES = 3


class BucketObjects:
    """An `ObjectStore` below one prefix of a bucket."""

    def __init__(self, store: S3Store) -> None:
        self._store = store

    def put(self, key: str, data: bytes) -> None:
        """Write one object; a bucket shows it whole or not at all."""
        with _told_as("The image could not be stored."):
            obstore.put(self._store, _checked(key), data)

    def put_all(self, prefix: str, objects: Mapping[str, bytes]) -> None:
        """Write one after another; a bucket has no folder to wait for."""
        for name, data in objects.items():
            self.put(f"{prefix}/{name}", data)

    def get(self, key: str) -> bytes:
        """Read one object."""
        with _told_as("A stored object could not be read."):
            try:
                return bytes(obstore.get(self._store, _checked(key)).bytes())
            except FileNotFoundError as error:
                raise DamagedObjectProblem("A stored object is missing.") from error

    def delete_below(self, prefix: str) -> None:
        """Delete what is listed below the prefix, a page at a time."""
        with _told_as("Stored objects could not be deleted."):
            for page in obstore.list(self._store, f"{_checked(prefix)}/"):
                obstore.delete(self._store, [each["path"] for each in page])

    def folders(self, prefix: str) -> list[str]:
        """Return the common prefixes one level below."""
        with _told_as("Stored objects could not be listed."):
            found = obstore.list_with_delimiter(self._store, f"{_checked(prefix)}/")["common_prefixes"]
        return [name.rstrip("/").rpartition("/")[2] for name in found]

    def changed_at(self, prefix: str) -> datetime | None:
        """Return when the newest object below the prefix was written."""
        with _told_as("Stored objects could not be listed."):
            listed = obstore.list(self._store, f"{_checked(prefix)}/")
            return max((each["last_modified"] for page in listed for each in page), default=None)

    def check(self) -> None:
        """Write a small object."""
        self.put("readiness", b"ready")


def open_bucket(settings: Settings) -> BucketObjects:
    """Open the bucket that the settings name.

    Without a key the provider's own chain is asked: the variables and roles that a cluster gives a pod.
    """
    address = urlsplit(str(settings.objects_url))
    given = {
        "region": settings.s3_region,
        "endpoint": settings.s3_endpoint,
        "access_key_id": settings.s3_access_key_id,
        "secret_access_key": settings.s3_secret_access_key
        and settings.s3_secret_access_key.get_secret_value(),
    }
    store = S3Store(
        address.netloc,
        prefix=address.path.strip("/") or None,
        config={name: value for name, value in given.items() if value},  # type: ignore[arg-type]
        client_options=_client_options(settings),
        retry_config={"max_retries": _RETRIES, "retry_timeout": timedelta(seconds=_RETRY_SECONDS)},
    )
    return BucketObjects(store)


def _client_options(settings: Settings) -> "ClientConfig":
    return {
        "allow_http": (settings.s3_endpoint or "").startswith("http://"),
        "connect_timeout": timedelta(seconds=_CONNECT_SECONDS),
        "timeout": timedelta(seconds=_REQUEST_SECONDS),
    }


def _checked(key: str) -> str:
    """Return the key; raises ValueError where it leads elsewhere."""
    if not all(name.strip(".") for name in key.split("/")):
        raise ValueError("an object's key is no path out of its folder")
    return key


@contextmanager
def _told_as(failure: str) -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        raise StorageProblem(failure, retry_after_seconds=30) from error
