"""Detection figures at two radii against an example computed by hand."""

import numpy as np
import pytest

from training.annotations import Annotation
from training.evaluation.detection import detection_figures
from training.matching import Detections
from training.measures import measure_field

# Truth: positives at x = 0 and 100, a negative at 200, and at 300.
TRUTH = Annotation(np.array([(0, 0), (100, 0), (200, 0), (300, 0)], float), np.array([1, 1, 2, 2]))
# Found: a positive 2 px off the first, a positive 10 px off the second, a positive on the negative at 200, a
# negative in the void.
FOUND = Detections(np.array([(2, 0), (110, 0), (200, 0), (500, 0)], float), np.array([1, 1, 1, 2]))


@pytest.mark.parametrize(
    ("radius_px", "expected"),
    [
        # 5 px: two of four found are right (2 and 200), of four true ones two are found. Positive: 1 right,
        # 2 invented, 1 missed. Negative: none right, 1 invented, 2 missed.
        (
            5.0,
            {
                "any_nucleus": (2 / 4, 2 / 4, 1 / 2),
                "immunopositive": (1 / 3, 1 / 2, 2 / 5),
                "immunonegative": (0, 0, 0),
            },
        ),
        # 12 px: 110 counts too. Any: 3 of 4 and 3 of 4. Positive: 2 right, 1 invented, none missed.
        (
            12.0,
            {
                "any_nucleus": (3 / 4, 3 / 4, 3 / 4),
                "immunopositive": (2 / 3, 1, 4 / 5),
                "immunonegative": (0, 0, 0),
            },
        ),
    ],
)
def test_precision_recall_and_f1_by_hand(radius_px: float, expected: dict[str, tuple[float, ...]]) -> None:
    figures = detection_figures([measure_field("a", FOUND, TRUTH, radius_px)])
    for kind, values in expected.items():
        found = tuple(figures[kind][name].value for name in ("precision", "recall", "f1"))
        assert found == pytest.approx(values)
