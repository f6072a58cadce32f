"""Figures of a confusion matrix: rows truth, columns prediction; used for pixels and for categories.

All take (..., k, m) with m >= k: columns beyond the classes hold predictions that are no class and never
right. A figure that is 0 / 0 is NaN.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.evaluation.bootstrap import ratio


class ClassFigures(NamedTuple):
    """Figures of each class (..., k).

    TP / (TP + FP), TP / (TP + FN), 2 TP / (2 TP + FP + FN), TP / (TP + FP + FN).
    """

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]
    iou: NDArray[np.float64]


def accuracy(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of what is right, (...)."""
    return ratio(_right(matrix).sum(axis=-1), matrix.sum(axis=(-2, -1)))


def class_figures(matrix: NDArray[np.float64]) -> ClassFigures:
    """Return precision, recall, F1 and intersection over union of each class."""
    right, truth = _right(matrix), matrix.sum(axis=-1)
    predicted = matrix.sum(axis=-2)[..., : right.shape[-1]]
    return ClassFigures(
        precision=ratio(right, predicted),
        recall=ratio(right, truth),
        f1=ratio(2 * right, predicted + truth),
        iou=ratio(right, predicted + truth - right),
    )


def macro(figures: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean over the classes (..., k) that have a figure."""
    defined = ~np.isnan(figures)
    return ratio(np.where(defined, figures, 0).sum(axis=-1), defined.sum(axis=-1).astype(np.float64))


def _right(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.diagonal(matrix, axis1=-2, axis2=-1), np.float64)
