"""How fast an engine alone is: tiles in, tiles a second with all its lanes busy out."""

import threading
import time

import numpy as np
from numpy.typing import NDArray

from benchmark.arithmetic import share_inside
from benchmark.engines import RunsTiles

LONGEST_BATCH_S = 120.0


def tiles_per_s(engine: RunsTiles, tiles: NDArray[np.uint8], seconds: float) -> float:
    """Run batches of `tiles` (n, 256, 256, 3) for `seconds`; one batch a lane warms up and is not counted.

    Raises what the engine raises.
    """
    forward = _Forward(engine, tiles, seconds)
    return forward.measure()


class _Forward:
    def __init__(self, engine: RunsTiles, tiles: NDArray[np.uint8], seconds: float) -> None:
        self._engine, self._seconds = engine, seconds
        self._batch_tiles = engine.batch_tiles(*tiles.shape[1:3])
        self._batches = _batches(tiles, self._batch_tiles)
        self._lanes = engine.lanes
        self._warm = threading.Barrier(self._lanes + 1)
        self._over = threading.Event()
        self._runs: list[tuple[float, float]] = []
        self._errors: list[Exception] = []

    def measure(self) -> float:
        threads = [threading.Thread(target=self._lane, args=(k,), daemon=True) for k in range(self._lanes)]
        for thread in threads:
            thread.start()
        try:
            self._wait_until_warm()
            first_s = time.monotonic()
            self._over.wait(self._seconds)
            last_s = time.monotonic()
        finally:  # also after Ctrl-C: a process must not end while an engine computes
            self._over.set()
            for thread in threads:
                thread.join(LONGEST_BATCH_S)
        if self._errors:
            raise self._errors[0]
        shares = sum(share_inside(start, end, first_s, last_s) for start, end in self._runs)
        return shares * self._batch_tiles / (last_s - first_s)

    def _wait_until_warm(self) -> None:
        try:
            self._warm.wait(LONGEST_BATCH_S)
        except threading.BrokenBarrierError:
            raise (self._errors[0] if self._errors else TimeoutError("the engine does not answer")) from None
        except BaseException:  # Ctrl-C: lanes are not to wait for us
            self._warm.abort()
            raise

    def _lane(self, lane: int) -> None:
        try:
            self._engine.run(self._batches[lane % len(self._batches)])
            self._warm.wait(LONGEST_BATCH_S)
            self._keep_running(lane)
        except Exception as error:
            self._errors.append(error)
            self._warm.abort()
            self._over.set()

    def _keep_running(self, turn: int) -> None:
        while not self._over.is_set():
            start_s = time.monotonic()
            self._engine.run(self._batches[turn % len(self._batches)])
            self._runs.append((start_s, time.monotonic()))
            turn += self._lanes


def _batches(tiles: NDArray[np.uint8], batch_tiles: int) -> list[NDArray[np.uint8]]:
    """Cut the tiles in full batches, beginning again from the first where they run out."""
    count = max(1, len(tiles) // batch_tiles)
    places = np.arange(count * batch_tiles) % len(tiles)
    return [np.ascontiguousarray(tiles[part]) for part in np.split(places, count)]
