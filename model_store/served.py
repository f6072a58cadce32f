"""What a TorchServe that starts anew must serve: written beside the archives, read at every start.

    {"default": "1.1", "previous": "1.0", "rolled_back": null,
     "versions": {"1.1": SHA-256 of its archive}, "unregistered": ["0.9"]}

The versions command writes it after each change; `make run` and a container's start read it. Shares are not
here: they are the gateway's routes.
"""

import json
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Self

from model_store.archive import ArchiveError, sha256_of

FILE = "served.json"
NAME = "ki67"


@dataclass(frozen=True)
class Served:
    """Registered versions by the SHA-256 of their archives; `unregistered` are not to come back.

    `rolled_back`: the version that was left for the one before, so that asking again does not return to it.
    """

    default: str | None = None
    previous: str | None = None
    rolled_back: str | None = None
    versions: dict[str, str] = field(default_factory=dict)
    unregistered: tuple[str, ...] = ()

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the file of a folder of archives; without one, or half of one, nothing was registered."""
        try:
            told = json.loads((folder / FILE).read_text(encoding="utf-8"))
            return cls(
                told["default"],
                told["previous"],
                told.get("rolled_back"),
                dict(told["versions"]),
                tuple(told["unregistered"]),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return cls()

    def write(self, folder: Path) -> None:
        """Write the file, whole or not at all."""
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=f".{FILE}.")
        with os.fdopen(descriptor, "w", encoding="utf-8") as target:
            json.dump(asdict(self), target, indent=2)
        Path(temporary).replace(folder / FILE)

    def with_version(self, version: str, archive_sha256: str) -> Self:
        """Return this with a version registered."""
        others = tuple(each for each in self.unregistered if each != version)
        return replace(self, versions=self.versions | {version: archive_sha256}, unregistered=others)

    def without_version(self, version: str) -> Self:
        """Return this with a version unregistered."""
        kept = {each: sha256 for each, sha256 in self.versions.items() if each != version}
        gone = tuple(dict.fromkeys((*self.unregistered, version)))
        previous = None if self.previous == version else self.previous
        return replace(self, versions=kept, unregistered=gone, previous=previous)

    def with_default(self, version: str, before: str | None, *, rolled_back: bool = False) -> Self:
        """Return this with another default; the one before is the previous, or was left for good."""
        if version == before:
            return replace(self, default=version)
        return replace(self, default=version, previous=before, rolled_back=before if rolled_back else None)

    def names(self, configured: Sequence[str]) -> list[str]:
        """Return the versions to serve, the default first: those configured and those registered."""
        wanted = [version for version in configured if version not in self.unregistered]
        wanted += [version for version in self.versions if version not in wanted]
        wanted = wanted or list(configured)
        default = self.default if self.default in wanted else wanted[0]
        return [default, *(version for version in wanted if version != default)]


def archives_to_serve(
    folder: Path,
    configured: Sequence[str],
    build: Callable[[str, Path], Path],
    say: Callable[[str], None],
    *,
    afresh: bool,
) -> list[Path]:
    """Return the archives of the versions to serve, the default's first.

    Those registered are taken as they were registered, or left out and told where that is not possible any
    more. Those only configured are built where `afresh` or missing. Raises ArchiveError where none is left.
    """
    served = Served.read(folder)
    found = []
    for version in served.names(configured):
        archive = folder / f"{NAME}-{version}.mar"
        expected = served.versions.get(version)
        try:
            if expected is not None:
                _as_registered(archive, expected, version, build)
            elif afresh or not archive.is_file():
                build(version, folder)
            found.append(archive)
        except (ArchiveError, OSError) as error:
            if expected is None:
                raise
            say(f"version {version} is not served: {error}")
    if not found:
        raise ArchiveError("there is no archive to serve")
    return found


def _as_registered(archive: Path, expected: str, version: str, build: Callable[[str, Path], Path]) -> None:
    """Make sure that the archive is the one registered; build it where it is gone."""
    if archive.is_file() and sha256_of(archive) == expected:
        return
    if archive.is_file():
        raise ArchiveError(f"{archive.name} is not the archive that was registered")
    with tempfile.TemporaryDirectory(dir=archive.parent, prefix=".rebuilt-") as scratch:
        built = build(version, Path(scratch))
        if sha256_of(built) != expected:
            raise ArchiveError(f"{archive.name} is gone, and what the store builds today is another one")
        built.replace(archive)
