"""Domes stand out from every pass to a higher one; they grow to nuclei in one piece."""

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmark.crowded import crowded_map
from handler.labelling import label_instances, prominent_domes
from handler.probability import ProbabilityMap
from handler.spec import DecodingSpec
from tests.handler.drawn import Disc, probability_map


def ridge(*heights: int) -> NDArray[np.uint8]:
    """Return a field in which one row has these heights."""
    field = np.zeros((5, len(heights) + 4), np.uint8)
    field[2, 2:-2] = heights
    return field


def domes(*heights: int) -> list[int]:
    """Return the labels of the row's pixels."""
    labels, count = prominent_domes(ridge(*heights), 31)
    assert count == labels.max()
    row: list[int] = labels[2, 2:-2].tolist()
    return row


def test_a_top_that_rises_less_than_the_prominence_above_its_pass_is_no_dome() -> None:
    assert domes(90, 200, 150, 175, 80) == [0, 1, 0, 0, 0]
    assert domes(90, 200, 140, 175, 80) == [0, 1, 0, 2, 0]


def test_two_summits_without_a_saddle_between_them_are_one_dome_whichever_is_higher() -> None:
    assert domes(50, 120, 110, 120, 50) == domes(50, 121, 110, 120, 50) == domes(50, 120, 110, 121, 50)
    assert domes(50, 120, 110, 120, 50) == [0, 1, 1, 1, 0]


def test_nothing_rises_above_an_empty_field() -> None:
    assert prominent_domes(np.zeros((8, 8), np.uint8), 31)[1] == 0


def test_more_nuclei_than_16_bits_can_number_keep_their_numbers() -> None:
    interior = np.zeros((800, 800), np.uint8)
    interior[1::3, 1::3] = 255
    squares = np.asarray(cv2.dilate(interior, np.ones((3, 3), np.uint8)), np.uint8)
    none = np.zeros_like(squares)
    drawn = ProbabilityMap(squares, none, interior, none, 0.3, 1600, 1600, 0.25)
    labels, count = label_instances(drawn, DecodingSpec(smoothing_um=0.0), 0.5)
    assert count == 267 * 267 > np.iinfo(np.uint16).max
    assert (np.bincount(labels.ravel())[1:] >= 4).all()


def test_without_an_interior_map_each_region_is_a_nucleus() -> None:
    drawn = probability_map([])
    drawn.immunonegative[20:32, 20:32] = drawn.immunonegative[32:42, 32:42] = 255
    assert label_instances(drawn, DecodingSpec(), 0.5)[1] == 2


def test_each_of_2000_crowded_nuclei_is_found_in_one_piece() -> None:
    labels, count = label_instances(crowded_map(), DecodingSpec(prominence=0.12, smoothing_um=0.8), 0.35)
    assert count == 2000
    for label in range(1, count, 97):
        pieces, _ = cv2.connectedComponents((labels == label).astype(np.uint8), connectivity=8)
        assert pieces == 2


def test_a_line_between_two_nuclei_is_where_the_nearer_changes() -> None:
    pair = probability_map([Disc(40, 40, 12), Disc(60, 40, 12)])
    labels, count = label_instances(pair, DecodingSpec(), 0.5)
    assert count == 2
    assert len(np.unique(labels[35:46, 30:49])) == 1
    assert len(np.unique(labels[35:46, 51:70])) == 1
