"""Count errors against an example computed by hand."""

import pytest

from training.evaluation.counts import Counts, count_figures


def test_count_errors_by_hand() -> None:
    # Immunopositive: 12 for 10, 3 for 5, 5 for 5: errors +2, -2, 0. Immunonegative: +10, 0, -1. Total: +12,
    # -2, -1.
    found = [Counts(12, 50), Counts(3, 20), Counts(5, 9)]
    annotated = [Counts(10, 40), Counts(5, 20), Counts(5, 10)]
    figures = count_figures(found, annotated)
    expected = {
        "immunopositive": (0, 4 / 3, 100 * 4 / 20),
        "immunonegative": (3, 11 / 3, 100 * 11 / 70),
        "total": (3, 5, 100 * 15 / 90),
    }
    for kind, (bias, absolute, relative) in expected.items():
        assert figures[kind]["bias"].value == pytest.approx(bias)
        assert figures[kind]["mean_absolute_error"].value == pytest.approx(absolute)
        assert figures[kind]["relative_error_percent"].value == pytest.approx(relative)


def test_without_annotated_nuclei_there_is_no_relative_error() -> None:
    figures = count_figures([Counts(1, 0), Counts(0, 0)], [Counts(0, 0), Counts(0, 0)])
    assert figures["immunopositive"]["relative_error_percent"].value is None
    assert figures["immunopositive"]["mean_absolute_error"].value == pytest.approx(0.5)
