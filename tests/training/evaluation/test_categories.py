"""Tables 3 and 4 against an example computed by hand."""

import pytest

from training.evaluation.categories import category_figures

# Annotated, found. At 10/20: low: 5 -> 4 low, 9 -> 12 borderline, 2 -> no index. Borderline: 10 -> 10 (both
# ends belong to it), 20 -> 20.1 high. High: 50 -> 60, 21 -> 25.
TRUTH = [5.0, 9.0, 2.0, 10.0, 20.0, 50.0, 21.0]
FOUND = [4.0, 12.0, None, 10.0, 20.1, 60.0, 25.0]


def test_the_confusion_matrix_by_hand() -> None:
    figures = category_figures(TRUTH, FOUND, (10.0, 20.0))
    assert figures["columns"] == ["low", "borderline", "high", "no index"]
    assert figures["matrix"] == [[1, 1, 0, 1], [0, 1, 1, 0], [0, 0, 2, 0]]


def test_accuracy_and_figures_of_each_category_by_hand() -> None:
    figures = category_figures(TRUTH, FOUND, (10.0, 20.0))
    assert figures["accuracy"].value == pytest.approx(4 / 7)
    # low: 1 right of 1 found and 3 true; borderline: 1 of 2 and 2; high: 2 of 3 and 2.
    expected = {
        "low": (1, 1 / 3, 2 / 4, 3),
        "borderline": (1 / 2, 1 / 2, 2 / 4, 2),
        "high": (2 / 3, 1, 4 / 5, 2),
    }
    for category, (precision, recall, f1, support) in expected.items():
        found = figures["by_category"][category]
        assert found["precision"].value == pytest.approx(precision)
        assert found["recall"].value == pytest.approx(recall)
        assert found["f1"].value == pytest.approx(f1)
        assert found["support"] == support


def test_other_boundaries_give_other_categories() -> None:
    # At 16/30: annotated low, low, low, low, borderline, high, borderline; found low, low, none, low,
    # borderline, high, borderline.
    figures = category_figures(TRUTH, FOUND, (16.0, 30.0))
    assert figures["matrix"] == [[3, 0, 0, 1], [0, 2, 0, 0], [0, 0, 1, 0]]
    assert figures["accuracy"].value == pytest.approx(6 / 7)


def test_a_category_that_nobody_gave_has_no_precision() -> None:
    figures = category_figures([5.0], [5.0], (10.0, 20.0))
    assert figures["by_category"]["high"]["precision"].value is None
    assert figures["by_category"]["high"]["support"] == 0
