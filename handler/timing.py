"""How long each stage of scoring takes: an `Analyser` and an engine in, the same with a stopwatch out.

Nothing of a field's answer changes. Stages overlap: their times may add up to more than the time that passed.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from handler.answer import FieldAnalysis
from handler.engines.interface import Engine
from handler.options import AnalysisOptions
from handler.pipeline import Analyser
from handler.preparation import PreparedField

Answer = TypeVar("Answer")

DECODE, FORWARD, POSTPROCESSING = "decode", "forward", "postprocessing"


class Stopwatch:
    """Seconds by stage since they were last taken; any thread may add."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds: defaultdict[str, list[float]] = defaultdict(list)

    @contextmanager
    def measured(self, stage: str) -> Iterator[None]:
        """Add the time that the block takes, also where it raises."""
        started = time.perf_counter()
        try:
            yield
        finally:
            with self._lock:
                self._seconds[stage].append(time.perf_counter() - started)

    def take(self) -> dict[str, list[float]]:
        """Return what was measured and begin anew."""
        with self._lock:
            taken, self._seconds = self._seconds, defaultdict(list)
        return dict(taken)


class TimedEngine:
    """An engine whose passes are measured."""

    def __init__(self, engine: Engine, stopwatch: Stopwatch) -> None:
        self._engine, self._stopwatch = engine, stopwatch
        self.name, self.precision, self.device = engine.name, engine.precision, engine.device
        self.lanes = engine.lanes

    def batch_tiles(self, height_px: int, width_px: int) -> int:
        """Return what the engine says."""
        return self._engine.batch_tiles(height_px, width_px)

    def batch_sizes(self, height_px: int, width_px: int) -> tuple[int, ...]:
        """Return what the engine says."""
        return self._engine.batch_sizes(height_px, width_px)

    def run(self, tiles: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the engine's planes and add the time they took."""
        with self._stopwatch.measured(FORWARD):
            return self._engine.run(tiles)

    def warm_up(self, height_px: int, width_px: int | None = None) -> None:
        """Warm the engine up."""
        self._engine.warm_up(height_px, width_px)


class TimedAnalyser(Analyser):
    """An analyser that measures reading and finishing a field."""

    def __init__(self, stopwatch: Stopwatch, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._stopwatch = stopwatch

    def _prepare(self, data: bytes, options: AnalysisOptions) -> PreparedField:
        with self._stopwatch.measured(DECODE):
            return super()._prepare(data, options)

    def _finish(
        self, index: int, prepared: PreparedField, write: Callable[[int, FieldAnalysis], Answer]
    ) -> Answer:
        with self._stopwatch.measured(POSTPROCESSING):
            return super()._finish(index, prepared, write)
