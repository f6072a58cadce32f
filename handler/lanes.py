"""Tiles of many fields in, their planes out in the same order for each field; batches run in several lanes.

    (key, tile), (key, tile) ... -> batches of one size -> lanes side by side -> (key, planes) ...

A batch is filled across the borders of fields; only the last of its size is not, and is filled up to the next
number of tiles that the engine has a batch for.
"""

from collections import deque
from collections.abc import Hashable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from handler.attempts import problem_of
from handler.engines.interface import Engine
from handler.errors import ProblemError

Key = TypeVar("Key", bound=Hashable)
Pixels = NDArray[np.uint8]

_BATCHES_A_LANE = 2
"""One that runs and one that waits, so that a lane never does."""


class Lanes(Generic[Key]):
    """Runs one engine, whose answers have `planes` planes, for any number of fields.

    `run` may be called by one thread at a time.
    """

    def __init__(self, engine: Engine, planes: int) -> None:
        self._engine = engine
        self._planes = planes
        self._pool = ThreadPoolExecutor(engine.lanes, "lane")

    def run(
        self, tiles: Iterable[tuple[Key, Pixels]], dropped: set[Key]
    ) -> Iterator[tuple[Key, Pixels | ProblemError]]:
        """Yield the planes of every tile, or the problem of the field that it is of.

        `tiles` is asked for more only as lanes become free, so that what waits is bounded. Nothing more is
        computed of a field in `dropped`, to which both sides add those that failed.
        """
        under_way: deque[Future[list[tuple[Key, Pixels | ProblemError]]]] = deque()
        for batch in self._batches(tiles):
            under_way.append(self._pool.submit(self._outputs, batch, dropped))
            if len(under_way) >= _BATCHES_A_LANE * self._engine.lanes:
                yield from under_way.popleft().result()
        while under_way:
            yield from under_way.popleft().result()

    def _batches(self, tiles: Iterable[tuple[Key, Pixels]]) -> Iterator[list[tuple[Key, Pixels]]]:
        """Group the tiles by their size into full batches; what is left over comes last."""
        waiting: dict[tuple[int, ...], list[tuple[Key, Pixels]]] = {}
        for key, tile in tiles:
            batch = waiting.setdefault(tile.shape, [])
            batch.append((key, tile))
            if len(batch) == self._engine.batch_tiles(*tile.shape[:2]):
                yield waiting.pop(tile.shape)
        yield from waiting.values()

    def _outputs(
        self, batch: list[tuple[Key, Pixels]], dropped: set[Key]
    ) -> list[tuple[Key, Pixels | ProblemError]]:
        """Run one batch; where that fails, run it again field by field, so that it is one field's failure."""
        wanted = [(key, tile) for key, tile in batch if key not in dropped]
        keys = list(dict.fromkeys(key for key, _ in wanted))
        if not keys:
            return []
        try:
            planes = self._computed([tile for _, tile in wanted])
        except Exception as error:
            if len(keys) > 1:
                parts = ([part for part in wanted if part[0] == one] for one in keys)
                return [output for part in parts for output in self._outputs(part, dropped)]
            dropped.add(keys[0])
            return [(keys[0], problem_of(error))]
        return [(key, output) for (key, _), output in zip(wanted, planes, strict=True)]

    def _computed(self, tiles: list[Pixels]) -> Pixels:
        """Return the planes of the tiles; raises ValueError where the engine's are no answer to them."""
        full = self._filled(tiles)
        planes = self._engine.run(full)
        expected = (len(full), self._planes, *full.shape[1:3])
        if planes.shape != expected or planes.dtype != np.uint8:
            raise ValueError(f"the engine answered {planes.dtype} {planes.shape} instead of uint8 {expected}")
        return planes[: len(tiles)]

    def _filled(self, tiles: list[Pixels]) -> Pixels:
        """Stack the tiles to the smallest batch that takes them, the rest of it black."""
        shape = tiles[0].shape
        size = next(size for size in self._engine.batch_sizes(*shape[:2]) if size >= len(tiles))
        full = np.zeros((size, *shape), np.uint8)
        np.stack(tiles, out=full[: len(tiles)])
        return full
