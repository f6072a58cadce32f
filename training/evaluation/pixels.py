"""Table 1: how well the predicted class map agrees with the truth, pixel by pixel.

Flow: truth and prediction (height, width) of one field -> confusion matrix (3, 3) -> matrices of many fields
-> accuracy, and precision, recall, F1, IoU a class and as the mean over the classes.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handler.nuclei import CLASS_NAMES
from training.evaluation.bootstrap import Estimate, estimates
from training.evaluation.confusion import accuracy, class_figures, macro

_CLASSES = len(CLASS_NAMES)
_FIGURES = ("precision", "recall", "f1", "iou")


def pixel_confusion(
    truth: NDArray[np.uint8], predicted: NDArray[np.uint8], ignored: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Count pixels by class (3, 3), rows truth; planes are (height, width), ignored pixels do not count."""
    seen = ~ignored
    pairs = truth[seen].astype(np.int64) * _CLASSES + predicted[seen]
    return np.bincount(pairs, minlength=_CLASSES**2).reshape(_CLASSES, _CLASSES)


def pixel_figures(confusions: Sequence[NDArray[np.int64]]) -> dict[str, Any]:
    """Return `accuracy`, the mean of four figures over the classes, and `by_class`, from (3, 3) a field."""
    table = np.array(confusions, np.float64).reshape(-1, _CLASSES**2)
    found = estimates(table, _statistic)
    by_figure = {
        name: found[1 + i * (_CLASSES + 1) : 1 + (i + 1) * (_CLASSES + 1)] for i, name in enumerate(_FIGURES)
    }
    by_class: dict[str, dict[str, Estimate]] = {
        label: {name: by_figure[name][1 + k] for name in _FIGURES} for k, label in enumerate(CLASS_NAMES)
    }
    return {"accuracy": found[0], **{name: by_figure[name][0] for name in _FIGURES}, "by_class": by_class}


def _statistic(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return accuracy, then for each figure its macro mean and its value for each class."""
    matrix = sums.reshape(*sums.shape[:-1], _CLASSES, _CLASSES)
    columns = [accuracy(matrix)[..., None]]
    for figure in class_figures(matrix):
        columns += [macro(figure)[..., None], figure]
    return np.concatenate(columns, axis=-1)
