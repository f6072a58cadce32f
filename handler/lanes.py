"""Tiles of many fields in, their planes out in the same order for each field; batches run in several lanes.

    (key, tile), (key, tile) ... -> full batches of one size -> lanes side by side -> (key, planes) ...

A batch is filled across the borders of fields: none is half empty but the last of its size.
"""

from collections import deque
from collections.abc import Hashable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from handler.attempts import unforeseen
from handler.engines.interface import Engine
from handler.errors import ProblemError

Key = TypeVar("Key", bound=Hashable)
Pixels = NDArray[np.uint8]

_BATCHES_A_LANE = 2
"""One that runs and one that waits, so that a lane never does."""


class Lanes(Generic[Key]):
    """Runs one engine for any number of fields; `run` may be called by one thread at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._pool = ThreadPoolExecutor(engine.lanes, "lane")

    def run(self, tiles: Iterable[tuple[Key, Pixels]]) -> Iterator[tuple[Key, Pixels | ProblemError]]:
        """Yield the planes of every tile, or the problem of the field that it is of.

        `tiles` is asked for more only as lanes become free, so that what waits is bounded.
        """
        under_way: deque[Future[list[tuple[Key, Pixels | ProblemError]]]] = deque()
        for batch in self._batches(tiles):
            under_way.append(self._pool.submit(self._outputs, batch))
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

    def _outputs(self, batch: list[tuple[Key, Pixels]]) -> list[tuple[Key, Pixels | ProblemError]]:
        """Run one batch; where that fails, run it again field by field, so that it is one field's failure."""
        keys = list(dict.fromkeys(key for key, _ in batch))
        try:
            planes = self._engine.run(self._filled([tile for _, tile in batch]))
        except Exception as error:
            if len(keys) == 1:
                problem = unforeseen(error)
                return [(key, problem) for key, _ in batch]
            return [
                output for one in keys for output in self._outputs([part for part in batch if part[0] == one])
            ]
        return [(key, output) for (key, _), output in zip(batch, planes, strict=False)]

    def _filled(self, tiles: list[Pixels]) -> Pixels:
        """Stack the tiles to a full batch, the rest of it black."""
        height, width, channels = tiles[0].shape
        full = np.zeros((self._engine.batch_tiles(height, width), height, width, channels), np.uint8)
        np.stack(tiles, out=full[: len(tiles)])
        return full
