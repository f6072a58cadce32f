"""Photographs are changed as said, and by nothing else."""

import math

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from training.evaluation.perturbations import (
    PERTURBATIONS,
    black_body_gains,
    brightened,
    resized,
    turned,
    white_balanced,
)

GREY = np.full((8, 12, 3), 100, np.uint8)


def decoded(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB), np.uint8)


def test_brightness_multiplies_and_clips() -> None:
    rgb = np.array([[[100, 200, 240]]], np.uint8)
    assert brightened(rgb, 1.15).tolist() == [[[115, 230, 255]]]
    assert brightened(rgb, 0.85).tolist() == [[[85, 170, 204]]]


def test_gains_of_a_warmer_and_a_colder_lamp_by_hand() -> None:
    # Planck at 0.4642 um: 14387.77 / 0.4642 = 30994.8 K; (e^(30994.8 / 6500) - 1) / (e^(30994.8 / 6800) - 1)
    # = 116.73 / 94.39 = 1.2366. At 0.5491 um: 26202.5: 55.33 / 46.15 = 1.1989. Blue over green: 1.0315.
    red, green, blue = black_body_gains(300.0)
    assert green == 1.0
    assert blue == pytest.approx(1.0315, abs=1e-4)
    assert red < 1.0 < blue
    warm = black_body_gains(-300.0)
    assert warm[2] < 1.0 < warm[0]
    assert black_body_gains(0.0).tolist() == [1.0, 1.0, 1.0]


def test_white_balance_acts_in_linear_light() -> None:
    # sRGB 100 is ((100 / 255 + 0.055) / 1.055)^2.4 = 0.1274 of full light; its gain applies there.
    gain = float(black_body_gains(300.0)[2])
    linear = ((100 / 255 + 0.055) / 1.055) ** 2.4 * gain
    expected = round(255 * (1.055 * math.pow(linear, 1 / 2.4) - 0.055))
    found = white_balanced(GREY, 300.0)
    assert (found[..., 2] == expected).all()
    assert (found[..., 1] == 100).all()
    assert np.array_equal(white_balanced(GREY, 0.0), GREY)


def test_scale_and_rotation_change_the_size() -> None:
    assert resized(np.zeros((50, 100, 3), np.uint8), 1.1).shape == (55, 110, 3)
    assert resized(np.zeros((50, 100, 3), np.uint8), 0.9).shape == (45, 90, 3)
    marked = np.zeros((4, 6, 3), np.uint8)
    marked[0, 5] = 255
    assert turned(marked).shape == (6, 4, 3)
    assert (turned(marked)[0, 0] == 255).all()


def test_every_perturbation_of_the_issue_makes_an_image_file() -> None:
    rgb = np.random.default_rng(0).integers(60, 200, (40, 60, 3)).astype(np.uint8)
    assert len({perturbation.name for perturbation in PERTURBATIONS}) == 8
    for perturbation in PERTURBATIONS:
        changed = decoded(perturbation.encode(rgb))
        assert changed.shape != rgb.shape or not np.array_equal(changed, rgb), perturbation.name
