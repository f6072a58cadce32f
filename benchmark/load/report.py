"""What the clients saw in, throughput and latencies out; travels back as JSON."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Self

from benchmark.arithmetic import share_inside

RIGHT, REFUSED = "right", "refused"


@dataclass(frozen=True)
class Seen:
    """One request: when it began and ended, and what became of it: right, refused, or an error's name."""

    start_s: float
    end_s: float
    fate: str


@dataclass(frozen=True)
class Report:
    """A load's outcome; `images_per_s` counts right answers only, by their share within the window.

    `errors` counts the others by kind over the whole load; `refused` are broken images that were told so.
    `client_cores`: processor time that the clients took, in cores.
    """

    images_per_s: float
    right: int
    refused: int
    errors: dict[str, int]
    latencies_ms: list[float]
    seconds: float
    client_cores: float

    def to_json(self) -> str:
        """Write the report."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote; raises ValueError or TypeError where it is something else."""
        return cls(**json.loads(text))


def summarise(seen: Sequence[Seen], first_s: float, last_s: float, client_cores: float = 0.0) -> Report:
    """Count what lies in the window from `first_s` to `last_s`."""
    fates = Counter(each.fate for each in seen)
    right = [each for each in seen if each.fate == RIGHT]
    shares = sum(share_inside(each.start_s, each.end_s, first_s, last_s) for each in right)
    seconds = last_s - first_s
    return Report(
        images_per_s=shares / seconds if seconds > 0 else 0.0,
        right=len(right),
        refused=fates[REFUSED],
        errors={fate: count for fate, count in fates.items() if fate not in (RIGHT, REFUSED)},
        latencies_ms=[
            1000.0 * (each.end_s - each.start_s) for each in right if first_s <= each.end_s <= last_s
        ],
        seconds=seconds,
        client_cores=client_cores,
    )
