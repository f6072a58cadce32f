"""One field compared with its annotation: what every table is made of.

Flow: `EvaluatedField` and a system's answer -> `FieldRecord` with matches, counts, indices, pixel
confusion and confidences. No image is kept, so that thousands of fields fit in memory.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.annotations import IMMUNONEGATIVE_LABEL, IMMUNOPOSITIVE_LABEL, Annotation
from training.evaluation.calibration import Judged
from training.evaluation.counts import Counts
from training.evaluation.fields import EvaluatedField
from training.evaluation.truth import MaskOrigin, TruthMask, compare, decoded_index_percent
from training.matching import Detections
from training.measures import FieldResult, measure_field
from training.scorers import Scored


@dataclass(frozen=True)
class MaskComparison:
    """A truth mask's origin, the index it decodes to, its pixels against the system's (None over REST)."""

    origin: MaskOrigin
    index_percent: float | None
    confusion: NDArray[np.int64] | None


@dataclass(frozen=True)
class FieldRecord:
    """Everything measured on one field; `result` is at the main radius, `by_radius_um` at each."""

    source: str
    split: str | None
    result: FieldResult
    by_radius_um: Mapping[float, FieldResult]
    annotated: Counts
    found: Counts
    judged: Judged
    mask: MaskComparison

    @property
    def mask_index_error(self) -> float | None:
        """System minus decoded truth mask in points; a missing index counts as 0, none without truth."""
        truth = self.mask.index_percent
        return None if truth is None else (self.result.index_percent or 0.0) - truth

    @property
    def decoding_error(self) -> float | None:
        """Decoded truth mask minus annotated points: what decoding costs before any network errs."""
        truth, decoded = self.result.true_index_percent, self.mask.index_percent
        return None if truth is None or decoded is None else decoded - truth


def detections_of(answer: dict[str, Any]) -> Detections:
    """Return the nuclei of an analysis document as points and labels."""
    nuclei = answer["nuclei"]
    points = np.array([(n["x"], n["y"]) for n in nuclei], float).reshape(-1, 2)
    positive = np.array([n["class"] == "immunopositive" for n in nuclei], bool)
    return Detections(points, np.where(positive, IMMUNOPOSITIVE_LABEL, IMMUNONEGATIVE_LABEL))


def record(
    field: EvaluatedField,
    scored: Scored,
    truth: TruthMask,
    mpp: float,
    radii_um: Sequence[float],
    main_um: float,
) -> FieldRecord:
    """Compare a system's answer with a field's points and truth mask."""
    annotation, detections = field.annotation, detections_of(scored.answer)
    by_radius = {
        radius: measure_field(field.name, detections, annotation, radius / mpp) for radius in radii_um
    }
    return FieldRecord(
        source=field.source,
        split=field.split,
        result=by_radius[main_um],
        by_radius_um=by_radius,
        annotated=_counts(annotation.labels),
        found=_counts(detections.labels),
        judged=_judged(scored.answer, detections, annotation, by_radius[main_um]),
        mask=_mask_comparison(scored, truth, mpp),
    )


def _counts(labels: NDArray[np.int64]) -> Counts:
    positive, negative = (
        int((labels == label).sum()) for label in (IMMUNOPOSITIVE_LABEL, IMMUNONEGATIVE_LABEL)
    )
    return Counts(positive, negative)


def _judged(
    answer: dict[str, Any], detections: Detections, annotation: Annotation, result: FieldResult
) -> Judged:
    match = result.match
    confidences = np.array([nucleus["confidence"] for nucleus in answer["nuclei"]], np.float64)
    right = detections.labels[match.found] == annotation.counted().labels[match.truth]
    return Judged(confidences[match.found], right)


def _mask_comparison(scored: Scored, truth: TruthMask, mpp: float) -> MaskComparison:
    image = scored.answer["image"]
    index = decoded_index_percent(truth, image["width_px"], image["height_px"], mpp)
    analysis = scored.analysis
    confusion = None if analysis is None else compare(truth, analysis.decoded.class_map)
    return MaskComparison(truth.origin, index, confusion)
