"""Pictures lie exactly on the field, whatever the two sizes, and tell the classes apart."""

import io

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from handler.decoding import decode
from handler.nuclei import IMMUNONEGATIVE, IMMUNOPOSITIVE, Contours, DecodedField, Nuclei
from handler.probability import ProbabilityMap
from handler.rendering import (
    MASK_LEVELS,
    NEGATIVE_RGB,
    POSITIVE_RGB,
    heatmap_png,
    mask_png,
    overlay_png,
)
from handler.spec import DecodingSpec, Thresholds


def read_png(data: bytes) -> NDArray[np.uint8]:
    """Read with other software than wrote it; RGBA where the file has transparency."""
    assert data.startswith(b"\x89PNG")
    image = Image.open(io.BytesIO(data))
    return np.asarray(image.convert("RGBA") if image.has_transparency_data else image)


def decoded(class_map: NDArray[np.uint8]) -> DecodedField:
    return DecodedField(Nuclei.none(), class_map)


def probability_of(positive: NDArray[np.uint8], field_width_px: int, field_height_px: int) -> ProbabilityMap:
    nothing = np.zeros_like(positive)
    return ProbabilityMap(nothing, positive, positive, positive, 0.3, field_width_px, field_height_px, 0.25)


def two_nuclei() -> Nuclei:
    """Return an immunopositive square on the left and an immunonegative one on the right."""
    square = np.array([[-15, -15], [15, -15], [15, 15], [-15, 15]], np.float32)
    centroids = np.array([[30, 40], [90, 40]], np.float32)
    ones = np.ones(2, np.float32)
    contours = Contours.packed([square + centre for centre in centroids])
    return Nuclei(centroids, ones * 50, np.array([True, False]), ones, ones, contours)


def is_colour(pixel: NDArray[np.uint8], colour: tuple[int, ...]) -> bool:
    """Smooth lines come out a shade beside their colour."""
    return bool(np.abs(pixel.astype(int) - np.array(colour)).max() <= 3)


def share_of_outline(picture: NDArray[np.uint8], nuclei: Nuclei, row: int, colour: tuple[int, ...]) -> float:
    """Return which share of a nucleus' outline has a colour."""
    outline = np.zeros(picture.shape[:2], np.uint8)
    cv2.polylines(outline, [nuclei.contours_px[row].astype(np.int32)], True, 1)
    far = np.abs(picture.astype(int) - np.array(colour)).max(axis=2) > 40
    return float(1 - far[outline > 0].mean())


def test_the_mask_has_the_fields_size_and_the_three_greys() -> None:
    class_map = np.array([[0, IMMUNONEGATIVE, IMMUNOPOSITIVE], [0, 0, IMMUNONEGATIVE]], np.uint8)
    mask = read_png(mask_png(decoded(class_map), 6, 4))
    expected = np.repeat(np.repeat([[0, 128, 255], [0, 0, 128]], 2, axis=0), 2, axis=1)
    np.testing.assert_array_equal(mask, expected)
    assert mask.dtype == np.uint8


