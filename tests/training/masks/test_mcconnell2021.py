"""The paper's masks: against the published description, written out step by step here, and by hand."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from training.annotations import Annotation
from training.masks.mcconnell2021 import paper_mask, requantised
from training.phantoms import draw_phantom


def described(rgb: NDArray[np.uint8], positives: list[tuple[int, int]]) -> NDArray[np.uint8]:
    """Section 3.1.1 without OpenCV's contours: Gaussian mean by hand, filled regions by labelling."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    sigma = 0.3 * ((199 - 1) * 0.5 - 1) + 0.8
    mean = np.rint(cv2.GaussianBlur(grey, (199, 199), sigma, borderType=cv2.BORDER_REPLICATE))
    dark = grey <= mean - 5
    height, width = dark.shape
    framed = np.pad(~dark, 1, constant_values=True)
    _, outside, *_ = cv2.floodFill(framed.astype(np.uint8), None, (0, 0), 2, flags=4)
    filled = outside[1 : height + 1, 1 : width + 1] != 2
    drawn = np.where(filled, 128, 0).astype(np.uint8)
    _, regions = cv2.connectedComponents(filled.astype(np.uint8), connectivity=4)
    for x, y in positives:
        if regions[y, x] and (regions == regions[y, x]).sum() > 120:
            drawn[regions == regions[y, x]] = 255
    small = cv2.resize(drawn, (256, 256), interpolation=cv2.INTER_AREA)
    return np.where(small > 240, 2, np.where(small >= 60, 1, 0)).astype(np.uint8)


@pytest.mark.parametrize("seed", [3, 8, 27])
def test_class_areas_are_those_of_the_published_steps(seed: int) -> None:
    phantom = draw_phantom(seed, 512, 512, mpp=0.25)
    points = np.array([(p.x, p.y) for p in phantom.points], float).reshape(-1, 2)
    labels = np.array([p.label_id for p in phantom.points], np.int64)
    classes = paper_mask(phantom.rgb, Annotation(points, labels)).classes
    expected = described(phantom.rgb, [(p.x, p.y) for p in phantom.points if p.label_id == 1])
    for label in (1, 2):
        area, wanted = int((classes == label).sum()), int((expected == label).sum())
        assert area == pytest.approx(wanted, rel=0.05, abs=20)
    assert (classes > 0).sum() > 1000


def dark_squares() -> NDArray[np.uint8]:
    rgb = np.full((512, 512, 3), 230, np.uint8)
    rgb[100:140, 100:140] = 60
    rgb[300:340, 300:340] = 60
    rgb[400:408, 100:108] = 60
    return rgb


def test_a_positive_point_turns_its_own_contour_and_no_other() -> None:
    points = Annotation(np.array([(120.0, 120.0), (320.0, 320.0), (104.0, 404.0)]), np.array([1, 2, 1]))
    mask = paper_mask(dark_squares(), points)
    assert mask.classes[60, 60] == 2
    assert mask.classes[160, 160] == 1
    assert mask.classes[202, 52] == 1, "a contour of less than 120 pixels stays negative"
    assert (mask.immunopositive, mask.immunonegative) == (1, 2)


def test_grey_levels_are_requantised_at_60_and_240() -> None:
    levels = np.array([[0, 59, 60, 240, 241, 255]], np.uint8)
    assert requantised(levels).tolist() == [[0, 0, 1, 1, 2, 2]]
