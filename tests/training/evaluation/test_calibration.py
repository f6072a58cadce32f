"""The reliability diagram and the expected calibration error against an example computed by hand."""

import numpy as np
import pytest

from training.evaluation.calibration import Judged, calibration_figures

# Bin 0.60 to 0.65: 0.61, 0.63, one of two right. Bin 0.95 to 1: 0.98, 0.98, 1.0, 1.0, three of four right.
FIRST = Judged(np.array([0.61, 0.98, 1.0]), np.array([True, True, True]))
SECOND = Judged(np.array([0.63, 0.98, 1.0]), np.array([False, False, True]))


def test_the_bins_of_the_reliability_diagram_by_hand() -> None:
    low, high = calibration_figures([FIRST, SECOND])["bins"]
    assert (low["from"], low["to"], low["nuclei"]) == (0.6, 0.65, 2)
    assert (low["mean_confidence"], low["share_right"]) == pytest.approx((0.62, 0.5))
    assert (high["from"], high["to"], high["nuclei"]) == (0.95, 1.0, 4)
    assert (high["mean_confidence"], high["share_right"]) == pytest.approx((0.99, 0.75))


def test_the_expected_calibration_error_by_hand() -> None:
    # Gaps 0.62 - 0.5 = 0.12 and 0.99 - 0.75 = 0.24, weighted 2 and 4 of 6 nuclei: 0.20.
    figures = calibration_figures([FIRST, SECOND])
    assert figures["nuclei"] == 6
    assert figures["expected_calibration_error"].value == pytest.approx(0.20)
    assert figures["expected_calibration_error"].low <= 0.20 <= figures["expected_calibration_error"].high


def test_no_matched_nucleus_is_no_calibration() -> None:
    figures = calibration_figures([Judged(np.zeros(0), np.zeros(0, bool))])
    assert figures["expected_calibration_error"].value is None
    assert figures["bins"] == []
