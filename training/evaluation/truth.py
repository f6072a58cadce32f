"""Truth masks, and what is left of the index when a truth mask is decoded like a prediction.

Flow: exact class map beside the image (phantoms), else points -> `training.masks` -> `TruthMask` ->
compared pixel by pixel with a prediction; or brought to 256 x 256, decoded the paper's way, and counted.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from handler.decoding import decode
from handler.nuclei import CLASS_NAMES, IMMUNONEGATIVE, IMMUNOPOSITIVE
from handler.probability import PROBABILITY_SCALE, ProbabilityMap
from handler.scoring import score
from handler.spec import DecodingSpec, Thresholds
from training.annotations import Annotation
from training.datasets.field import DataSetError
from training.evaluation.pixels import pixel_confusion
from training.masks import paper_mask, watershed_mask
from training.masks.mcconnell2021 import MASK_PX

TRUTH_DECODING = DecodingSpec(preset="mcconnell2021")
"""As the published notebook does, whatever the version does: a class map has neither centres nor stain."""

Element = TypeVar("Element", np.uint8, np.bool_)


class MaskOrigin(StrEnum):
    """Where a truth mask comes from."""

    exact = "exact"
    watershed = "watershed"
    mcconnell2021 = "mcconnell2021"


@dataclass(frozen=True)
class TruthMask:
    """`classes` (height, width) uint8 0, 1, 2; `ignored` is true where the truth is not known."""

    classes: NDArray[np.uint8]
    ignored: NDArray[np.bool_]
    origin: MaskOrigin


def truth_mask(
    image: Path, rgb: NDArray[np.uint8], annotation: Annotation, mpp: float, method: MaskOrigin
) -> TruthMask:
    """Return the class map in `class_maps` beside `image`, else one made from the points by `method`.

    Raises DataSetError where the file beside the image is no class map of its size, or is missing though
    `method` is exact.
    """
    beside = image.parent / "class_maps" / f"{image.stem}.png"
    if beside.exists():
        classes = _read_class_map(beside, rgb.shape[:2])
        return TruthMask(classes, np.zeros(classes.shape, bool), MaskOrigin.exact)
    if method is MaskOrigin.exact:
        raise DataSetError(f"no class_maps/{beside.name} lies beside {image.name}")
    if method is MaskOrigin.mcconnell2021:
        classes = paper_mask(rgb, annotation).classes
        return TruthMask(classes, np.zeros(classes.shape, bool), method)
    made = watershed_mask(rgb, annotation, mpp)
    return TruthMask(made.classes, made.ignored, MaskOrigin.watershed)


def _read_class_map(path: Path, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    plane = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if plane is None or plane.shape != shape or plane.max() >= len(CLASS_NAMES):
        raise DataSetError(f"{path.parent.name}/{path.name} is no map of classes 0, 1, 2 of its image's size")
    return np.asarray(plane, np.uint8)


def compare(truth: TruthMask, predicted: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the confusion matrix (3, 3) at the prediction's resolution; the paper's masks at 256 x 256."""
    shape = truth.classes.shape if truth.origin is MaskOrigin.mcconnell2021 else predicted.shape
    return pixel_confusion(
        _nearest(truth.classes, shape), _nearest(predicted, shape), _nearest(truth.ignored, shape)
    )


def decoded_index_percent(truth: TruthMask, width_px: int, height_px: int, mpp: float) -> float | None:
    """Return the index that the paper's decoding reads from a truth mask at 256 x 256; None without nuclei.

    Classes become probabilities 0 and 1. The field is `width_px` by `height_px` at `mpp` microns per pixel;
    specks below `Thresholds().min_area_um2` are dropped, as in any decoding.
    """
    classes, thresholds = _nearest(truth.classes, (MASK_PX, MASK_PX)), Thresholds()
    negative, positive = (
        np.where(classes == label, PROBABILITY_SCALE, 0).astype(np.uint8)
        for label in (IMMUNONEGATIVE, IMMUNOPOSITIVE)
    )
    nothing = np.zeros_like(classes)
    probability = ProbabilityMap(negative, positive, nothing, nothing, 0.0, width_px, height_px, mpp)
    decoded = decode(probability, TRUTH_DECODING, thresholds)
    return score(decoded.nuclei, thresholds.category_boundaries_percent).index_percent


def _nearest(plane: NDArray[Element], shape: tuple[int, ...]) -> NDArray[Element]:
    """Return the value under the centre of each pixel of a grid of `shape`."""
    rows, columns = (
        (2 * np.arange(wanted) + 1) * had // (2 * wanted)
        for wanted, had in zip(shape, plane.shape, strict=True)
    )
    return np.asarray(plane[rows][:, columns])
