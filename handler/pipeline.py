"""Images of several requests in, an analysis or a problem for each out; the stages run side by side.

    reader:    bytes -> Field -> RGB at working resolution -> tiles
    lanes:     full batches of tiles of all fields -> engine -> planes
    finisher:  planes -> ProbabilityMap -> nuclei, score, warnings -> what the caller makes of them

Threads are enough: OpenCV and the runtimes let go of the interpreter while they work. What a field's answer
is does not depend on its neighbours, and what goes wrong with one is said of that one. Every stage only waits
for the one before it, which ends whatever happens, so nothing waits for ever.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from handler.answer import EngineIdentity, FieldAnalysis, ModelIdentity
from handler.attempts import attempt
from handler.conclusion import conclude
from handler.engines.interface import Engine
from handler.errors import BusyError, ProblemError
from handler.lanes import Lanes
from handler.options import AnalysisOptions
from handler.preparation import PreparedField, prepare
from handler.spec import ModelSpec

Answer = TypeVar("Answer")
Item = tuple[bytes, AnalysisOptions]

DEFAULT_MOST_PX = 32_000_000
_FIELDS_AHEAD = 2


class Analyser:
    """Scores images with one version of the model.

    `most_px` bounds the pixels that the network computes in one call: fields beyond it get BusyError, the
    first field never does.
    """

    def __init__(
        self, spec: ModelSpec, engine: Engine, model: ModelIdentity, most_px: int = DEFAULT_MOST_PX
    ) -> None:
        self._spec = spec
        self._model = model
        self._engine = EngineIdentity(engine.name, engine.precision, engine.device)
        self._most_px = most_px
        self._lanes = Lanes[int](engine)
        self._reader = ThreadPoolExecutor(1, "reader")
        self._finisher = ThreadPoolExecutor(1, "finisher")

    def analyse(self, items: Sequence[Item]) -> list[FieldAnalysis | ProblemError]:
        """Return one result an item, in order; an item's failure is its own."""
        return self.answer(items, lambda _, analysis: analysis)

    def answer(
        self, items: Sequence[Item], write: Callable[[int, FieldAnalysis], Answer]
    ) -> list[Answer | ProblemError]:
        """Return what `write` makes of each item's number and analysis, while others are still computed."""
        results: dict[int, Answer | ProblemError] = {}
        fields: dict[int, PreparedField] = {}
        finishing: dict[int, Future[Answer | ProblemError]] = {}
        for index, planes in self._lanes.run(self._tiles(items, fields, results)):
            if isinstance(planes, ProblemError):
                results[index] = planes
                continue
            fields[index].blender.add(planes)
            if fields[index].blender.complete:
                prepared = fields.pop(index)
                finishing[index] = self._finisher.submit(attempt, self._finish, index, prepared, write)
        results |= {index: future.result() for index, future in finishing.items()}
        return [results[index] for index in range(len(items))]

    def _tiles(
        self,
        items: Sequence[Item],
        fields: dict[int, PreparedField],
        results: dict[int, Answer | ProblemError],
    ) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """Yield the tiles of one field after the other; those that fail or do not fit go to `results`."""
        asked_px = 0
        for index, prepared in enumerate(self._read(items)):
            if isinstance(prepared, ProblemError):
                results[index] = prepared
            elif asked_px and asked_px + prepared.network_px > self._most_px:
                results[index] = BusyError("Other images were sent at the same time; send this one again.")
            else:
                asked_px += prepared.network_px
                fields[index] = prepared
                yield from ((index, tile) for tile in prepared.tiles())

    def _read(self, items: Sequence[Item]) -> Iterator[PreparedField | ProblemError]:
        """Prepare the fields, never more than a few ahead, however many wait."""
        ahead: deque[Future[PreparedField | ProblemError]] = deque()
        for data, options in items:
            ahead.append(self._reader.submit(attempt, prepare, self._spec, data, options))
            if len(ahead) > _FIELDS_AHEAD:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()

    def _finish(
        self, index: int, prepared: PreparedField, write: Callable[[int, FieldAnalysis], Answer]
    ) -> Answer:
        return write(index, conclude(self._spec, self._model, self._engine, prepared))
