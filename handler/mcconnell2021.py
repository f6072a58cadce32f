"""The paper's own decoding, kept so that its tables can be reproduced.

McConnell et al. 2021, section 3.1: the network's class map as a grey image (background black, negative
grey, positive white), adaptive Gaussian threshold, contours, and each contour's class read at its
centroid. Touching nuclei are not split. Meant for fields brought to 256 x 256 as a whole.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from handler.nuclei import IMMUNOPOSITIVE, DecodedField, Nuclei
from handler.outlines import outlines, to_field
from handler.probability import DENSITY_SCALE, PROBABILITY_SCALE, ProbabilityMap
from handler.runs import runs_of
from handler.spec import DecodingSpec, Thresholds

_GREY_LEVELS = np.array([0, 127, 255], np.uint8)
_BLOCK_PX = 199
_OFFSET = -5.0
"""A pixel is foreground where it exceeds its neighbourhood's Gaussian mean by this much."""


def decode_mcconnell2021(
    probability: ProbabilityMap, _decoding: DecodingSpec, thresholds: Thresholds
) -> DecodedField:
    """Count contours of the thresholded class map; a contour whose centroid is background is dropped."""
    classes = class_map_of(probability, thresholds.probability)
    grey = _GREY_LEVELS[classes]
    binary = cv2.adaptiveThreshold(
        grey, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, _BLOCK_PX, _OFFSET
    )
    _, components, boxes, centroids = cv2.connectedComponentsWithStats(binary, connectivity=8)
    labels = np.asarray(components, np.int32)
    at = np.rint(centroids).astype(int).clip(0, np.array(classes.shape[::-1]) - 1)
    at_centroid = classes[at[:, 1], at[:, 0]]
    areas_um2 = np.asarray(boxes[:, cv2.CC_STAT_AREA] * probability.pixel_area_um2, np.float64)
    keep = (at_centroid > 0) & (areas_um2 >= thresholds.min_area_um2) & (np.arange(len(boxes)) > 0)
    painted = np.where(keep, at_centroid, 0).astype(np.uint8)[labels]
    return DecodedField(_nuclei(probability, labels, np.flatnonzero(keep), at_centroid, areas_um2), painted)


def class_map_of(probability: ProbabilityMap, level: float) -> NDArray[np.uint8]:
    """Return the class map (height, width): foreground from `level` on, then the likelier class."""
    foreground = cv2.add(probability.immunonegative, probability.immunopositive) >= level * PROBABILITY_SCALE
    likelier = np.where(probability.immunopositive > probability.immunonegative, 2, 1)
    return np.where(foreground, likelier, 0).astype(np.uint8)


def _nuclei(
    probability: ProbabilityMap,
    labels: NDArray[np.int32],
    kept: NDArray[np.intp],
    classes: NDArray[np.uint8],
    areas_um2: NDArray[np.float64],
) -> Nuclei:
    if not len(kept):
        return Nuclei.none()
    runs = runs_of(labels, len(classes) - 1)
    positive = classes[kept] == IMMUNOPOSITIVE
    negative_mean, positive_mean, dab_mean = (
        runs.means(plane)[kept - 1]
        for plane in (probability.immunonegative, probability.immunopositive, probability.dab_density)
    )
    share = positive_mean / np.maximum(positive_mean + negative_mean, 1e-6)
    return Nuclei(
        centroids_px=to_field(probability, runs.centres_px[kept - 1]),
        areas_um2=areas_um2[kept].astype(np.float32),
        immunopositive=positive,
        confidences=np.where(positive, share, 1 - share).clip(0.5, 1).astype(np.float32),
        dab_densities=(dab_mean / DENSITY_SCALE).astype(np.float32),
        contours_px=outlines(probability, labels, runs, kept),
    )
