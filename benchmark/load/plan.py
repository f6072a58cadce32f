"""What to send, where and for how long; travels to the load's process as JSON."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Self


@dataclass(frozen=True)
class Shot:
    """One request's body, in a file; a `broken` one is to be refused with a 4xx."""

    file: str
    broken: bool = False


@dataclass(frozen=True)
class Plan:
    """A load of `concurrency` clients that each send the next shot as soon as their last is answered.

    `total_at` leads to the number of nuclei within the answer's JSON. The load warms up for `warm_up_s`
    and until every client has an answer, then lasts `seconds`; with `requests` it begins at once and ends
    when they are used up. An answer is waited for `timeout_s` at most.
    """

    port: int
    path: str
    headers: dict[str, str]
    shots: list[Shot]
    total_at: list[str | int] = field(default_factory=lambda: ["counts", "total"])
    concurrency: int = 1
    warm_up_s: float = 0.0
    seconds: float = 1.0
    requests: int | None = None
    timeout_s: float = 60.0
    host: str = "127.0.0.1"

    def to_json(self) -> str:
        """Write the plan."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        raw: dict[str, Any] = json.loads(text)
        return cls(**raw | {"shots": [Shot(**shot) for shot in raw["shots"]]})
