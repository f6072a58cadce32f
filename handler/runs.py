"""Labels as runs: an image of labels in, its horizontal runs of one label out, and what each label measures.

A nucleus of a hundred pixels is a dozen runs; sums over runs come from integral images, in a few steps each.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Runs:
    """Runs of labels 1..`count`, arrays of one entry a run in the image's order.

    A run lies in row `rows` from column `lefts` up to, not including, `rights`, and belongs to `owners`.
    """

    count: int
    rows: NDArray[np.intp]
    lefts: NDArray[np.intp]
    rights: NDArray[np.intp]
    owners: NDArray[np.intp]

    @cached_property
    def areas_px(self) -> NDArray[np.int64]:
        """Pixels (count,) of each label."""
        return self._summed(self.rights - self.lefts).astype(np.int64)

    @cached_property
    def centres_px(self) -> NDArray[np.float64]:
        """Centroids (count, 2) x, y of the labels; 0 where a label has no pixel."""
        lengths = self.rights - self.lefts
        along = (lengths * (self.lefts + self.rights - 1) / 2, lengths * self.rows)
        return np.stack([self._summed(weights) for weights in along], 1) / self._divisors[:, None]

    def means(self, plane: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return the mean (count,) of `plane` (height, width) over each label; 0 where it has no pixel."""
        integral = cv2.integral(plane, sdepth=cv2.CV_64F)
        above, below = self.rows * integral.shape[1], (self.rows + 1) * integral.shape[1]
        corners = (below + self.rights, below + self.lefts, above + self.rights, above + self.lefts)
        ends, starts, ends_above, starts_above = (integral.reshape(-1).take(corner) for corner in corners)
        return self._summed(ends - starts - ends_above + starts_above) / self._divisors

    @cached_property
    def by_owner(self) -> "Runs":
        """The same runs, label by label, each label's as in the image."""
        return self.where(self.order)

    @cached_property
    def row_hulls(self) -> "Runs":
        """For each label and row one run from its first to its last pixel there, label by label."""
        runs = self.by_owner
        begins = np.ones(len(runs.rows) + 1, np.bool_)
        begins[1:-1] = (np.diff(runs.rows) != 0) | (np.diff(runs.owners) != 0)
        first, last = begins[:-1], begins[1:]
        return Runs(self.count, runs.rows[first], runs.lefts[first], runs.rights[last], runs.owners[first])

    def where(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> "Runs":
        """Return the chosen runs: a mask of all, or their numbers in the order wanted."""
        return Runs(self.count, *(part[chosen] for part in (self.rows, self.lefts, self.rights, self.owners)))

    def paint(self, image: NDArray[np.int32], value: int) -> None:
        """Write a value into the runs' pixels."""
        lengths, firsts = self.rights - self.lefts, self.rows * image.shape[1] + self.lefts
        image.reshape(-1)[np.repeat(firsts, lengths) + counted(lengths)] = value

    @cached_property
    def order(self) -> NDArray[np.intp]:
        """The runs' numbers (n,), label by label."""
        return np.argsort(self.owners, kind="stable")

    @cached_property
    def _divisors(self) -> NDArray[np.int64]:
        return np.maximum(self.areas_px, 1)

    def _summed(self, weights: NDArray[np.generic]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(self.owners, weights, self.count + 1)[1:], np.float64)


def counted(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 0, 1, ... up to each length in turn."""
    return np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)


def runs_of(labels: NDArray[np.int32], count: int) -> Runs:
    """Return the runs of `labels` (height, width), 0 background, 1..`count` else."""
    flat, width = labels.reshape(-1), labels.shape[1]
    begins = np.empty(flat.size, np.bool_)
    np.not_equal(flat[1:], flat[:-1], out=begins[1:])
    begins[::width] = True
    firsts = np.flatnonzero(begins)
    owners = flat[firsts]
    labelled = owners > 0
    ends = np.append(firsts[1:], flat.size)[labelled]
    rows, lefts = np.divmod(firsts[labelled], width)
    return Runs(count, rows, lefts, ends - rows * width, owners[labelled].astype(np.intp))


def astray(runs: Runs) -> NDArray[np.bool_]:
    """Tell which runs (n,) do not belong to the largest connected piece of their label.

    Pixels connect over sides. Most labels are plainly whole, run under run; only the others are searched.
    """
    by_owner = runs.by_owner
    apart = (np.diff(by_owner.owners) == 0) & ~_touch_the_next(by_owner)
    doubtful_label = np.zeros(runs.count + 1, np.bool_)
    doubtful_label[by_owner.owners[1:][apart]] = True
    doubtful = runs.order[doubtful_label[by_owner.owners]]
    found = np.zeros(len(runs.rows), np.bool_)
    found[doubtful] = _outside_the_largest(runs.where(doubtful))
    return found


def _touch_the_next(runs: Runs) -> NDArray[np.bool_]:
    overlap = (runs.lefts[1:] < runs.rights[:-1]) & (runs.lefts[:-1] < runs.rights[1:])
    return np.asarray((np.diff(runs.rows) == 1) & overlap)


def _outside_the_largest(runs: Runs) -> NDArray[np.bool_]:
    """Tell which runs (n,), given label by label, are not in their label's largest piece."""
    pieces = _pieces(*_links(runs), len(runs.owners))
    sizes = np.bincount(pieces, runs.rights - runs.lefts, len(pieces))
    by_size = np.argsort(sizes, kind="stable")
    largest = np.zeros(runs.count + 1, np.intp)
    largest[runs.owners[by_size]] = by_size
    return np.asarray(largest[runs.owners] != pieces)


def _links(runs: Runs) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return pairs of touching runs: each run, sorted by label, with those of its label in the row below."""
    if not len(runs.rows):
        return runs.rows, runs.rows
    width, height = runs.rights.max() + 1, runs.rows.max() + 2
    line = (runs.owners * height + runs.rows) * width
    first = np.searchsorted(line + runs.rights, line + width + runs.lefts, "right")
    number = np.searchsorted(line + runs.lefts, line + width + runs.rights, "left") - first
    upper = np.repeat(np.arange(len(line)), number)
    lower = np.repeat(first, number) + counted(number)
    return upper, lower


def _pieces(one: NDArray[np.intp], other: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """Return for each of `count` things the least of all that links, pairwise given, connect it with."""
    least = np.arange(count)
    while (least[one] != least[other]).any():
        lower = np.minimum(least[one], least[other])
        np.minimum.at(least, least[one], lower)
        np.minimum.at(least, least[other], lower)
        least = least[least]
    return least
