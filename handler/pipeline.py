"""Images of several requests in, an analysis or a problem for each out; the stages run side by side.

    readers:   bytes -> Field -> RGB at working resolution -> tiles
    lanes:     batches of tiles of all fields -> engine -> planes
    finishers: planes -> ProbabilityMap -> nuclei, score, warnings -> what the caller makes of them

Threads are enough: OpenCV and the runtimes let go of the interpreter while they work. What a field's answer
is does not depend on its neighbours, and what goes wrong with one is said of that one. Every stage only waits
for the one before it, which ends whatever happens, so nothing waits for ever.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from handler.answer import EngineIdentity, FieldAnalysis, ModelIdentity
from handler.attempts import attempt, problem_of
from handler.conclusion import conclude
from handler.engines.cores import usable_cores
from handler.engines.interface import Engine
from handler.errors import BusyError, ProblemError
from handler.lanes import Lanes
from handler.options import AnalysisOptions
from handler.preparation import PreparedField, prepare
from handler.spec import ModelSpec

Answer = TypeVar("Answer")
Item = tuple[bytes, AnalysisOptions]
Numbered = tuple[int, PreparedField | ProblemError]

DEFAULT_MOST_PX = 32_000_000
DEFAULT_MOST_S = 400.0
_MOST_STAGE_THREADS = 8
_FIELDS_AHEAD = 2


class Analyser:
    """Scores images with one version of the model; for one thread at a time.

    `most_px` bounds the pixels whose fields are held in memory: those beyond wait until the ones before are
    answered, and a larger field is computed alone. Fields whose turn has not come after `most_s` get
    BusyError; those that need not wait never do. `stage_threads` fields are read at the same time, and as
    many finished; None leaves it to the engine's device.
    """

    def __init__(
        self,
        spec: ModelSpec,
        engine: Engine,
        model: ModelIdentity,
        most_px: int = DEFAULT_MOST_PX,
        *,
        most_s: float = DEFAULT_MOST_S,
        stage_threads: int | None = None,
    ) -> None:
        self._spec = spec
        self._model = model
        self._engine = EngineIdentity(engine.name, engine.precision, engine.device)
        self._most_px, self._most_s = most_px, most_s
        self._lanes = Lanes[int](engine, len(spec.network.outputs) - 1)
        self._threads = stage_threads or stage_threads_beside(engine.device)
        self._readers = ThreadPoolExecutor(self._threads, "reader")
        self._finishers = ThreadPoolExecutor(self._threads, "finisher")

    def analyse(self, items: Sequence[Item]) -> list[FieldAnalysis | ProblemError]:
        """Return one result an item, in order; an item's failure is its own."""
        return self.answer(items, lambda _, analysis: analysis)

    def answer(
        self, items: Sequence[Item], write: Callable[[int, FieldAnalysis], Answer]
    ) -> list[Answer | ProblemError]:
        """Return what `write` makes of each item's number and analysis, while others are still computed."""
        results: dict[int, Answer | ProblemError] = {}
        try:
            for answers in self._rounds(items, write):
                results |= answers
        except Exception as error:  # of what is no single field's, such as an engine that tells no batch size
            problem = problem_of(error)
            return [results.get(index, problem) for index in range(len(items))]
        return [results[index] for index in range(len(items))]

    def _rounds(
        self, items: Sequence[Item], write: Callable[[int, FieldAnalysis], Answer]
    ) -> Iterator[Mapping[int, Answer | ProblemError]]:
        """Yield the answers to as many fields as there is memory for, then those to the next."""
        numbers, latest_s = _Rounds(self._most_px), time.monotonic() + self._most_s
        for number, fields in groupby(enumerate(self._read(items)), numbers.number_of):
            if number and time.monotonic() > latest_s:
                yield {index: _problem_or_busy(prepared) for index, prepared in fields}
            else:
                yield self._answer_round(fields, write)

    def _answer_round(
        self, fields: Iterable[Numbered], write: Callable[[int, FieldAnalysis], Answer]
    ) -> dict[int, Answer | ProblemError]:
        """Answer the fields for which there is memory at the same time, and wait until it is free again."""
        going = _Round[Answer]()
        for index, planes in self._lanes.run(going.tiles(fields), going.dropped):
            prepared = going.add(index, planes)
            if prepared is not None:
                done = self._finishers.submit(attempt, self._finish, index, prepared, write)
                going.finishing[index] = done
        return going.results()

    def _read(self, items: Sequence[Item]) -> Iterator[PreparedField | ProblemError]:
        """Prepare the fields, never more than a few ahead, however many wait."""
        ahead: deque[Future[PreparedField | ProblemError]] = deque()
        for data, options in items:
            ahead.append(self._readers.submit(attempt, self._prepare, data, options))
            if len(ahead) >= self._threads + _FIELDS_AHEAD:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()

    def _prepare(self, data: bytes, options: AnalysisOptions) -> PreparedField:
        return prepare(self._spec, data, options)

    def _finish(
        self, index: int, prepared: PreparedField, write: Callable[[int, FieldAnalysis], Answer]
    ) -> Answer:
        return write(index, conclude(self._spec, self._model, self._engine, prepared))


