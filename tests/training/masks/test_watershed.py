"""The project's masks: one nucleus a point, of the point's class, near to the truth of phantoms."""

import numpy as np
import pytest

from training.annotations import Annotation
from training.masks.compare import Agreement, compare_on_phantoms
from training.masks.watershed import watershed_mask
from training.phantoms import Phantom, draw_phantom


def annotation_of(phantom: Phantom) -> Annotation:
    points = np.array([(p.x, p.y) for p in phantom.points], float).reshape(-1, 2)
    return Annotation(points, np.array([p.label_id for p in phantom.points], np.int64))


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    return draw_phantom(8, 256, 256, mpp=0.5)


def test_nearly_every_point_lies_in_a_nucleus_of_its_own_and_of_its_class(phantom: Phantom) -> None:
    annotation = annotation_of(phantom)
    mask = watershed_mask(phantom.rgb, annotation, phantom.mpp)
    classes = {1: 2, 2: 1, 3: 0}
    rows = zip(annotation.points_px.astype(int), annotation.labels, strict=True)
    right = [mask.classes[y, x] == classes[int(label)] for (x, y), label in rows]
    assert np.mean(right) > 0.9
    assert len(np.unique(mask.instances)) - 1 >= 0.95 * (annotation.labels != 3).sum()


def test_lymphocytes_and_stain_without_a_point_are_ignored_not_background(phantom: Phantom) -> None:
    annotation = annotation_of(phantom)
    half = Annotation(annotation.points_px[::2], annotation.labels[::2])
    mask = watershed_mask(phantom.rgb, half, phantom.mpp)
    missing = annotation.points_px[1::2].astype(int)
    told = [mask.ignored[y, x] or mask.classes[y, x] > 0 for x, y in missing]
    assert np.mean(told) > 0.6
    assert not (mask.ignored & (mask.classes > 0)).any()


def test_without_points_nothing_is_a_nucleus(phantom: Phantom) -> None:
    nothing = Annotation(np.zeros((0, 2)), np.zeros(0, np.int64))
    mask = watershed_mask(phantom.rgb, nothing, phantom.mpp)
    assert not mask.classes.any()
    assert not mask.ignored.any()


def test_it_agrees_better_with_the_truth_than_the_papers_masks_do() -> None:
    paper, watershed = compare_on_phantoms(count=6, side_px=512, mpp=0.25)
    assert watershed.iou_immunopositive > paper.iou_immunopositive
    assert watershed.iou_immunonegative > paper.iou_immunonegative
    assert watershed.count_error_percent < paper.count_error_percent


def test_agreement_by_hand() -> None:
    truth = np.array([[1, 1, 0, 2]], np.uint8)
    mask = np.array([[1, 0, 0, 2]], np.uint8)
    measured = Agreement.of([(mask, truth, 1, 2)])
    assert (measured.iou_immunonegative, measured.iou_immunopositive) == (0.5, 1.0)
    assert measured.count_error_percent == 50.0
