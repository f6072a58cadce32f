"""Whether a version scores just now, by what it has just done and by what the inference port answers.

    scored a moment ago -> ready    else an empty image is sent: its refusal comes from a worker that is ready

Nobody asks the management port: in a cluster only operators reach it.
"""

import threading
import time
from typing import Literal

from gateway.torchserve import Probed, TorchServe

State = Literal["ready", "busy", "missing", "unavailable"]
_FRESH_SECONDS = 5.0
_KEPT_SECONDS = 2.0
_BUSY_SECONDS = 300.0
"""A version that scored so lately and does not answer now has its hands full."""


class Liveness:
    """What this process knows of each version."""

    def __init__(self, torchserve: TorchServe) -> None:
        self._torchserve = torchserve
        self._lock = threading.Lock()
        self._scored: dict[str, float] = {}
        self._found: dict[str, tuple[State, float]] = {}

    def note_scored(self, version: str) -> None:
        """Remember that the version has just scored an image."""
        self._scored[version] = time.monotonic()

    def state(self, version: str) -> State:
        """Return the state of a known version a moment ago; one caller at a time asks."""
        if _since(self._scored.get(version)) < _FRESH_SECONDS:
            return "ready"
        with self._lock:
            kept = self._found.get(version)
            if kept is None or _since(kept[1]) > _KEPT_SECONDS:
                kept = self._state_of(version, self._torchserve.probe(version)), time.monotonic()
                self._found[version] = kept
        return kept[0]

    def _state_of(self, version: str, probed: Probed) -> State:
        if probed == "silent":
            return "busy" if _since(self._scored.get(version)) < _BUSY_SECONDS else "unavailable"
        return probed


def _since(moment: float | None) -> float:
    return float("inf") if moment is None else time.monotonic() - moment
