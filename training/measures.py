"""Figures of a set of fields: detection F1, index error, from matches added up over fields.

A nucleus counts as found where any detection lies within the radius; a class' own F1 matches only that
class' detections with that class' points.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.annotations import IMMUNONEGATIVE_LABEL, IMMUNOPOSITIVE_LABEL, Annotation
from training.matching import Detections, Match, match


@dataclass(frozen=True)
class Tally:
    """Right, invented and missed nuclei."""

    right: int = 0
    invented: int = 0
    missed: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.right + other.right, self.invented + other.invented, self.missed + other.missed)

    @property
    def f1(self) -> float:
        """2 TP / (2 TP + FP + FN); 1 where there was nothing to find and nothing was found."""
        total = 2 * self.right + self.invented + self.missed
        return 2 * self.right / total if total else 1.0


@dataclass(frozen=True)
class FieldResult:
    """One field: counted nuclei by annotation and by the system, matches of any class, tallies, indices."""

    name: str
    annotated: int
    found: int
    match: Match
    any_nucleus: Tally
    immunopositive: Tally
    immunonegative: Tally
    true_index_percent: float | None
    index_percent: float | None

    @property
    def index_error(self) -> float | None:
        """System minus annotation in points; a missing index counts as 0, none without annotation."""
        if self.true_index_percent is None:
            return None
        return (self.index_percent or 0.0) - self.true_index_percent


def measure_field(name: str, detections: Detections, annotation: Annotation, radius_px: float) -> FieldResult:
    """Compare what was found in a field with its annotation."""
    positives = int((detections.labels == IMMUNOPOSITIVE_LABEL).sum())
    total = len(detections.labels)
    return FieldResult(
        name=name,
        annotated=len(annotation.counted().labels),
        found=total,
        match=match(detections, annotation, radius_px),
        any_nucleus=_tally(match(detections, annotation, radius_px)),
        immunopositive=_class_tally(detections, annotation, IMMUNOPOSITIVE_LABEL, radius_px),
        immunonegative=_class_tally(detections, annotation, IMMUNONEGATIVE_LABEL, radius_px),
        true_index_percent=annotation.index_percent,
        index_percent=100.0 * positives / total if total else None,
    )


def _tally(found: Match) -> Tally:
    return Tally(len(found.found), len(found.invented), len(found.missed))


def _class_tally(detections: Detections, annotation: Annotation, label: int, radius_px: float) -> Tally:
    mine = detections.labels == label
    others = (annotation.labels != label) & (annotation.labels != 3)
    kept = Annotation(annotation.points_px[~others], annotation.labels[~others])
    return _tally(match(Detections(detections.points_px[mine], detections.labels[mine]), kept, radius_px))


@dataclass(frozen=True)
class Summary:
    """Figures of a set of fields; errors in percentage points of the proliferation index."""

    fields: int
    f1_any: float
    f1_immunopositive: float
    f1_immunonegative: float
    index_mean_absolute_error: float
    index_root_mean_square_error: float
    index_bias: float


def summarise(results: Sequence[FieldResult]) -> Summary:
    """Add up the tallies and average the index errors of fields."""
    errors = np.array([r.index_error for r in results if r.index_error is not None] or [0.0])
    return Summary(
        fields=len(results),
        f1_any=sum((r.any_nucleus for r in results), Tally()).f1,
        f1_immunopositive=sum((r.immunopositive for r in results), Tally()).f1,
        f1_immunonegative=sum((r.immunonegative for r in results), Tally()).f1,
        index_mean_absolute_error=float(np.abs(errors).mean()),
        index_root_mean_square_error=float(np.sqrt((errors**2).mean())),
        index_bias=float(errors.mean()),
    )
