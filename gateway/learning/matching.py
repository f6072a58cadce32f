"""Pairs marks with reference nuclei: points in, row numbers of the pairs out; classes play no part.

As many pairs as can be made within the radius, as the project's own evaluation makes them; the nearest pair
first, and pairs are changed only where that makes room for one more. No order of equals is left to chance.

    points -> grid of cells as wide as the radius -> candidates -> nearest first -> augmenting paths
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CANDIDATES_LIMIT = 1_000_000
"""Of neighbours to look at: 20,000 marks in the densest of tissues have a fifth of it at the usual radius."""

_NEIGHBOURS = [(right, down) for right in (-1, 0, 1) for down in (-1, 0, 1)]
_STRIDE = 1 << 31


class TooCrowdedError(ValueError):
    """So many marks lie on one spot that pairing them would take minutes."""


@dataclass(frozen=True)
class Pairs:
    """Rows (k,) of marks and of nuclei that belong together, by mark; and how far apart (k,) they are."""

    marks: NDArray[np.int64]
    nuclei: NDArray[np.int64]
    distances: NDArray[np.float64]


def pair(marks: NDArray[np.float64], nuclei: NDArray[np.float64], radius: float) -> Pairs:
    """Return the most pairs of `marks` (n, 2) and `nuclei` (m, 2) that lie within `radius`, one to one.

    All in one unit; raises TooCrowdedError.
    """
    of_marks, of_nuclei = _candidates(marks, nuclei, radius)
    distances = np.hypot(*(marks[of_marks] - nuclei[of_nuclei]).T)
    order = np.lexsort((of_nuclei, of_marks, distances))
    order = order[distances[order] <= radius]
    matching = _Matching(len(marks), len(nuclei))
    matching.take_nearest(of_marks[order].tolist(), of_nuclei[order].tolist())
    matching.make_room()
    chosen = np.array(sorted(matching.nucleus_of.items()), np.int64).reshape(-1, 2)
    apart = np.hypot(*(marks[chosen[:, 0]] - nuclei[chosen[:, 1]]).T)
    return Pairs(chosen[:, 0], chosen[:, 1], apart)


def _candidates(
    marks: NDArray[np.float64], nuclei: NDArray[np.float64], radius: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows of marks and nuclei whose cells touch: every pair within the radius, and some beyond."""
    cells, around = (np.floor(points / radius).astype(np.int64) for points in (nuclei, marks))
    keys = cells[:, 0] * _STRIDE + cells[:, 1]
    order = np.argsort(keys, kind="stable")
    wanted = np.concatenate([around[:, 0] * _STRIDE + around[:, 1] + x * _STRIDE + y for x, y in _NEIGHBOURS])
    first = np.searchsorted(keys[order], wanted, "left")
    counts = np.searchsorted(keys[order], wanted, "right") - first
    if counts.sum() > CANDIDATES_LIMIT:
        raise TooCrowdedError
    starts = np.repeat(first - np.cumsum(counts) + counts, counts)
    rows = np.tile(np.arange(len(marks)), len(_NEIGHBOURS))
    return np.repeat(rows, counts), order[starts + np.arange(int(counts.sum()))]


class _Matching:
    """A matching that grows: each matched mark's nucleus, and each matched nucleus' mark."""

    def __init__(self, marks: int, nuclei: int) -> None:
        self.nucleus_of: dict[int, int] = {}
        self._mark_of: list[int | None] = [None] * nuclei
        self._neighbours: list[list[int]] = [[] for _ in range(marks)]
        self._hopeless: set[int] = set()

    def take_nearest(self, of_marks: list[int], of_nuclei: list[int]) -> None:
        """Take candidates, sorted from near to far, where both are still alone."""
        for mark, nucleus in zip(of_marks, of_nuclei, strict=True):
            self._neighbours[mark].append(nucleus)
            if mark not in self.nucleus_of and self._mark_of[nucleus] is None:
                self._join(mark, nucleus)

    def make_room(self) -> None:
        """Give marks that are still alone a nucleus, where others can take another one for it."""
        for mark in range(len(self._neighbours)):
            if mark not in self.nucleus_of:
                self._reach_from(mark)

    def _reach_from(self, start: int) -> None:
        """Find the shortest way to a free nucleus.

        Nuclei reached in vain are hopeless for every later mark too (Berge 1957), which keeps the whole near
        linear however many marks are too many.
        """
        reached_by: dict[int, int] = {}
        waiting = deque([start])
        while waiting:
            mark = waiting.popleft()
            for nucleus in self._neighbours[mark]:
                if nucleus in reached_by or nucleus in self._hopeless:
                    continue
                reached_by[nucleus] = mark
                following = self._mark_of[nucleus]
                if following is None:
                    self._shift(nucleus, reached_by)
                    return
                waiting.append(following)
        self._hopeless.update(reached_by)

    def _shift(self, free: int, reached_by: dict[int, int]) -> None:
        """Move every mark on the way to the nucleus that it reached."""
        nucleus: int | None = free
        while nucleus is not None:
            mark = reached_by[nucleus]
            left = self.nucleus_of.get(mark)
            self._join(mark, nucleus)
            nucleus = left

    def _join(self, mark: int, nucleus: int) -> None:
        self.nucleus_of[mark], self._mark_of[nucleus] = nucleus, mark
