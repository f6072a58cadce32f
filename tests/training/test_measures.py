"""Figures against an example computed by hand."""

import numpy as np
import pytest

from training.annotations import Annotation
from training.matching import Detections
from training.measures import Tally, measure_field, summarise

# Truth: positives at (0,0), (20,0); negatives at (40,0), (60,0); a lymphocyte at (80,0).
TRUTH = Annotation(np.array([(0, 0), (20, 0), (40, 0), (60, 0), (80, 0)], float), np.array([1, 1, 2, 2, 3]))
# Found: (1,0) positive, right; (21,0) negative, wrong class; (41,0) negative, right; (80,1) on the
# lymphocyte; (99,9) invented. The negative at (60,0) is missed.
FOUND = Detections(np.array([(1, 0), (21, 0), (41, 0), (80, 1), (99, 9)], float), np.array([1, 2, 2, 2, 1]))


def test_tallies_of_any_nucleus_and_of_each_class() -> None:
    result = measure_field("a", FOUND, TRUTH, 6.0)
    assert result.any_nucleus == Tally(right=3, invented=1, missed=1)
    assert result.immunopositive == Tally(right=1, invented=1, missed=1)
    assert result.immunonegative == Tally(right=1, invented=1, missed=1)


def test_f1_and_index_error_by_hand() -> None:
    result = measure_field("a", FOUND, TRUTH, 6.0)
    summary = summarise([result, result])
    assert summary.f1_any == pytest.approx(6 / 8)
    assert summary.f1_immunopositive == pytest.approx(0.5)
    assert result.true_index_percent == pytest.approx(50.0)
    assert result.index_percent == pytest.approx(40.0)
    assert summary.index_mean_absolute_error == pytest.approx(10.0)
    assert summary.index_bias == pytest.approx(-10.0)


def test_a_field_that_comes_back_empty_counts_as_an_index_of_nothing() -> None:
    empty = Detections(np.zeros((0, 2)), np.zeros(0, np.int64))
    result = measure_field("a", empty, TRUTH, 6.0)
    assert result.index_percent is None
    assert result.index_error == pytest.approx(-50.0)
    assert result.any_nucleus.f1 == 0.0
