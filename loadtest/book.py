"""What happened, kept until it is written: a row a request, a row an image, and why something was wrong."""

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

REQUESTS, UPLOADS, TROUBLES = "requests.csv", "uploads.csv", "troubles.csv"
ACCEPTED, REFUSED, UNKNOWN = "accepted", "refused", "unknown"


class Request(NamedTuple):
    """A request: when it was due, how it ended; `latency_s` counts from then, `service_s` from its sending.

    `images`: those whose right result the answer brought.
    """

    start_s: float
    user: str
    endpoint: str
    status: int
    outcome: str
    latency_s: float
    service_s: float
    images: int


class Upload(NamedTuple):
    """An image sent under a name of its own; `picture` is empty where it was broken on purpose."""

    name: str
    picture: str
    fate: str


class Trouble(NamedTuple):
    """Why a request was wrong or failed."""

    start_s: float
    endpoint: str
    outcome: str
    reason: str


FILES: dict[str, type[Request | Upload | Trouble]] = {
    REQUESTS: Request,
    UPLOADS: Upload,
    TROUBLES: Trouble,
}

Entries = dict[str, list[Sequence[object]]]


class Book:
    """Notes of one process, in memory until they are taken."""

    def __init__(self) -> None:
        self._entries: Entries = {name: [] for name in FILES}

    def note(self, entry: Request | Upload | Trouble) -> None:
        """Keep an entry."""
        name = next(file for file, kind in FILES.items() if isinstance(entry, kind))
        self._entries[name].append(entry)

    def take(self) -> Entries:
        """Return what was kept since the last time."""
        taken, self._entries = self._entries, {name: [] for name in FILES}
        return taken


def begin(folder: Path) -> None:
    """Write the files' headers."""
    for name, kind in FILES.items():
        _append(folder / name, [kind._fields])


def write(folder: Path, entries: Entries) -> None:
    """Append entries of any process to the files."""
    for name in FILES:
        _append(folder / name, (_rounded(entry) for entry in entries.get(name, ())))


def read_uploads(folder: Path) -> list[Upload]:
    """Return every image that was sent."""
    with (folder / UPLOADS).open(newline="", encoding="utf-8") as file:
        return [Upload(**row) for row in csv.DictReader(file)]


def troubles(folder: Path, most: int = 5) -> list[str]:
    """Return why requests were wrong or failed, the commonest reasons first."""
    with (folder / TROUBLES).open(newline="", encoding="utf-8") as file:
        reasons = Counter(f"{row['endpoint']}: {row['reason']}" for row in csv.DictReader(file))
    return [f"{count} x {reason}" for reason, count in reasons.most_common(most)]


def _rounded(entry: Sequence[object]) -> list[object]:
    return [round(value, 4) if isinstance(value, float) else value for value in entry]


def _append(path: Path, rows: Iterable[Sequence[object]]) -> None:
    with path.open("a", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
