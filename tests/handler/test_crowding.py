"""Crowding counts the sure nuclei around each, for the area of the field that lies within reach."""

import numpy as np
import pytest

from handler.crowding import crowding


def test_others_within_reach_are_counted_for_the_area_of_the_disc() -> None:
    # A disc of 40 um has 5026.5 um2; two sure neighbours within it are 2 / 5.0265 = 0.398 per 1000 um2.
    centres = np.array([[202.0, 202.0], [222.0, 202.0], [202.0, 182.0], [202.0, 302.0]])
    dense = crowding(centres, np.array([1.0, 1.0, 1.0, 1.0]), (400.0, 400.0), 40.0)
    assert dense[0] == pytest.approx(0.398, rel=0.03)
    assert dense[3] == 0.0


def test_a_nucleus_does_not_crowd_itself_and_a_doubtful_one_nobody() -> None:
    centres = np.array([[100.0, 100.0], [110.0, 100.0]])
    assert crowding(centres, np.array([1.0, 0.0]), (200.0, 200.0), 40.0).tolist() == [
        0.0,
        pytest.approx(0.2, 0.03),
    ]


def test_what_lies_beyond_the_field_is_no_area() -> None:
    inside = crowding(np.array([[200.0, 200.0], [204.0, 204.0]]), np.ones(2), (400.0, 400.0), 40.0)
    corner = crowding(np.array([[1.0, 1.0], [5.0, 5.0]]), np.ones(2), (400.0, 400.0), 40.0)
    assert corner[0] == pytest.approx(4 * inside[0], rel=0.2)


def test_a_field_without_nuclei_has_no_crowding() -> None:
    assert crowding(np.zeros((0, 2)), np.zeros(0), (10.0, 10.0), 40.0).shape == (0,)
