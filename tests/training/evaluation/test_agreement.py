"""Table 2's errors and the Bland-Altman figures against an example computed by hand."""

import math

import pytest

from training.evaluation.agreement import agreement_figures


def test_rmse_mae_bias_and_limits_by_hand() -> None:
    # Errors 3, -1, 4, 2: mean 2, mean absolute 10/4, mean square (9 + 1 + 16 + 4)/4 = 7.5; deviations
    # 1, -3, 2, 0, so the sample variance is 14/3 and the standard deviation 2.1602.
    found = {name: estimate.value for name, estimate in agreement_figures([3, -1, 4, 2]).items()}
    assert found["rmse_percent"] == pytest.approx(math.sqrt(7.5))
    assert found["mean_absolute_error_percent"] == pytest.approx(2.5)
    assert found["bias_percent"] == pytest.approx(2.0)
    assert found["lower_limit_percent"] == pytest.approx(2 - 1.96 * math.sqrt(14 / 3))
    assert found["upper_limit_percent"] == pytest.approx(2 + 1.96 * math.sqrt(14 / 3))


def test_equal_errors_have_no_spread_and_no_interval_to_speak_of() -> None:
    found = agreement_figures([2.0, 2.0, 2.0])
    for name in ("bias_percent", "lower_limit_percent", "upper_limit_percent", "rmse_percent"):
        assert (found[name].low, found[name].value, found[name].high) == pytest.approx((2, 2, 2), abs=1e-6)


def test_one_field_has_an_error_but_no_limits() -> None:
    found = agreement_figures([-4.0])
    assert found["rmse_percent"].value == pytest.approx(4.0)
    assert found["bias_percent"].value == pytest.approx(-4.0)
    assert found["lower_limit_percent"].value is None


def test_no_field_with_a_true_index_has_no_figures() -> None:
    assert all(estimate.value is None for estimate in agreement_figures([]).values())
