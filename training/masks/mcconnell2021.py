"""The paper's masks (McConnell et al. 2021, section 3.1.1): photograph and points in, 256 x 256 classes out.

    grey -> adaptive Gaussian threshold, inverse -> contours filled grey -> contours that hold a positive
    point filled white -> 256 x 256 -> classes by grey level

What is darker than its surroundings counts as a nucleus, annotated or not; touching ones become one.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from handler.nuclei import BACKGROUND, IMMUNONEGATIVE, IMMUNOPOSITIVE
from training.annotations import IMMUNOPOSITIVE_LABEL, Annotation

MASK_PX = 256
_BLOCK_PX, _OFFSET = 199, 5
_LEAST_POSITIVE_PX = 120
_GREY, _WHITE = 128, 255
_NEGATIVE_FROM, _POSITIVE_ABOVE = 60, 240


@dataclass(frozen=True)
class PaperMask:
    """`classes` (256, 256) uint8 0, 1, 2, and how many contours of each class the full-size mask has."""

    classes: NDArray[np.uint8]
    immunopositive: int
    immunonegative: int


def paper_mask(rgb: NDArray[np.uint8], annotation: Annotation) -> PaperMask:
    """Return the mask of a photograph (height, width, 3) uint8 and its points."""
    drawn = grey_and_white(rgb, annotation)
    reduced = cv2.resize(drawn, (MASK_PX, MASK_PX), interpolation=cv2.INTER_AREA)
    return PaperMask(
        classes=requantised(np.asarray(reduced, np.uint8)),
        immunopositive=_contours(drawn == _WHITE),
        immunonegative=_contours(drawn == _GREY),
    )


def grey_and_white(rgb: NDArray[np.uint8], annotation: Annotation) -> NDArray[np.uint8]:
    """Return the full-size mask (height, width): 0 background, 128 and 255 the two classes."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    binary = cv2.adaptiveThreshold(
        grey, _WHITE, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY_INV, _BLOCK_PX, _OFFSET
    )
    contours, _ = cv2.findContours(binary, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    drawn = np.zeros(grey.shape, np.uint8)
    cv2.drawContours(drawn, contours, -1, _GREY, cv2.FILLED)
    large = np.zeros(grey.shape, np.uint8)
    kept = [contour for contour in contours if cv2.contourArea(contour) > _LEAST_POSITIVE_PX]
    cv2.drawContours(large, kept, -1, 1, cv2.FILLED)
    for x, y in _positive_pixels(annotation, grey.shape[1], grey.shape[0]):
        if large[y, x] and drawn[y, x] == _GREY:
            cv2.floodFill(drawn, None, (x, y), _WHITE)
    return drawn


def _positive_pixels(annotation: Annotation, width: int, height: int) -> list[tuple[int, int]]:
    points = annotation.points_px[annotation.labels == IMMUNOPOSITIVE_LABEL]
    inside = np.rint(points).astype(int).clip(0, (width - 1, height - 1))
    return [(int(x), int(y)) for x, y in inside]


def requantised(reduced: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return classes of a reduced mask, whose edges are mixtures: 60 to 240 negative, above positive."""
    classes = np.full(reduced.shape, BACKGROUND, np.uint8)
    classes[reduced >= _NEGATIVE_FROM] = IMMUNONEGATIVE
    classes[reduced > _POSITIVE_ABOVE] = IMMUNOPOSITIVE
    return classes


def _contours(mask: NDArray[np.bool_]) -> int:
    found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return len(found)
