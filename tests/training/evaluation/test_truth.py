"""Truth masks: the exact one where there is one, else from points; what their decoding makes of the index."""

from pathlib import Path

import numpy as np
import pytest

from tests.training.evaluation.examples import SIDE_PX, squares, write_field
from training.annotations import Annotation
from training.datasets.field import DataSetError
from training.evaluation.truth import MaskOrigin, TruthMask, compare, decoded_index_percent, truth_mask
from training.phantoms import draw_phantom

NOBODY = Annotation(np.zeros((0, 2)), np.zeros(0, np.int64))
WHITE = np.full((SIDE_PX, SIDE_PX, 3), 255, np.uint8)


def exact(classes: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> TruthMask:
    return TruthMask(classes, np.zeros(classes.shape, bool), MaskOrigin.exact)


def test_a_class_map_beside_the_image_is_the_truth_whatever_method_is_asked_for(tmp_path: Path) -> None:
    classes = squares((8, 8, 10, 2))
    image = write_field(tmp_path, "a", [(13, 13, 1)], classes)
    found = truth_mask(image, WHITE, NOBODY, 0.25, MaskOrigin.mcconnell2021)
    assert found.origin is MaskOrigin.exact
    assert np.array_equal(found.classes, classes)
    assert not found.ignored.any()


def test_a_class_map_of_another_size_is_refused_by_name(tmp_path: Path) -> None:
    image = write_field(tmp_path, "a", [], squares())
    with pytest.raises(DataSetError, match=r"class_maps/a\.png"):
        truth_mask(image, WHITE[:32], NOBODY, 0.25, MaskOrigin.watershed)


def test_exact_masks_are_not_made_up_where_there_are_none(tmp_path: Path) -> None:
    image = write_field(tmp_path, "a", [])
    with pytest.raises(DataSetError, match=r"no class_maps/a\.png"):
        truth_mask(image, WHITE, NOBODY, 0.25, MaskOrigin.exact)


@pytest.mark.parametrize("method", [MaskOrigin.watershed, MaskOrigin.mcconnell2021])
def test_without_a_class_map_the_mask_is_made_from_points(tmp_path: Path, method: MaskOrigin) -> None:
    phantom = draw_phantom(10_000_001, 256, 256, 0.25)
    points = np.array([(p.x, p.y) for p in phantom.points], float)
    annotation = Annotation(points, np.array([p.label_id for p in phantom.points]))
    found = truth_mask(tmp_path / "none.png", phantom.rgb, annotation, 0.25, method)
    assert found.origin is method
    assert (found.classes > 0).any()
    assert found.ignored.any() == (method is MaskOrigin.watershed)


def test_truth_is_compared_at_the_resolution_of_the_prediction() -> None:
    # A square of 16 x 16 truth pixels is 8 x 8 at half the resolution; the prediction has 8 x 4 of it.
    predicted = np.zeros((32, 32), np.uint8)
    predicted[4:12, 4:8] = 2
    confusion = compare(exact(squares((8, 8, 16, 2))), predicted)
    assert confusion.tolist() == [[32 * 32 - 64, 0, 0], [0, 0, 0], [32, 0, 32]]


def test_the_papers_masks_are_compared_at_their_own_resolution() -> None:
    truth = TruthMask(np.ones((256, 256), np.uint8), np.zeros((256, 256), bool), MaskOrigin.mcconnell2021)
    assert compare(truth, np.ones((640, 640), np.uint8)).sum() == 256 * 256


def test_a_decoded_truth_mask_counts_separate_nuclei_by_class() -> None:
    # 64 pixels at 0.25 um: a square of 12 is 9 um2. One positive and three negatives: 25 %.
    truth = exact(squares((2, 2, 12, 2), (26, 2, 12, 1), (2, 26, 12, 1), (40, 40, 12, 1)))
    assert decoded_index_percent(truth, SIDE_PX, SIDE_PX, 0.25) == pytest.approx(25.0)


def test_touching_nuclei_become_one_when_a_truth_mask_is_decoded() -> None:
    # Two positives side by side decode to one: 1 of 2 instead of 2 of 3. Table 2's second column hides this.
    truth = exact(squares((2, 2, 12, 2), (14, 2, 12, 2), (40, 40, 12, 1)))
    assert decoded_index_percent(truth, SIDE_PX, SIDE_PX, 0.25) == pytest.approx(50.0)


def test_specks_are_dropped_and_an_empty_mask_has_no_index() -> None:
    assert decoded_index_percent(exact(squares((2, 2, 4, 2))), SIDE_PX, SIDE_PX, 0.25) is None