@dataclass
class _Round(Generic[Answer]):
    """Fields computed together: those under way, being finished, failed, and which of them are `dropped`."""

    under_way: dict[int, PreparedField] = field(default_factory=dict)
    finishing: dict[int, Future[Answer | ProblemError]] = field(default_factory=dict)
    failed: dict[int, ProblemError] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)

    def tiles(self, fields: Iterable[Numbered]) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        """Yield the tiles of one field after the other; those of a field that fails end there."""
        for index, prepared in fields:
            if isinstance(prepared, ProblemError):
                self.drop(index, prepared)
                continue
            self.under_way[index] = prepared
            tiles = _tiles_of(prepared)
            while index not in self.dropped:
                tile = attempt(_next_of, tiles)
                if isinstance(tile, ProblemError):
                    self.drop(index, tile)
                elif tile is None:
                    break
                else:
                    yield index, tile

    def add(self, index: int, planes: NDArray[np.uint8] | ProblemError) -> PreparedField | None:
        """Blend in a tile's planes; return the field if that was its last tile."""
        if index not in self.under_way:
            return None
        blender = self.under_way[index].blender
        added = planes if isinstance(planes, ProblemError) else attempt(blender.add, planes)
        if isinstance(added, ProblemError):
            self.drop(index, added)
            return None
        return self.under_way.pop(index) if blender.complete else None

    def drop(self, index: int, problem: ProblemError) -> None:
        """Let go of a field; the lanes compute no more of it."""
        self.failed[index] = problem
        self.dropped.add(index)
        self.under_way.pop(index, None)

    def results(self) -> dict[int, Answer | ProblemError]:
        """Wait for what is being finished and return an answer or a problem for every field."""
        return self.failed | {index: done.result() for index, done in self.finishing.items()}


class _Rounds:
    """Numbers the fields of a call by the round in which there is memory for them."""

    def __init__(self, most_px: int) -> None:
        self._most_px = most_px
        self._number = self._px = 0

    def number_of(self, entry: Numbered) -> int:
        """Return the round of the next field: the one before's, or a new one where it is full."""
        px = 0 if isinstance(entry[1], ProblemError) else entry[1].network_px
        if self._px and self._px + px > self._most_px:
            self._number, self._px = self._number + 1, 0
        self._px += px
        return self._number


def stage_threads_beside(device: str) -> int:
    """Return how many fields to read at a time: one where the network has the cores, else half of these."""
    if device.startswith("cuda"):
        return max(1, min(usable_cores() // 2, _MOST_STAGE_THREADS))
    return 1


def _tiles_of(prepared: PreparedField) -> Iterator[NDArray[np.uint8]]:
    """Begin to cut only when the first tile is asked for, so that what fails does so there."""
    yield from prepared.tiles()


def _next_of(tiles: Iterator[NDArray[np.uint8]]) -> NDArray[np.uint8] | None:
    return next(tiles, None)


def _problem_or_busy(prepared: PreparedField | ProblemError) -> ProblemError:
    if isinstance(prepared, ProblemError):
        return prepared
    return BusyError("Larger images were sent at the same time; send this one again.")
