"""Figure 3's panels show what they say, pixel by pixel."""

import numpy as np

from tests.training.evaluation.examples import squares
from training.evaluation.panels import captioned, drawn_truth, side_by_side
from training.evaluation.truth import MaskOrigin, TruthMask


def test_a_truth_mask_is_black_grey_white_and_violet_where_it_is_open() -> None:
    classes = squares((0, 0, 8, 1), (8, 0, 8, 2))
    ignored = np.zeros(classes.shape, bool)
    ignored[20, 20] = True
    drawn = drawn_truth(TruthMask(classes, ignored, MaskOrigin.watershed))
    assert drawn[0, 0].tolist() == [128, 128, 128]
    assert drawn[0, 8].tolist() == [255, 255, 255]
    assert drawn[63, 63].tolist() == [0, 0, 0]
    red, green, blue = drawn[20, 20].tolist()
    assert blue > max(red, green)


def test_pictures_stand_side_by_side_below_their_captions() -> None:
    black = np.zeros((20, 100, 3), np.uint8)
    row = side_by_side([captioned("left", black), captioned("right", black + 255)])
    assert row.shape == (50, 206, 3)
    assert not row[30:, :100].any()
    assert (row[30:, 100:] == 255).all()
    assert (row[:30, :100] < 255).any()
