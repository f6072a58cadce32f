"""Field at working resolution in, tiles of one size out, and their planes blended back into one field's.

Flow: `plan_tiles` -> `TilePlan.cut` (field -> tiles, mirrored where they reach beyond it) -> engine ->
`Blender` (planes of tiles -> planes of the field). Only one row of tiles is held in floating point, whatever
the field's size.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIDE_STEP_PX = 32
"""Networks halve their input five times: the sides of a tile are multiples of this."""

SPARE_SHARE = 0.03
"""Pixels that may be computed beyond the fewest for tiles that are larger: accuracy gains more by those."""


@dataclass(frozen=True)
class TilePlan:
    """Where the tiles of a field lie: top left corners at every pair of `tops_px` and `lefts_px`.

    All have the same size and together cover the field; only where a side takes a single tile does that
    reach beyond the field's borders.
    """

    height_px: int
    width_px: int
    tile_height_px: int
    tile_width_px: int
    overlap_px: int
    tops_px: tuple[int, ...]
    lefts_px: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.tops_px) * len(self.lefts_px)

    @property
    def tile_shape(self) -> tuple[int, int]:
        """Height and width of every tile."""
        return self.tile_height_px, self.tile_width_px

    @property
    def wasted_share(self) -> float:
        """Share of the tiles' pixels that the field would not have needed."""
        return 1.0 - self.height_px * self.width_px / (len(self) * self.tile_height_px * self.tile_width_px)

    def cut(self, rgb: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
        """Yield the tiles (tile_height_px, tile_width_px, 3) of `rgb` (height_px, width_px, 3) by rows."""
        for top in self.tops_px:
            rows = _taken(rgb, top, self.tile_height_px, axis=0)
            for left in self.lefts_px:
                yield _taken(rows, left, self.tile_width_px, axis=1)


def plan_tiles(height_px: int, width_px: int, most_px: int, overlap_px: int) -> TilePlan:
    """Cover a field with few tiles, of sides up to `most_px`, that compute hardly more pixels than others.

    Neighbours share at least `overlap_px`. Raises ValueError where that is more than half the longest side.
    """
    if not 0 <= 2 * overlap_px <= most_px:
        raise ValueError("the overlap must be at least 0 and at most half the tile")
    tile_height, tile_width = _sides(height_px, width_px, most_px, overlap_px)
    tops = _starts(height_px, tile_height, overlap_px)
    lefts = _starts(width_px, tile_width, overlap_px)
    return TilePlan(height_px, width_px, tile_height, tile_width, overlap_px, tops, lefts)


class Blender:
    """Blends the planes of tiles, given in the plan's order, into those of the field.

    Tiles that overlap fade into each other, with weights that add up to one; a pixel is rounded once, when
    the last tile that covers it has come, so the result depends on the field alone.
    """

    def __init__(self, plan: TilePlan, planes: int) -> None:
        self._plan = plan
        self._planes = np.empty((planes, plan.height_px, plan.width_px), np.uint8)
        self._row_weights = _weights(plan.tops_px, plan.tile_height_px, plan.overlap_px)
        self._column_weights = _weights(plan.lefts_px, plan.tile_width_px, plan.overlap_px)
        reach_px = plan.lefts_px[-1] - plan.lefts_px[0] + plan.tile_width_px
        self._strip = np.zeros((planes, plan.tile_height_px, reach_px if len(plan) > 1 else 0), np.float32)
        self._added = 0

    @property
    def complete(self) -> bool:
        """Tell whether every tile has been added."""
        return self._added == len(self._plan)

    @property
    def planes(self) -> NDArray[np.uint8]:
        """Planes (planes, height_px, width_px) uint8; valid when complete."""
        return self._planes

    def add(self, planes: NDArray[np.uint8]) -> None:
        """Blend in the planes (planes, tile_height_px, tile_width_px) of the next tile."""
        self._added += 1
        if len(self._plan) == 1:
            self._store(planes, self._plan.tops_px[0])
            return
        row, column = divmod(self._added - 1, len(self._plan.lefts_px))
        left = self._plan.lefts_px[column] - self._plan.lefts_px[0]
        weight = self._row_weights[row][:, None] * self._column_weights[column]
        self._strip[:, :, left : left + self._plan.tile_width_px] += planes * weight
        if column == len(self._plan.lefts_px) - 1:
            self._finish_row(row)

    def _finish_row(self, row: int) -> None:
        tops, tile = self._plan.tops_px, self._plan.tile_height_px
        done = tile if row == len(tops) - 1 else tops[row + 1] - tops[row]
        self._store(np.rint(self._strip[:, :done]).clip(0, 255).astype(np.uint8), tops[row])
        self._strip[:, : tile - done] = self._strip[:, done:].copy()
        self._strip[:, tile - done :] = 0.0

    def _store(self, rows: NDArray[np.uint8], top: int) -> None:
        """Keep finished rows, less what lies beyond the field's borders."""
        first, last = max(top, 0), min(top + rows.shape[1], self._plan.height_px)
        left = -self._plan.lefts_px[0]
        self._planes[:, first:last] = rows[:, first - top : last - top, left : left + self._plan.width_px]


def _sides(height_px: int, width_px: int, most_px: int, overlap_px: int) -> tuple[int, int]:
    """Return height and width of the tiles: the fewest that compute little more than the fewest pixels.

    Of as many tiles those with the fewest pixels, and of equal ones those nearest to a square.
    """
    sides = [side for side in range(SIDE_STEP_PX, most_px + 1, SIDE_STEP_PX) if side >= 2 * overlap_px]
    layouts = [
        (down * across, down * height * across * width, -min(height, width), height, width)
        for height, down in ((side, _count(height_px, side, overlap_px)) for side in sides)
        for width, across in ((side, _count(width_px, side, overlap_px)) for side in sides)
    ]
    fewest_px = min(pixels for _, pixels, *_ in layouts)
    *_, height, width = min(layout for layout in layouts if layout[1] <= (1.0 + SPARE_SHARE) * fewest_px)
    return height, width


def _starts(size_px: int, side_px: int, overlap_px: int) -> tuple[int, ...]:
    """Return where tiles start along one axis: spread from border to border, or a single one centred."""
    count = _count(size_px, side_px, overlap_px)
    if count == 1:
        return (-((side_px - size_px) // 2),)
    return tuple(round(place * (size_px - side_px) / (count - 1)) for place in range(count))


def _count(size_px: int, side_px: int, overlap_px: int) -> int:
    if size_px <= side_px:
        return 1
    return math.ceil((size_px - overlap_px) / (side_px - overlap_px))


def _taken(rgb: NDArray[np.uint8], start: int, length: int, axis: int) -> NDArray[np.uint8]:
    """Return a view where the field goes far enough, else a mirrored copy."""
    if 0 <= start <= rgb.shape[axis] - length:
        return rgb[start : start + length] if axis == 0 else rgb[:, start : start + length]
    return rgb.take(_mirrored(start, length, rgb.shape[axis]), axis=axis)


def _mirrored(start: int, length: int, size: int) -> NDArray[np.int64]:
    """Return `length` indices from `start` on, mirrored at 0 and size - 1 as often as it takes."""
    period = max(2 * (size - 1), 1)
    folded = np.arange(start, start + length) % period
    return np.minimum(folded, period - folded) if size > 1 else np.zeros(length, np.int64)


def _weights(starts_px: tuple[int, ...], tile_px: int, overlap_px: int) -> list[NDArray[np.float32]]:
    """Return each tile's weights along one axis: less towards its ends, and together one everywhere."""
    ramp = np.minimum(np.arange(tile_px) + 0.5, np.arange(tile_px)[::-1] + 0.5).clip(None, max(overlap_px, 1))
    summed = np.zeros(starts_px[-1] - starts_px[0] + tile_px)
    places = [slice(start - starts_px[0], start - starts_px[0] + tile_px) for start in starts_px]
    for place in places:
        summed[place] += ramp
    return [(ramp / summed[place]).astype(np.float32) for place in places]
