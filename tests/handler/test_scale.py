"""The scale comes from whoever knows best, and says from whom."""

import pytest

from handler.scale import Scale, choose_scale, mpp_of_objective


@pytest.mark.parametrize(("objective", "mpp"), [(40, 0.25), (20, 0.5), (10, 1.0), (63, 0.1587)])
def test_an_objective_tells_microns_per_pixel(objective: float, mpp: float) -> None:
    assert mpp_of_objective(objective) == pytest.approx(mpp, abs=1e-4)


@pytest.mark.parametrize(
    ("mpp", "objective", "file_mpp", "chosen"),
    [
        (0.3, 20.0, 0.4, Scale(0.3, "request")),
        (None, 20.0, 0.4, Scale(0.5, "request")),
        (None, None, 0.4, Scale(0.4, "file")),
        (None, None, None, Scale(0.25, "assumed")),
    ],
)
def test_the_request_goes_before_the_file_and_the_file_before_the_default(
    mpp: float | None, objective: float | None, file_mpp: float | None, chosen: Scale
) -> None:
    assert choose_scale(mpp, objective, file_mpp, default_mpp=0.25) == chosen
