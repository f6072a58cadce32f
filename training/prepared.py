"""Annotated fields made ready to learn from: photograph and points in, planes at the working resolution out.

Flow: `AnnotatedField` -> class map of its points (`training.masks`) -> RGB, classes and interior side by side
in one file a field, so that a crop reads no more than it needs, however large the data set.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from tqdm import tqdm

from handler.sampling import to_working_resolution, working_size
from handler.scale import Scale
from handler.spec import SamplingSpec
from training.annotations import Annotation
from training.datasets import AnnotatedField
from training.masks import watershed_mask
from training.masks.mcconnell2021 import grey_and_white, requantised
from training.samples import IGNORED, Sample

_FULL = 255.0


class Masks(StrEnum):
    """How points become class maps: as the paper does it, or by watershed."""

    watershed = "watershed"
    mcconnell2021 = "mcconnell2021"


@dataclass(frozen=True)
class PreparedField:
    """One field on disk, (height, width, 5) uint8: red, green, blue, class (255 ignored), interior x 255."""

    path: Path

    def window(self, top: int, left: int, height: int, width: int) -> Sample:
        """Read a part of the field; raises ValueError where nothing of it lies inside."""
        part = np.load(self.path, mmap_mode="r")[top : top + height, left : left + width]
        if not part.size:
            raise ValueError("the window lies outside the field")
        return Sample(
            np.ascontiguousarray(part[..., :3]),
            np.ascontiguousarray(part[..., 3]),
            part[..., 4].astype(np.float32) / np.float32(_FULL),
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels at the working resolution."""
        height, width, _ = np.load(self.path, mmap_mode="r").shape
        return height, width


def prepare(
    fields: Sequence[AnnotatedField], folder: Path, masks: Masks, sampling: SamplingSpec, mpp: float
) -> list[PreparedField]:
    """Prepare fields of `mpp` microns per pixel into `folder`, those that do not lie there already.

    Files are numbered: names of fields may tell of patients. Raises DataSetError where one cannot be read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    prepared = []
    for number, field in enumerate(tqdm(fields, unit="field", desc="masks")):
        path = folder / f"{number:05d}.npy"
        if not path.exists():
            _write(path, planes_of(field.rgb(), field.annotation(), masks, sampling, mpp))
        prepared.append(PreparedField(path))
    return prepared


def _write(path: Path, sample: Sample) -> None:
    """Write a field whole or not at all."""
    interior = np.rint(sample.interior * _FULL).astype(np.uint8)
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.save(file, np.dstack([sample.rgb, sample.classes, interior]))
    partial.replace(path)


def planes_of(
    rgb: NDArray[np.uint8], annotation: Annotation, masks: Masks, sampling: SamplingSpec, mpp: float
) -> Sample:
    """Return a whole field with its targets at the working resolution.

    Raises ImageTooLargeError or ImageTooSmallError where it is nothing to score at this scale.
    """
    height, width = rgb.shape[:2]
    size = working_size(width, height, Scale(mpp, "request"), sampling)
    if masks is Masks.mcconnell2021:
        drawn = cv2.resize(grey_and_white(rgb, annotation), size, interpolation=cv2.INTER_AREA)
        classes = requantised(np.asarray(drawn, np.uint8))
        instances = _regions(classes)
    else:
        mask = watershed_mask(rgb, annotation, mpp)
        instances = _nearest(mask.instances, size)
        marked = np.where(mask.ignored, IGNORED, mask.classes).astype(np.uint8)
        classes = _nearest(marked, size).astype(np.uint8)
    return Sample(to_working_resolution(rgb, size), classes, interior_of(instances))


def _nearest(plane: NDArray[np.generic], size: tuple[int, int]) -> NDArray[np.int32]:
    resized = cv2.resize(plane.astype(np.float32), size, interpolation=cv2.INTER_NEAREST)
    return np.asarray(resized, np.int32)


def _regions(classes: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Number the connected regions of each class."""
    instances = np.zeros(classes.shape, np.int32)
    for label in (1, 2):
        _, regions = cv2.connectedComponents((classes == label).astype(np.uint8), connectivity=4)
        instances = np.where(regions > 0, regions + instances.max(), instances)
    return instances.astype(np.int32)


def interior_of(instances: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return a map 0..1 that rises in each instance (numbers from 1) from its outline to its centre.

    The distance to the outline as a share of the instance's largest; nuclei that touch keep an outline.
    """
    padded = np.pad(instances, 1, mode="edge")
    inner = instances > 0
    for down, right in ((0, 1), (2, 1), (1, 0), (1, 2)):
        height, width = instances.shape
        inner &= padded[down : down + height, right : right + width] == instances
    depth = cv2.distanceTransform(inner.astype(np.uint8), cv2.DIST_L2, 5) + 0.5
    numbers = np.arange(int(instances.max()) + 1)
    deepest = np.asarray(ndimage.maximum(depth, instances, numbers), np.float32)
    return np.where(instances > 0, depth / np.maximum(deepest, 1.0)[instances], 0.0).astype(np.float32)
