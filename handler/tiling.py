"""Field at working resolution in, tiles of one size out, and their outputs blended back into planes.

Flow: `plan_tiles` -> `TilePlan.cut` (field -> tiles, mirrored at the borders) -> engine -> `Blender`
(outputs -> quantised planes). Only one row of tiles is held in floating point, whatever the field's size.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from handler.probability import PROBABILITY_SCALE


@dataclass(frozen=True)
class TilePlan:
    """Where the tiles of a field lie: top left corners at every pair of `tops_px` and `lefts_px`.

    Tiles lie on a regular grid centred on the field; the outermost may reach beyond its borders.
    """

    height_px: int
    width_px: int
    tile_px: int
    overlap_px: int
    tops_px: tuple[int, ...]
    lefts_px: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.tops_px) * len(self.lefts_px)

    def cut(self, rgb: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
        """Yield the tiles (tile_px, tile_px, 3) of `rgb` (height_px, width_px, 3), row by row."""
        for top in self.tops_px:
            rows = _mirrored(top, self.tile_px, self.height_px)
            for left in self.lefts_px:
                columns = _mirrored(left, self.tile_px, self.width_px)
                yield rgb[rows[:, None], columns]


def plan_tiles(height_px: int, width_px: int, tile_px: int, overlap_px: int) -> TilePlan:
    """Cover a field with the fewest tiles; raises ValueError where the overlap exceeds half a tile."""
    if not 0 <= 2 * overlap_px <= tile_px:
        raise ValueError("the overlap must be at least 0 and at most half the tile")
    tops = _positions(height_px, tile_px, overlap_px)
    lefts = _positions(width_px, tile_px, overlap_px)
    return TilePlan(height_px, width_px, tile_px, overlap_px, tops, lefts)


class Blender:
    """Blends tile outputs, given in the plan's order, into planes of 0..255.

    Outputs overlap with linear ramps whose weights add up to one; a pixel is rounded once, when the last
    tile that covers it has come, so the result depends on the field alone.
    """

    def __init__(self, plan: TilePlan, channels: int) -> None:
        self._plan = plan
        self._planes = np.empty((channels, plan.height_px, plan.width_px), np.uint8)
        reach_px = plan.lefts_px[-1] - plan.lefts_px[0] + plan.tile_px
        self._strip = np.zeros((plan.tile_px, reach_px, channels), np.float32)
        self._row_weights = _weights(len(plan.tops_px), plan.tile_px, plan.overlap_px)
        self._column_weights = _weights(len(plan.lefts_px), plan.tile_px, plan.overlap_px)
        self._added = 0

    @property
    def complete(self) -> bool:
        """Tell whether every tile has been added."""
        return self._added == len(self._plan)

    @property
    def planes(self) -> NDArray[np.uint8]:
        """Planes (channels, height_px, width_px) uint8, 255 for a probability of one; valid when complete."""
        return self._planes

    def add(self, output: NDArray[np.float32]) -> None:
        """Blend in the next tile's output (tile_px, tile_px, channels)."""
        row, column = divmod(self._added, len(self._plan.lefts_px))
        left = self._plan.lefts_px[column] - self._plan.lefts_px[0]
        weight = self._row_weights[row][:, None] * self._column_weights[column]
        self._strip[:, left : left + self._plan.tile_px] += output * weight[..., None]
        self._added += 1
        if column == len(self._plan.lefts_px) - 1:
            self._finish_row(row)

    def _finish_row(self, row: int) -> None:
        tops, tile = self._plan.tops_px, self._plan.tile_px
        is_last = row == len(tops) - 1
        done = tile if is_last else tops[row + 1] - tops[row]
        self._store(self._strip[:done], tops[row])
        self._strip[: tile - done] = self._strip[done:].copy()
        self._strip[tile - done :] = 0.0

    def _store(self, rows: NDArray[np.float32], top: int) -> None:
        """Quantise finished rows of the strip, less what lies beyond the field's borders."""
        first, last = max(top, 0), min(top + len(rows), self._plan.height_px)
        left = -self._plan.lefts_px[0]
        inside = rows[first - top : last - top, left : left + self._plan.width_px]
        levels = np.rint(inside * np.float32(PROBABILITY_SCALE)).clip(0, PROBABILITY_SCALE)
        self._planes[:, first:last] = levels.astype(np.uint8).transpose(2, 0, 1)


def _positions(size_px: int, tile_px: int, overlap_px: int) -> tuple[int, ...]:
    stride = tile_px - overlap_px
    count = max(1, -(-(size_px - overlap_px) // stride))
    surplus = overlap_px + count * stride - size_px
    return tuple(index * stride - surplus // 2 for index in range(count))


def _mirrored(start: int, length: int, size: int) -> NDArray[np.int64]:
    """Return `length` indices from `start` on, mirrored at 0 and size - 1 as often as it takes."""
    period = max(2 * (size - 1), 1)
    folded = np.arange(start, start + length) % period
    return np.minimum(folded, period - folded) if size > 1 else np.zeros(length, np.int64)


def _weights(count: int, tile_px: int, overlap_px: int) -> list[NDArray[np.float32]]:
    """Return each position's weights along one axis; where positions overlap they add up to one."""
    ramp = (np.arange(overlap_px, dtype=np.float32) + 0.5) / max(overlap_px, 1)
    weights = [np.ones(tile_px, np.float32) for _ in range(count)]
    for before, after in pairwise(weights):
        before[tile_px - overlap_px :] = ramp[::-1]
        after[:overlap_px] = ramp
    return weights
