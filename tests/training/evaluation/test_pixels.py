"""Table 1 against an example computed by hand."""

import numpy as np
import pytest

from training.evaluation.pixels import pixel_confusion, pixel_figures

TRUTH = np.array([[0, 0, 0, 0], [1, 1, 1, 2], [2, 2, 0, 1]], np.uint8)
FOUND = np.array([[0, 0, 0, 1], [1, 1, 2, 2], [2, 0, 0, 0]], np.uint8)
IGNORED = np.zeros((3, 4), bool)
IGNORED[2, 2:] = True
# Ten pixels count. Rows truth, columns prediction:
#   background       3 right, 1 taken for immunonegative
#   immunonegative   2 right, 1 taken for immunopositive
#   immunopositive   2 right, 1 taken for background
CONFUSION = [[3, 1, 0], [0, 2, 1], [1, 0, 2]]


def test_pixels_are_counted_by_class_and_ignored_ones_are_not() -> None:
    assert pixel_confusion(TRUTH, FOUND, IGNORED).tolist() == CONFUSION


def test_accuracy_precision_recall_f1_and_iou_by_hand() -> None:
    figures = pixel_figures([np.array(CONFUSION)])
    assert figures["accuracy"].value == pytest.approx(7 / 10)
    negative = figures["by_class"]["immunonegative"]  # 2 right of 3 found and 3 true
    assert negative["precision"].value == pytest.approx(2 / 3)
    assert negative["recall"].value == pytest.approx(2 / 3)
    assert negative["f1"].value == pytest.approx(2 / 3)
    assert negative["iou"].value == pytest.approx(2 / 4)
    # Background: 3 right of 4 found and 4 true: 3/4, 3/4, 3/4, 3/5. Immunopositive as immunonegative.
    assert figures["precision"].value == pytest.approx((3 / 4 + 2 / 3 + 2 / 3) / 3)
    assert figures["recall"].value == pytest.approx((3 / 4 + 2 / 3 + 2 / 3) / 3)
    assert figures["f1"].value == pytest.approx((3 / 4 + 2 / 3 + 2 / 3) / 3)
    assert figures["iou"].value == pytest.approx((3 / 5 + 2 / 4 + 2 / 4) / 3)


def test_precision_and_recall_are_not_each_other() -> None:
    # Immunopositive: 1 right, 3 invented, none missed.
    figures = pixel_figures([np.array([[5, 0, 3], [0, 4, 0], [0, 0, 1]])])["by_class"]["immunopositive"]
    assert (figures["precision"].value, figures["recall"].value) == (pytest.approx(1 / 4), pytest.approx(1))


def test_pixels_of_several_fields_are_added_up_before_dividing() -> None:
    # 1 right of 2, and 8 right of 8: 9 of 10, not the mean of 1/2 and 1.
    fields = [np.array([[1, 1, 0], [0, 0, 0], [0, 0, 0]]), np.diag([8, 0, 0])]
    figures = pixel_figures(fields)
    assert figures["accuracy"].value == pytest.approx(0.9)
    assert (figures["accuracy"].low, figures["accuracy"].high) == (pytest.approx(0.5), pytest.approx(1.0))


def test_a_class_that_neither_has_is_left_out_of_the_mean() -> None:
    figures = pixel_figures([np.diag([4, 6, 0])])
    assert figures["by_class"]["immunopositive"]["iou"].value is None
    assert figures["iou"].value == pytest.approx(1.0)