@settings(max_examples=60, deadline=None)
@given(
    map_size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    field_size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    seed=st.integers(0, 1000),
)
def test_every_mask_pixel_is_the_map_pixel_under_its_centre(
    map_size: tuple[int, int], field_size: tuple[int, int], seed: int
) -> None:
    class_map = np.random.default_rng(seed).integers(0, 3, map_size, np.uint8)
    mask = read_png(mask_png(decoded(class_map), width_px=field_size[1], height_px=field_size[0]))
    assert mask.shape == field_size
    for y, x in {(0, 0), (field_size[0] - 1, 0), (field_size[0] // 2, field_size[1] - 1)}:
        map_y = int((y + 0.5) * map_size[0] / field_size[0] + 1e-9)
        map_x = int((x + 0.5) * map_size[1] / field_size[1] + 1e-9)
        assert mask[y, x] == MASK_LEVELS[class_map[map_y, map_x]]


@pytest.mark.parametrize("field_size", [(120, 200), (150, 333), (61, 101), (30, 50)])
def test_decoded_nuclei_lie_on_their_mask_and_their_heat(field_size: tuple[int, int]) -> None:
    field_height, field_width = field_size
    positive = np.zeros((60, 100), np.uint8)
    cv2.ellipse(positive, (22, 14), (9, 6), 0, 0, 360, 255, cv2.FILLED)
    probability = probability_of(positive, field_width, field_height)
    field = decode(probability, DecodingSpec(), Thresholds(min_area_um2=0))
    x, y = field.nuclei.centroids_px[0]
    ys, xs = np.nonzero(read_png(mask_png(field, field_width, field_height)))
    map_px = max(field_width / 100, 1.0)
    assert (xs.mean(), ys.mean()) == pytest.approx((x, y), abs=0.3 * map_px)
    heat = read_png(heatmap_png(probability))[..., 3].astype(float)
    ys, xs = np.nonzero(heat > 150)
    assert (xs.mean(), ys.mean()) == pytest.approx((x, y), abs=0.3 * map_px)


def test_the_heat_map_is_clear_where_nothing_is_and_grows_stronger_and_brighter_with_probability() -> None:
    levels = np.array([[0, 5, 60, 130, 190, 255]], np.uint8)
    heat = read_png(heatmap_png(probability_of(levels, 6, 1)))[0].astype(int)
    assert heat.shape == (6, 4)
    assert heat[:2, 3].tolist() == [0, 0]
    assert (np.diff(heat[1:, 3]) >= 0).all()
    assert (np.diff(heat[2:, :3].sum(axis=1)) > 0).all()


def test_the_overlay_outlines_each_class_in_its_colour_and_positives_unbroken() -> None:
    nuclei, rgb = two_nuclei(), np.full((80, 120, 3), 200, np.uint8)
    picture = read_png(overlay_png(rgb, nuclei))
    assert share_of_outline(picture, nuclei, 0, POSITIVE_RGB) > 0.95
    assert 0.3 < share_of_outline(picture, nuclei, 1, NEGATIVE_RGB) < 0.9
    assert share_of_outline(picture, nuclei, 1, POSITIVE_RGB) == 0.0


def test_the_overlay_marks_centroids_and_leaves_the_rest_of_the_field_as_it_is() -> None:
    nuclei, rgb = two_nuclei(), np.random.default_rng(3).integers(90, 200, (80, 120, 3), np.uint8)
    before = rgb.copy()
    picture = read_png(overlay_png(rgb, nuclei))
    assert is_colour(picture[40, 30], POSITIVE_RGB)
    assert is_colour(picture[40, 90], NEGATIVE_RGB)
    np.testing.assert_array_equal(picture[:20], before[:20])
    np.testing.assert_array_equal(picture[30:50, 50:70], before[30:50, 50:70])
    np.testing.assert_array_equal(rgb, before)


def test_a_field_without_nuclei_is_drawn_as_it_is() -> None:
    rgb = np.random.default_rng(4).integers(0, 256, (21, 34, 3), np.uint8)
    np.testing.assert_array_equal(read_png(overlay_png(rgb, Nuclei.none())), rgb)
    assert not read_png(mask_png(decoded(np.zeros((5, 7), np.uint8)), 34, 21)).any()


def test_a_nucleus_of_one_pixel_can_be_drawn() -> None:
    ones = np.ones(1, np.float32)
    for positive in (True, False):
        dot = Nuclei(
            np.array([[5, 6]], np.float32),
            ones,
            np.array([positive]),
            ones,
            ones,
            Contours.packed([np.full((1, 2), 5.0, "f4")]),
        )
        picture = read_png(overlay_png(np.zeros((12, 12, 3), np.uint8), dot))
        assert is_colour(picture[6, 5], POSITIVE_RGB if positive else NEGATIVE_RGB)
