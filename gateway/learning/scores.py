"""How good marks are: marks and reference as x, y, class in, what became of each and the scores out.

Points are paired without regard to class (matching.py). A pair of one class is right; of two, mislabelled:
invented for the class that was marked, missed for the reference's.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateway.learning.matching import pair
from handler.nuclei import CLASS_NAMES

Point = tuple[float, float, str]
Document = dict[str, Any]
NEGATIVE, POSITIVE = CLASS_NAMES[1:]
CLASSES = (POSITIVE, NEGATIVE)


@dataclass(frozen=True)
class Comparison:
    """Marks and reference, the rows (k, 2) of their pairs with distances, and the rows left over."""

    marks: Sequence[Point]
    reference: Sequence[Point]
    pairs: Sequence[tuple[int, int, float]]
    missed: Sequence[int]
    invented: Sequence[int]

    def is_right(self, mark: int, nucleus: int) -> bool:
        """Tell whether both are of one class."""
        return self.marks[mark][2] == self.reference[nucleus][2]


def compare(marks: Sequence[Point], reference: Sequence[Point], radius: float) -> Comparison:
    """Pair marks with the reference within a radius in the points' unit; raises TooCrowdedError."""
    found = pair(_places(marks), _places(reference), radius)
    return Comparison(
        marks,
        reference,
        list(zip(found.marks.tolist(), found.nuclei.tolist(), found.distances.tolist(), strict=True)),
        np.setdiff1d(np.arange(len(reference)), found.nuclei).tolist(),
        np.setdiff1d(np.arange(len(marks)), found.marks).tolist(),
    )


def scores(compared: Comparison) -> Document:
    """Return precision, recall and F1 of detection and of each class, counts and indices."""
    right = Counter(
        compared.marks[mark][2] for mark, nucleus, _ in compared.pairs if compared.is_right(mark, nucleus)
    )
    marked, there = (Counter(each[2] for each in points) for points in (compared.marks, compared.reference))
    indices = [_index_percent(counted) for counted in (marked, there)]
    return {
        "detection": _tally(len(compared.pairs), len(compared.marks), len(compared.reference)),
        **{name: _tally(right[name], marked[name], there[name]) for name in CLASSES},
        "mislabelled": len(compared.pairs) - right.total(),
        "counts": _counts(marked),
        "reference_counts": _counts(there),
        "index_percent": indices[0],
        "reference_index_percent": indices[1],
        "index_difference_points": _difference(*indices),
    }


def outcome(compared: Comparison, mpp: float) -> Document:
    """Return every nucleus and every mark that stands alone with its place, by what became of it."""
    pairs = [_paired(compared, *each, mpp) for each in compared.pairs]
    return {
        "right": [each for each in pairs if each["class"] == each["marked_as"]],
        "mislabelled": [each for each in pairs if each["class"] != each["marked_as"]],
        "missed": [_placed(compared.reference[row]) for row in compared.missed],
        "invented": [{"mark": row, **_placed(compared.marks[row])} for row in compared.invented],
    }


def _places(points: Sequence[Point]) -> NDArray[np.float64]:
    return np.array([point[:2] for point in points], np.float64).reshape(-1, 2)


def _tally(right: int, marked: int, there: int) -> Document:
    """Return a share as null where there is nothing to take it of."""
    return {
        "right": right,
        "invented": marked - right,
        "missed": there - right,
        "precision": right / marked if marked else None,
        "recall": right / there if there else None,
        "f1": 2 * right / (marked + there) if marked + there else None,
    }


def _counts(counted: Counter[str]) -> Document:
    return {POSITIVE: counted[POSITIVE], NEGATIVE: counted[NEGATIVE], "total": counted.total()}


def _index_percent(counted: Counter[str]) -> float | None:
    return 100.0 * counted[POSITIVE] / counted.total() if counted else None


def _difference(own: float | None, reference: float | None) -> float | None:
    return None if own is None or reference is None else own - reference


def _placed(point: Point) -> Document:
    return {"x": round(point[0], 2), "y": round(point[1], 2), "class": point[2]}


def _paired(compared: Comparison, mark: int, nucleus: int, distance_px: float, mpp: float) -> Document:
    return {
        "mark": mark,
        **_placed(compared.reference[nucleus]),
        "marked_as": compared.marks[mark][2],
        "distance_um": round(distance_px * mpp, 2),
    }
