"""Colour deconvolution recovers the densities that Beer-Lambert mixing put in."""

import numpy as np
import pytest
from numpy.typing import NDArray

from handler.spec import StainSpec
from handler.stain import DAB, HAEMATOXYLIN, measure_stain


def stained(haematoxylin: float, dab: float, white: float = 255.0) -> NDArray[np.uint8]:
    """Return a field (64, 64, 3): clear glass above, one stained band below."""
    field = np.full((64, 64, 3), white)
    density = haematoxylin * np.array(HAEMATOXYLIN) + dab * np.array(DAB)
    field[56:] = white * 10.0**-density
    return np.asarray(np.rint(field), np.uint8)


@pytest.mark.parametrize(("haematoxylin", "dab"), [(0.4, 0.0), (0.0, 0.6), (0.3, 0.5)])
def test_densities_are_recovered(haematoxylin: float, dab: float) -> None:
    stain = measure_stain(stained(haematoxylin, dab), StainSpec())
    assert stain.haematoxylin_density[60, 30] == pytest.approx(haematoxylin, abs=0.02)
    assert stain.dab_density[60, 30] == pytest.approx(dab, abs=0.02)


def test_a_darker_lamp_changes_nothing() -> None:
    bright, dim = (measure_stain(stained(0.3, 0.5, white), StainSpec()) for white in (250.0, 200.0))
    assert dim.dab_density[60, 30] == pytest.approx(bright.dab_density[60, 30], abs=0.03)


def test_the_threshold_follows_the_field_between_floor_and_ceiling() -> None:
    spec = StainSpec(fraction=0.4, percentile=97.0, floor=0.15, ceiling=0.4)
    none, some, strong = (measure_stain(stained(0.3, dab), spec).dab_threshold for dab in (0.0, 0.6, 2.0))
    assert none == pytest.approx(0.15)
    assert some == pytest.approx(0.4 * 0.6, abs=0.02)
    assert strong == pytest.approx(0.4)


def test_black_and_white_fields_have_finite_densities() -> None:
    for level in (0, 255):
        stain = measure_stain(np.full((32, 32, 3), level, np.uint8), StainSpec())
        assert np.isfinite(stain.dab_density).all()
