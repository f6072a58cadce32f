"""A corrected layer as pure values: what was removed, relabelled and added."""

import numpy as np
import pytest

from gateway.corrections.layer import corrected_nuclei, corrected_points, model_layer
from handler.nuclei import Contours, Nuclei

LISTED = [
    {"x": 10.0, "y": 10.0, "class": "immunopositive"},
    {"x": 30.0, "y": 10.0, "class": "immunonegative"},
    {"x": 50.0, "y": 10.0, "class": "immunonegative"},
]
EDITS = {
    "removed": [0],
    "relabelled": [{"nucleus": 2, "class": "immunopositive"}],
    "added": [{"x": 70.5, "y": 20.0, "class": "immunonegative"}],
}


def square(x: float, y: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.array([[x - 5, y - 5], [x + 5, y - 5], [x + 5, y + 5], [x - 5, y + 5]], np.float32)


def found() -> Nuclei:
    return Nuclei(
        centroids_px=np.array([[10, 10], [30, 10], [50, 10]], np.float32),
        areas_um2=np.array([20.0, 25.0, 90.0], np.float32),
        immunopositive=np.array([True, False, False]),
        confidences=np.array([0.9, 0.8, 0.7], np.float32),
        dab_densities=np.array([0.5, 0.1, 0.2], np.float32),
        contours_px=Contours.packed([square(10, 10), square(30, 10), square(50, 10)]),
    )


def test_the_points_are_what_remains_and_what_was_added() -> None:
    assert corrected_points(LISTED, EDITS) == [
        (30.0, 10.0, "immunonegative"),
        (50.0, 10.0, "immunopositive"),
        (70.5, 20.0, "immunonegative"),
    ]


def test_without_edits_the_points_are_the_models() -> None:
    assert corrected_points(LISTED, {}) == [(each["x"], each["y"], each["class"]) for each in LISTED]


def test_nuclei_keep_their_numbers_and_tell_who_put_them_there() -> None:
    layer = corrected_nuclei(found(), EDITS, mpp=0.5)
    assert layer.numbers == (2, 3, 4)
    assert layer.origins == ("model", "relabelled", "added")
    assert layer.nuclei.immunopositive.tolist() == [False, True, False]
    assert model_layer(found()).numbers == (1, 2, 3)


def test_what_nobody_measured_is_not_a_number() -> None:
    nuclei = corrected_nuclei(found(), EDITS, mpp=0.5).nuclei
    assert np.isnan(nuclei.confidences).tolist() == [False, True, True]
    assert np.isnan(nuclei.areas_um2).tolist() == [False, False, True]
    assert np.isnan(nuclei.dab_densities).tolist() == [False, False, True]


@pytest.mark.parametrize("mpp", [0.25, 0.5])
def test_an_added_nucleus_is_a_circle_of_the_median_area(mpp: float) -> None:
    circle = corrected_nuclei(found(), EDITS, mpp).nuclei.contours_px[2]
    distances_um = np.hypot(*(circle - np.array([70.5, 20.0])).T) * mpp
    assert np.allclose(distances_um, np.sqrt(25.0 / np.pi), atol=1e-4)


def test_an_empty_field_may_be_added_to() -> None:
    layer = corrected_nuclei(Nuclei.none(), {"added": EDITS["added"]}, mpp=0.25)
    assert (len(layer.nuclei), layer.numbers) == (1, (1,))


def test_the_model_keeps_its_own_nuclei() -> None:
    nuclei = found()
    corrected_nuclei(nuclei, EDITS, mpp=0.5)
    assert nuclei.immunopositive.tolist() == [True, False, False]
    assert not np.isnan(nuclei.confidences).any()
