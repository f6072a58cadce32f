"""Fetches archives for a TorchServe that is to start: addresses and their SHA-256 in, a folder of .mar out.

    python -m model_store.fetch --into FOLDER 1.2=https://host/a.mar#sha256=HEX 1.3=s3://bucket/key#sha256=HEX

Flow: address (https, http, s3, or a path) -> a file beside the others, hashed as it comes -> the hash and the
version in it are those that were asked for -> its name. Else nothing is left and the exit status is 1. What
lies there with that hash is not fetched again. S3 is asked as the usual variables say (AWS_REGION, ...).
"""

import argparse
import hashlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import httpx2

from model_store.archive import NAME, ROOT, VERSION_NAME, sha256_of
from model_store.failures import RefusedError
from model_store.registering import candidate_of_archive

CONNECT_S, STALL_S = 10.0, 60.0
CHUNK_BYTES = 1 << 20
_SOURCE = re.compile(rf"({VERSION_NAME.pattern})=(.+)#sha256=([0-9a-f]{{64}})")


class FetchError(Exception):
    """An archive was not fetched; the message says why in a sentence."""


@dataclass(frozen=True)
class Source:
    """Where the archive of a version is, and what it must be."""

    version: str
    address: str
    sha256: str

    @classmethod
    def parse(cls, text: str) -> "Source":
        """Read VERSION=ADDRESS#sha256=HEX; raises ValueError."""
        parts = _SOURCE.fullmatch(text)
        if parts is None:
            raise ValueError(f"{text!r} is not VERSION=ADDRESS#sha256=HEX")
        return cls(*parts.groups())


def fetch(source: Source, folder: Path) -> Path:
    """Return the archive in `folder`, fetched unless it is there; raises FetchError."""
    target = folder / f"{NAME}-{source.version}.mar"
    if target.is_file() and sha256_of(target) == source.sha256:
        return target
    with _new_file(folder) as file:
        try:
            digest = _copy(source.address, file)
        except (OSError, httpx2.HTTPError) as error:
            raise FetchError(f"version {source.version} was not fetched: {_words(error)}") from error
        if digest != source.sha256:
            raise FetchError(f"version {source.version} has SHA-256 {digest} and not {source.sha256}")
        _check_version(Path(file.name), source.version)
        Path(file.name).replace(target)
    target.chmod(0o644)
    return target


@contextmanager
def _new_file(folder: Path) -> Iterator[IO[bytes]]:
    """Open a file beside the archives that is gone afterwards, unless it was renamed."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".fetched-", delete=False) as file:
        try:
            yield file
        finally:
            Path(file.name).unlink(missing_ok=True)


def _copy(address: str, file: IO[bytes]) -> str:
    """Copy what lies at an address and return its SHA-256."""
    digest = hashlib.sha256()
    for chunk in _chunks(address):
        digest.update(chunk)
        file.write(chunk)
    file.flush()
    return digest.hexdigest()


def _chunks(address: str) -> Iterator[bytes]:
    scheme = urlsplit(address).scheme
    if scheme in ("http", "https"):
        return _over_http(address)
    return _of_bucket(address) if scheme == "s3" else _of_file(Path(address.removeprefix("file://")))


def _over_http(address: str) -> Iterator[bytes]:
    timeout = httpx2.Timeout(STALL_S, connect=CONNECT_S)
    with httpx2.stream("GET", address, timeout=timeout, follow_redirects=True) as answer:
        answer.raise_for_status()
        yield from answer.iter_bytes(CHUNK_BYTES)


def _of_bucket(address: str) -> Iterator[bytes]:
    import obstore  # noqa: PLC0415 - only where there is a bucket
    from obstore.exceptions import BaseError  # noqa: PLC0415
    from obstore.store import S3Store  # noqa: PLC0415

    parts = urlsplit(address)
    try:
        for chunk in obstore.get(S3Store(parts.netloc), parts.path.lstrip("/")):
            yield bytes(chunk)
    except BaseError as error:
        raise OSError(type(error).__name__) from error


def _of_file(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _check_version(archive: Path, version: str) -> None:
    try:
        found = candidate_of_archive(archive).version
    except RefusedError as error:
        raise FetchError(f"what was fetched as version {version} is no archive of one") from error
    if found != version:
        raise FetchError(f"what was fetched as version {version} is version {found}")


def _words(error: Exception) -> str:
    """Return why; not the address, which may be signed."""
    if isinstance(error, httpx2.HTTPStatusError):
        return f"the answer was {error.response.status_code}"
    return getattr(error, "strerror", None) or type(error).__name__


def _copy_baked(baked: Path, folder: Path) -> None:
    """Copy the archives that the image carries; one that is fetched under the same name replaces it."""
    folder.mkdir(parents=True, exist_ok=True)
    for archive in sorted(baked.glob(f"{NAME}-*.mar")):
        shutil.copyfile(archive, folder / archive.name)


def main(arguments: list[str]) -> int:
    """Fetch what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m model_store.fetch", description=__doc__)
    parser.add_argument("sources", nargs="*", type=Source.parse, metavar="VERSION=ADDRESS#sha256=HEX")
    parser.add_argument("--into", type=Path, required=True, help="folder of archives")
    parser.add_argument(
        "--baked", action="store_true", help="copy those of KI67_ARCHIVES, which the image carries, first"
    )
    chosen = parser.parse_args(arguments)
    try:
        if chosen.baked:
            _copy_baked(Path(os.environ.get("KI67_ARCHIVES", ROOT / "model-archives")), chosen.into)
        for source in chosen.sources:
            sys.stdout.write(f"{fetch(source, chosen.into)}  sha256 {source.sha256}\n")
    except (FetchError, OSError) as error:
        sys.stderr.write(f"fetch: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
