"""Peaks stand out from every pass to a higher one; seeds grow to nuclei in one piece."""

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmark.crowded import crowded_map
from handler.labelling import label_instances, prominent_peaks
from handler.spec import DecodingSpec
from tests.handler.drawn import Disc, probability_map


def ridge(*heights: int) -> NDArray[np.uint8]:
    """Return a field in which one row has these heights."""
    field = np.zeros((5, len(heights) + 4), np.uint8)
    field[2, 2:-2] = heights
    return field


def test_a_top_that_rises_less_than_the_prominence_above_its_pass_is_no_peak() -> None:
    tops = prominent_peaks(ridge(90, 200, 150, 175, 80), 31)
    assert np.argwhere(tops).tolist() == [[2, 3]]
    assert len(np.argwhere(prominent_peaks(ridge(90, 200, 140, 175, 80), 31))) == 2


def test_a_flat_top_is_a_peak_as_a_whole() -> None:
    assert np.argwhere(prominent_peaks(ridge(50, 120, 120, 50), 31))[:, 1].tolist() == [3, 4]


def test_nothing_rises_above_an_empty_field() -> None:
    assert not prominent_peaks(np.zeros((8, 8), np.uint8), 31).any()


def test_each_of_2000_crowded_nuclei_is_found_in_one_piece() -> None:
    labels, count = label_instances(crowded_map(), DecodingSpec(prominence=0.12, smoothing_um=0.8), 0.35)
    assert count == 2000
    for label in range(1, count, 97):
        pieces, _ = cv2.connectedComponents((labels == label).astype(np.uint8), connectivity=4)
        assert pieces == 2


def test_a_line_between_two_nuclei_is_where_the_nearer_changes() -> None:
    pair = probability_map([Disc(40, 40, 12), Disc(60, 40, 12)])
    labels, count = label_instances(pair, DecodingSpec(), 0.5)
    assert count == 2
    assert len(np.unique(labels[35:46, 30:50])) == 1
    assert len(np.unique(labels[35:46, 51:70])) == 1
