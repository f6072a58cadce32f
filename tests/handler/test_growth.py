"""Every pixel that labels may take in gets the one that a distance transform would give it."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from handler.growth import MARGIN_PX, grow


def framed(plane: NDArray[np.int32]) -> NDArray[np.int32]:
    return np.pad(plane, MARGIN_PX)


def scattered(seed: int, share: float, shape: tuple[int, int] = (90, 110)) -> NDArray[np.int32]:
    """Return labels, each of one pixel."""
    seeds = np.random.default_rng(seed).random(shape) < share
    labels = np.zeros(shape, np.int32)
    labels[seeds] = np.arange(1, seeds.sum() + 1)
    return framed(labels)


def by_transform(labels: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the nearest label of each pixel and how far it lies."""
    distance, nearest = cv2.distanceTransformWithLabels(
        (labels == 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    owners = np.concatenate([[0], labels[labels > 0]]).astype(np.int32)
    return owners[nearest], np.asarray(distance, np.float32)


def everywhere(labels: NDArray[np.int32]) -> NDArray[np.uint8]:
    within = np.zeros(labels.shape, np.uint8)
    within[MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX] = 255
    return within


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([0.2, 0.05, 0.02, 0.005, 0.001]))
def test_each_pixel_gets_its_nearest_label_whether_near_or_far(seed: int, share: float) -> None:
    labels = scattered(seed, share)
    labels[MARGIN_PX + 1, MARGIN_PX + 1] = labels.max() + 1
    within = everywhere(labels)
    grown, (expected, _) = grow(labels, within), by_transform(labels)
    assert (grown == expected)[within > 0].mean() > 0.995
    assert (grown[within > 0] > 0).all()


@pytest.mark.parametrize("share", [0.2, 0.02, 0.002])
def test_the_distance_to_the_label_is_the_least(share: float) -> None:
    """Of labels equally near another may win than in the transform, but never one that is farther."""
    labels = scattered(3, share)
    within = everywhere(labels)
    grown, (_, least) = grow(labels, within), by_transform(labels)
    rows, columns = (np.zeros(labels.max() + 1, int) for _ in range(2))
    rows[labels[labels > 0]], columns[labels[labels > 0]] = np.nonzero(labels)
    y, x = np.nonzero((within > 0) & (grown != by_transform(labels)[0]))
    away = np.hypot(rows[grown[y, x]] - y, columns[grown[y, x]] - x)
    assert (away <= least[y, x] * 1.03 + 1e-3).all()


def test_few_pixels_far_from_every_label_are_reached() -> None:
    labels = framed(np.zeros((200, 200), np.int32))
    labels[100, 20] = 1
    within = np.zeros(labels.shape, np.uint8)
    within[100, 20:120] = 255
    assert (grow(labels, within)[100, 20:120] == 1).all()


def test_labels_reach_over_gaps_and_leave_them_alone() -> None:
    labels = framed(np.zeros((20, 40), np.int32))
    labels[15, 10] = 7
    within = np.zeros(labels.shape, np.uint8)
    within[15, 13:16] = 1
    grown = grow(labels, within)
    assert grown[15, 13:16].tolist() == [7, 7, 7]
    assert grown[15, 11:13].tolist() == [0, 0]


def test_of_two_as_near_the_label_above_and_then_the_left_one_wins() -> None:
    for first, second in (((-2, 0), (2, 0)), ((0, -2), (0, 2)), ((-1, -1), (-1, 1)), ((-2, 1), (1, 2))):
        labels = framed(np.zeros((9, 9), np.int32))
        middle = MARGIN_PX + 4
        labels[middle + second[0], middle + second[1]] = 1
        labels[middle + first[0], middle + first[1]] = 2
        assert grow(labels, everywhere(labels))[middle, middle] == 2


def test_what_is_labelled_keeps_its_label_and_the_input_its_pixels() -> None:
    labels = scattered(5, 0.05)
    before = labels.copy()
    grown = grow(labels, everywhere(labels))
    assert (labels == before).all()
    assert (grown[labels > 0] == labels[labels > 0]).all()
