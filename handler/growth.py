"""Labels grow: seeds and the pixels that they may take in, every such pixel with its nearest label out.

What is nearest is told by the 5 x 5 chamfer distance (Borgefors 1986), a fair copy of the Euclidean. A
distance transform looks at each pixel of the field; here only the rims of the labels push outwards, and only
what they leave looks further afield. Where that is much, the transform is cheaper, with the same outcome.

    near pixels: rims push, the farthest step first, so that the nearest label stays
    far pixels, if few: each pulls the first label it finds, the nearest step first
    far pixels, if many: distance transform
"""

from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

MARGIN_PX = 5
"""Background that must surround the labels, so that no pushed step leaves the image."""

_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)
_DIAGONAL, _KNIGHT = 1.4, 2.1969
"""What a step over a corner costs, and one by two pixels and one; a step to the side costs 1."""
_RING_ENDS_PX = (0.0, 2.5, 4.5, 8.0, 12.0, 20.0, 28.0)
_PUSHED_RINGS = 2
_REACH_PX = 28
_FEW = 0.01
"""Share of a field's pixels up to which pulling costs less than pushing the next ring, or the transform."""
_NEAR = np.ones((9, 9), np.uint8)

Sources = dict["Step", tuple[NDArray[np.intp], NDArray[np.int32]]]


class Step(NamedTuple):
    """A way in rows and columns, from a labelled pixel to one that it may take in."""

    down: int
    right: int

    @property
    def distance(self) -> float:
        """The chamfer distance in pixels."""
        short, long = sorted((abs(self.down), abs(self.right)))
        knights = min(short, long - short)
        diagonals = short - knights
        return knights * _KNIGHT + diagonals * _DIAGONAL + (long - short - knights)

    @property
    def precedence(self) -> tuple[float, bool, int, int]:
        """Nearer is first; as near, the label above, then left: the order of a transform's two passes."""
        upwards = self.down < 0 or (self.down == 0 and self.right < 0)
        return round(self.distance, 3), upwards, abs(self.right), self.right if upwards else -self.right

    @property
    def side(self) -> "Step":
        """The neighbour over which the way leads; were it labelled, it would be nearer."""
        if abs(self.down) >= abs(self.right):
            return Step(int(np.sign(self.down)), 0)
        return Step(0, int(np.sign(self.right)))


def _rings() -> list[tuple[Step, ...]]:
    """Return the steps between each two distances, first in precedence first."""
    reach = range(-_REACH_PX, _REACH_PX + 1)
    steps = sorted((Step(y, x) for y in reach for x in reach), key=lambda step: step.precedence)
    ends = pairwise(_RING_ENDS_PX)
    return [tuple(s for s in steps if low < s.distance <= high) for low, high in ends]


_PUSHES = [[(step.side, step) for step in reversed(ring)] for ring in _rings()[:_PUSHED_RINGS]]
_RINGS = [np.array(ring, np.intp) for ring in _rings()]
_SIDES = (Step(0, 1), Step(1, 0), Step(0, -1), Step(-1, 0))


def grow(labels: NDArray[np.int32], within: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return the labels (height, width), in unlabelled pixels of `within` (not 0) the nearest one.

    Labels reach over pixels outside of `within`, and leave them as they are.
    """
    labelled = _mask(labels != 0)
    todo = np.asarray(cv2.bitwise_and(within, cv2.bitwise_not(labelled)), np.uint8)
    grown = labels.copy()
    far = cv2.bitwise_and(todo, cv2.bitwise_not(cv2.dilate(labelled, _NEAR)))
    if cv2.countNonZero(far) > _FEW * labels.size:
        _transform(labels, labelled, todo, grown)
    elif cv2.countNonZero(todo):
        pushed = _push(labels, labelled, todo, grown)
        if not _pull(labels, todo, grown, _RINGS[pushed:]):
            _transform(labels, labelled, todo, grown)
    return grown


def _mask(chosen: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return chosen.view(np.uint8) * np.uint8(255)


def _push(
    labels: NDArray[np.int32], labelled: NDArray[np.uint8], todo: NDArray[np.uint8], grown: NDArray[np.int32]
) -> int:
    """Write near labels into `grown`, strike them off `todo`; return how many rings were pushed."""
    sources, width = _rims(labels, labelled), labels.shape[1]
    for number, ring in enumerate(_PUSHES, 1):
        reached = np.zeros_like(labels)
        for side, (down, right) in ring:
            places, owners = sources[side]
            reached.reshape(-1)[places + (down * width + right)] = owners
        cv2.copyTo(reached, todo, grown)
        cv2.bitwise_and(todo, _mask(reached == 0), dst=todo)
        if cv2.countNonZero(todo) <= _FEW * labels.size:
            return number
    return len(_PUSHES)


def _rims(labels: NDArray[np.int32], labelled: NDArray[np.uint8]) -> Sources:
    """Return for each side the labelled pixels open to it, as places in the flat image, and their labels."""
    flat, taken, width = labels.reshape(-1), labelled.reshape(-1), labels.shape[1]
    rim = np.flatnonzero(labelled != cv2.erode(labelled, _CROSS))
    open_to = ((side, rim[taken[rim + (side.down * width + side.right)] == 0]) for side in _SIDES)
    return {side: (places, flat[places]) for side, places in open_to}


def _pull(
    labels: NDArray[np.int32],
    todo: NDArray[np.uint8],
    grown: NDArray[np.int32],
    rings: list[NDArray[np.intp]],
) -> bool:
    """Fill in what pushing left `todo`; tell whether every such pixel had a label within reach."""
    left = np.flatnonzero(todo != 0)
    if not len(left):
        return True
    wide = np.asarray(cv2.copyMakeBorder(labels, *(_REACH_PX,) * 4, cv2.BORDER_CONSTANT, value=0), np.int32)
    for ring in rings:
        rows, columns = np.divmod(left, labels.shape[1])
        found = _first_label(wide, (rows + _REACH_PX) * wide.shape[1] + columns + _REACH_PX, ring)
        grown.reshape(-1)[left] = found
        left = left[found == 0]
    return not len(left)


def _first_label(
    labels: NDArray[np.int32], places: NDArray[np.intp], ring: NDArray[np.intp]
) -> NDArray[np.int32]:
    """Return for each place (n,) in the flat image the first label of a ring around it, else 0."""
    steps = ring @ (labels.shape[1], 1)
    seen = labels.reshape(-1)[places[:, None] - steps]
    return np.asarray(np.take_along_axis(seen, (seen > 0).argmax(1)[:, None], 1)[:, 0], np.int32)


def _transform(
    labels: NDArray[np.int32], labelled: NDArray[np.uint8], todo: NDArray[np.uint8], grown: NDArray[np.int32]
) -> None:
    """Fill in what is `todo` after looking at each pixel of the field."""
    _, nearest = cv2.distanceTransformWithLabels(
        cv2.bitwise_not(labelled), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    # Labelled pixels are numbered from 1 in the order of the image.
    owners, left = labels[labelled != 0], np.flatnonzero(todo != 0)
    grown.reshape(-1)[left] = owners[nearest.reshape(-1)[left] - 1]
