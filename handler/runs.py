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
        # Sums beyond 31 bits wrap, and so do their differences: those of a run are right again.
        integral = np.asarray(cv2.integral(plane, sdepth=cv2.CV_32S)).reshape(-1)
        above = self.rows * (plane.shape[1] + 1)
        below = above + plane.shape[1] + 1
        corners = (below + self.rights, below + self.lefts, above + self.rights, above + self.lefts)
        ends, starts, ends_above, starts_above = (integral.take(corner) for corner in corners)
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

    @cached_property
    def order(self) -> NDArray[np.intp]:
        """The runs' numbers (n,), label by label."""
        short = self.count <= np.iinfo(np.uint16).max  # sorted in a quarter of the time
        return np.argsort(self.owners.astype(np.uint16) if short else self.owners, kind="stable")

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
