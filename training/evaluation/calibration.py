"""Calibration of confidence: whether the class of a nucleus is right as often as its confidence says.

Flow: confidence and rightness of nuclei that lie on an annotated point -> ten bins of 0.5 to 1 ->
reliability diagram, and expected calibration error (Naeini et al. 2015): the gap between confidence and
share right, weighted by the nuclei of each bin.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.evaluation.bootstrap import estimates, ratio

BINS = 10
_EDGES = np.linspace(0.5, 1.0, BINS + 1)


class Judged(NamedTuple):
    """Matched nuclei of one field: how sure the class was (n,) and whether it was right (n,)."""

    confidences: NDArray[np.float64]
    right: NDArray[np.bool_]


def calibration_figures(fields: Sequence[Judged]) -> dict[str, Any]:
    """Return `expected_calibration_error` and `bins`: nuclei, mean confidence and share right of each."""
    table = np.array([_sums(field) for field in fields], np.float64).reshape(-1, 3 * BINS)
    (error,) = estimates(table, _expected_error)
    counts, confidence, right = table.sum(axis=0).reshape(3, BINS)
    bins = [
        {
            "from": round(float(_EDGES[k]), 2),
            "to": round(float(_EDGES[k + 1]), 2),
            "nuclei": int(counts[k]),
            "mean_confidence": float(confidence[k] / counts[k]),
            "share_right": float(right[k] / counts[k]),
        }
        for k in np.flatnonzero(counts)
    ]
    return {"nuclei": int(counts.sum()), "expected_calibration_error": error, "bins": bins}


def _sums(field: Judged) -> NDArray[np.float64]:
    """Return nuclei, summed confidence and right ones of each bin, (3 * BINS,)."""
    bins = np.digitize(field.confidences, _EDGES[1:-1])
    weights = (np.ones(len(bins)), field.confidences, field.right.astype(np.float64))
    return np.concatenate([np.bincount(bins, weight, BINS) for weight in weights])


def _expected_error(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    counts, confidence, right = np.moveaxis(sums.reshape(*sums.shape[:-1], 3, BINS), -2, 0)
    return ratio(np.abs(right - confidence).sum(axis=-1), counts.sum(axis=-1))
