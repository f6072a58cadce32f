"""DeepLIIF as published (Ghahremani et al. 2022): six panels side by side in one PNG.

    IHC | haematoxylin | DAPI | Lap2 | marker | segmentation

In the segmentation, nuclei are filled: red immunopositive, blue immunonegative; green are their outlines.
A field's points are the centroids of its filled nuclei. `slide_x_y.png`: the slide is the group.
"""

from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from handler.errors import ProblemError
from handler.image import decode_image
from training.annotations import IMMUNONEGATIVE_LABEL, IMMUNOPOSITIVE_LABEL, Annotation
from training.datasets.field import AnnotatedField, DataSetError

PANELS = 6
_FILLED = 128
"""A channel above this is meant; JPEG-like ringing around outlines stays below."""
_LEAST_NUCLEUS_PX = 20


def read_deepliif(folder: Path) -> list[AnnotatedField]:
    """Return the field of every PNG below `folder`; raises DataSetError where one has not six panels."""
    return [_field(image) for image in sorted(folder.rglob("*.png"))]


def _field(image: Path) -> AnnotatedField:
    height, width = _pixels(image).shape[:2]
    if width != PANELS * height:
        raise DataSetError(f"{image.name} is {width} x {height}, not {PANELS} square panels side by side")
    return AnnotatedField(
        image.stem,
        image.stem.split("_", maxsplit=1)[0],
        image,
        partial(_points, image),
        (0, 0, height, height),
    )


def _pixels(image: Path) -> NDArray[np.uint8]:
    try:
        return decode_image(image.read_bytes()).rgb
    except (OSError, ProblemError) as error:
        raise DataSetError(f"{image.name} cannot be read") from error


def _points(image: Path) -> Annotation:
    return points_of_segmentation(_panel(_pixels(image), PANELS - 1))


def _panel(panels: NDArray[np.uint8], number: int) -> NDArray[np.uint8]:
    side = panels.shape[0]
    return np.ascontiguousarray(panels[:, number * side : (number + 1) * side])


def points_of_segmentation(segmentation: NDArray[np.uint8]) -> Annotation:
    """Return the centroids of the nuclei in a segmentation panel (height, width, 3)."""
    red, green, blue = (segmentation[..., channel].astype(np.int16) for channel in range(3))
    filled = ((np.maximum(red, blue) >= _FILLED) & (green < _FILLED)).astype(np.uint8)
    count, labels, boxes, centroids = cv2.connectedComponentsWithStats(filled, connectivity=4)
    redness = np.bincount(labels.ravel(), (red > blue).ravel(), count) / np.maximum(
        np.bincount(labels.ravel()), 1
    )
    nuclei = [i for i in range(1, count) if boxes[i, cv2.CC_STAT_AREA] >= _LEAST_NUCLEUS_PX]
    labels_of = np.where(redness[nuclei] > 0.5, IMMUNOPOSITIVE_LABEL, IMMUNONEGATIVE_LABEL)
    return Annotation(np.asarray(centroids[nuclei], np.float64).reshape(-1, 2), labels_of.astype(np.int64))
