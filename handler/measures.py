"""What a batch tells Prometheus, through TorchServe: requests waited, stages took, so many came together.

Flow: batch and its seconds by stage -> values for the metrics that `model_store/metrics.yaml` declares. Where
they are not declared, nothing is told. Values are seconds, or a number of requests.
"""

import math
import time
from collections.abc import Iterable, Mapping
from typing import Any

from handler.timing import DECODE, FORWARD, POSTPROCESSING

START_HEADER, DEADLINE_HEADER = "x-request-start", "x-request-deadline"
QUEUE, BATCH_SIZE = "ki67_queue_seconds", "ki67_batch_size"
STAGES = {
    DECODE: "ki67_decode_seconds",
    FORWARD: "ki67_forward_seconds",
    POSTPROCESSING: "ki67_postprocessing_seconds",
}


class Measures:
    """The declared metrics among TorchServe's, by name, for one version."""

    def __init__(self, metrics: Any, name: str, version: str) -> None:
        groups: Mapping[Any, Mapping[str, Any]] = getattr(metrics, "cache", {})
        self._declared = {name: metric for group in groups.values() for name, metric in group.items()}
        self._dimensions = [version, name, "Model"]

    def tell_batch(self, waited_s: Iterable[float], size: int) -> None:
        """Tell how long requests waited, where their senders said when they sent, and how many came."""
        for seconds in waited_s:
            self._tell(QUEUE, seconds)
        self._tell(BATCH_SIZE, size)

    def tell_stages(self, seconds: Mapping[str, list[float]]) -> None:
        """Tell each field's reading and finishing, and the network's time for the whole batch."""
        for stage in (DECODE, POSTPROCESSING):
            for each in seconds.get(stage, []):
                self._tell(STAGES[stage], each)
        if FORWARD in seconds:
            self._tell(STAGES[FORWARD], math.fsum(seconds[FORWARD]))

    def _tell(self, name: str, value: float) -> None:
        if name in self._declared:
            self._declared[name].add_or_update(round(value, 6), self._dimensions)


def waited_s(headers: Mapping[str, Any]) -> float | None:
    """Return the seconds since the request was sent, by `X-Request-Start: t=SECONDS` of the Unix clock."""
    sent = _seconds(headers, START_HEADER)
    return None if sent is None else max(0.0, time.time() - sent)


def is_late(headers: Mapping[str, Any]) -> bool:
    """Tell whether the time is over that `X-Request-Deadline: SECONDS` of the Unix clock gives."""
    deadline = _seconds(headers, DEADLINE_HEADER)
    return deadline is not None and time.time() > deadline


def _seconds(headers: Mapping[str, Any], wanted: str) -> float | None:
    told = next((value for name, value in headers.items() if name.lower() == wanted), None)
    try:
        seconds = float(str(told).removeprefix("t="))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None
