"""All that a locust process needs, as one message: made before the load, given to every worker.

It holds keys: as a file it is readable by its owner only, and it never lies in the run's folder.
"""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self, cast

import msgpack

from loadtest.contract import Contract, OpenApi, TorchServePromises
from loadtest.expected import Expectations, Expected
from loadtest.pictures import Picture
from loadtest.profiles import Phase

GATEWAY, TORCHSERVE = "gateway", "torchserve"


@dataclass(frozen=True)
class Reviewer:
    """Somebody else, who is asked for second opinions."""

    key: str
    email: str


@dataclass(frozen=True)
class Plan:
    """Where to, who comes when, what they send and what is right."""

    kind: str
    url: str
    key: str
    label: str
    seed: int
    phases: tuple[Phase, ...]
    mix: Mapping[str, int]
    pool: int
    pictures: tuple[Picture, ...]
    broken: tuple[bytes, ...]
    expectations: Expectations
    statuses: Mapping[str, tuple[str, ...]]
    reviewer: Reviewer | None = None
    model_path: str = ""

    @property
    def seconds(self) -> float:
        """How long somebody arrives."""
        return self.phases[-1].end_s

    @property
    def contract(self) -> Contract:
        """Which errors are documented."""
        if self.kind == TORCHSERVE:
            return TorchServePromises()
        return OpenApi({name: frozenset(listed) for name, listed in self.statuses.items()})

    def to_bytes(self) -> bytes:
        """Return the plan as a message."""
        flat = asdict(self) | {
            "expectations": [[*key, asdict(value)] for key, value in self.expectations.items()]
        }
        return cast(bytes, msgpack.packb(flat))

    @classmethod
    def from_bytes(cls, message: bytes) -> Self:
        """Read what `to_bytes` wrote."""
        flat: dict[str, Any] = msgpack.unpackb(message)
        reviewer = flat["reviewer"]
        read = {
            "phases": tuple(Phase(**each) for each in flat["phases"]),
            "pictures": tuple(_picture(each) for each in flat["pictures"]),
            "broken": tuple(flat["broken"]),
            "expectations": {
                (name, version): Expected(**each) for name, version, each in flat["expectations"]
            },
            "reviewer": Reviewer(**reviewer) if reviewer else None,
        }
        return cls(**flat | read)

    def write(self, path: Path) -> None:
        """Write the plan into a new file for its owner."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(self.to_bytes())


def _picture(flat: dict[str, Any]) -> Picture:
    return Picture(**flat | {"truth": tuple(flat["truth"]) if flat["truth"] else None})
