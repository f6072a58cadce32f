"""Warnings come when there is cause, and sharp, well stained fields are left in peace."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from handler.appearance import measure_appearance
from handler.image import decode_image
from handler.quality import QualityWarning, image_warnings, score_warnings
from handler.scale import Scale
from handler.scoring import score_counts
from handler.stain import DAB, HAEMATOXYLIN
from training.phantoms import draw_phantom

EOSIN = (0.072, 0.990, 0.105)
KNOWN = Scale(0.25, "request")
REAL_FIELDS = sorted(Path(__file__).parents[3].glob("shared/data/ki67-dev/*/*.[pj][np]g"))


def codes(warnings: tuple[QualityWarning, ...]) -> list[str]:
    return [warning.code for warning in warnings]


def phantom(seed: int) -> NDArray[np.uint8]:
    return draw_phantom(seed, 320, 320, 0.5).rgb


def stained_with(
    first: tuple[float, ...], second: tuple[float, ...], white: float = 235.0, size: int = 200
) -> NDArray[np.uint8]:
    """Return nuclei of one stain beside nuclei of another on clear glass (Beer-Lambert)."""
    densities = np.zeros((2, size, size), np.float32)
    for row, column in np.ndindex(6, 6):
        centre = (20 + 32 * column, 20 + 32 * row)
        cv2.ellipse(densities[(row + column) % 2], centre, (9, 7), 30, 0, 360, 0.8, cv2.FILLED, cv2.LINE_8)
    mixed = densities[0][..., None] * np.array(first) + densities[1][..., None] * np.array(second)
    return np.asarray(white * 10.0**-mixed, np.uint8)


def test_a_good_count_on_a_known_scale_gives_no_warning() -> None:
    assert score_warnings(KNOWN, score_counts(400, 600, (10, 20))) == ()


def test_an_assumed_scale_is_told_with_its_value() -> None:
    (warning,) = score_warnings(Scale(0.25, "assumed"), score_counts(400, 600, (10, 20)))
    assert warning.code == "assumed_scale"
    assert "0.25" in warning.detail
    assert score_warnings(Scale(0.25, "file"), score_counts(400, 600, (10, 20))) == ()


@pytest.mark.parametrize(("negative", "warned"), [(499, True), (500, False)])
def test_fewer_than_500_nuclei_are_few(negative: int, warned: bool) -> None:
    assert codes(score_warnings(KNOWN, score_counts(0, negative, (10, 20)))) == ["few_nuclei"] * warned


@pytest.mark.parametrize(
    ("total", "said"), [(0, "No nuclei were"), (1, "Only 1 nucleus was"), (2, "2 nuclei were")]
)
def test_few_nuclei_are_named_in_number(total: int, said: str) -> None:
    assert said in score_warnings(KNOWN, score_counts(total, 0, (10, 20)))[0].detail


def test_an_interval_across_a_boundary_makes_the_category_uncertain() -> None:
    warnings = score_warnings(KNOWN, score_counts(120, 480, (10, 20)))
    assert codes(warnings) == ["category_uncertain"]
    assert "17.0 to 23.4 %" in warnings[0].detail


def test_no_nuclei_are_no_uncertain_category() -> None:
    assert codes(score_warnings(KNOWN, score_counts(0, 0, (10, 20)))) == ["few_nuclei"]


@pytest.mark.parametrize("seed", range(12))
def test_a_sharp_phantom_has_no_warning_and_a_blurred_one_has(seed: int) -> None:
    sharp = phantom(seed)
    assert image_warnings(sharp) == ()
    blurred = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 5.0), np.uint8)
    assert "blur" in codes(image_warnings(blurred))


@pytest.mark.skipif(not REAL_FIELDS, reason="the real fields are not here")
@pytest.mark.parametrize("path", REAL_FIELDS, ids=lambda path: str(path.stem))
def test_a_real_field_has_no_warning_and_out_of_focus_it_has(path: Path) -> None:
    field = decode_image(path.read_bytes())
    working_size = (field.width_px // 2, field.height_px // 2)
    sharp = np.asarray(cv2.resize(field.rgb, working_size, interpolation=cv2.INTER_AREA), np.uint8)
    assert image_warnings(sharp) == ()
    blurred = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 3.0), np.uint8)
    assert codes(image_warnings(blurred)) == ["blur"]


def test_sharpness_does_not_depend_on_how_strongly_a_field_is_stained() -> None:
    strong = phantom(3)
    pale = (128 + strong.astype(np.float32) * 0.5).astype(np.uint8)
    first, second = measure_appearance(strong).sharpness, measure_appearance(pale).sharpness
    assert first is not None
    assert second == pytest.approx(first, rel=0.05)


def test_haematoxylin_and_dab_are_usual_colours_and_eosin_is_not() -> None:
    assert image_warnings(stained_with(HAEMATOXYLIN, DAB)) == ()
    assert codes(image_warnings(stained_with(HAEMATOXYLIN, EOSIN))) == ["unusual_colours"]


def test_a_field_without_colours_and_a_dark_one_are_unusual() -> None:
    grey = np.repeat(cv2.cvtColor(stained_with(HAEMATOXYLIN, DAB), cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    (colourless,) = image_warnings(np.asarray(grey, np.uint8))
    assert "no colours" in colourless.detail
    (dark,) = image_warnings(stained_with(HAEMATOXYLIN, DAB, white=100.0))
    assert "dark" in dark.detail


@pytest.mark.parametrize("shape", [(1, 1, 3), (16, 16, 3), (3, 500, 3)])
def test_clear_glass_of_any_size_gives_no_warning(shape: tuple[int, int, int]) -> None:
    assert image_warnings(np.full(shape, 238, np.uint8)) == ()
