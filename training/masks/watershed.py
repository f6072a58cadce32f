"""The project's masks: nuclei grown from their points over the stain, one a point, of the point's class.

    stain density -> smoothed -> watershed from the points, within a nucleus' reach and above the density
    that divides stained from clear around each point -> class map, instances, and where nobody can tell

Better than the paper's: touching nuclei stay apart, the class comes from the point and not from a
neighbour, and stained matter that nobody marked is left out of training instead of being called a nucleus.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from handler.nuclei import IMMUNONEGATIVE, IMMUNOPOSITIVE
from handler.spec import StainSpec
from handler.stain import measure_stain
from training.annotations import IMMUNOPOSITIVE_LABEL, LYMPHOCYTE_LABEL, Annotation

_SMOOTHING_UM = 0.3
_SEED_RADIUS_UM = 1.0
_REACH_UM = 7.0
_EDGE_SHARE = 0.4
"""A nucleus ends where the density has fallen by this share from its own to that of its surroundings."""


@dataclass(frozen=True)
class PointMask:
    """What points tell of a photograph; all planes are (height, width).

    `classes` uint8 0, 1, 2; `instances` int32 0 or 1 + the point's row; `ignored` is true where there is
    stain that bears no point, and on lymphocytes.
    """

    classes: NDArray[np.uint8]
    instances: NDArray[np.int32]
    ignored: NDArray[np.bool_]


def watershed_mask(rgb: NDArray[np.uint8], annotation: Annotation, mpp: float) -> PointMask:
    """Return the mask of a photograph (height, width, 3) uint8 at `mpp` microns per pixel."""
    stain = measure_stain(rgb, StainSpec())
    density = stain.haematoxylin_density + stain.dab_density
    density = np.asarray(cv2.GaussianBlur(density, (0, 0), _SMOOTHING_UM / mpp), np.float32)
    seeds = _seeds(annotation, density.shape, mpp)
    reach = cv2.distanceTransform((seeds == 0).astype(np.uint8), cv2.DIST_L2, 5) <= _REACH_UM / mpp
    grown = _grown(density, seeds, reach)
    stained = density >= _edges(density, seeds, len(annotation.labels), mpp)[grown]
    instances = np.where(stained, grown, seeds).astype(np.int32)
    return _classified(instances, density, annotation)


def _seeds(annotation: Annotation, shape: tuple[int, ...], mpp: float) -> NDArray[np.int32]:
    seeds = np.zeros(shape, np.int32)
    radius_px = max(1, round(_SEED_RADIUS_UM / mpp))
    for row, (x, y) in enumerate(annotation.points_px):
        cv2.circle(seeds, (round(float(x)), round(float(y))), radius_px, row + 1, cv2.FILLED)
    return seeds


def _grown(
    density: NDArray[np.float32], seeds: NDArray[np.int32], reach: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Give each pixel within reach to a seed: floods rise from the densest and meet where it is palest."""
    relief = (255 * (1 - density / max(float(density.max()), 1e-6))).astype(np.uint8)
    markers = seeds.copy()
    outside = int(seeds.max()) + 1
    markers[~reach] = outside
    flooded = cv2.watershed(cv2.cvtColor(relief, cv2.COLOR_GRAY2BGR), markers)
    return np.where((flooded > 0) & (flooded < outside), flooded, 0).astype(np.int32)


def _edges(
    density: NDArray[np.float32], seeds: NDArray[np.int32], count: int, mpp: float
) -> NDArray[np.float32]:
    """Return for each label the density at which its nucleus ends, between its own and the clear around."""
    clear = _clear_around(density, mpp)
    values, own = density[seeds > 0], seeds[seeds > 0]
    size = np.maximum(np.bincount(own, minlength=count + 1), 1)
    centre = np.bincount(own, values, count + 1) / size
    around = np.bincount(own, clear[seeds > 0], count + 1) / size
    return np.asarray(around + _EDGE_SHARE * (centre - around), np.float32)


def _clear_around(density: NDArray[np.float32], mpp: float) -> NDArray[np.float32]:
    """Return the density between nuclei: the lowest within reach, smoothed."""
    width_px = 2 * round(_REACH_UM / mpp) + 1
    lowest = cv2.erode(density, np.ones((width_px, width_px), np.uint8))
    return np.asarray(cv2.blur(lowest, (width_px, width_px)), np.float32)


def _classified(
    instances: NDArray[np.int32], density: NDArray[np.float32], annotation: Annotation
) -> PointMask:
    labels = np.concatenate([[0], annotation.labels])
    of_pixel = labels[instances]
    classes = np.zeros(instances.shape, np.uint8)
    classes[(of_pixel > 0) & (of_pixel != LYMPHOCYTE_LABEL)] = IMMUNONEGATIVE
    classes[of_pixel == IMMUNOPOSITIVE_LABEL] = IMMUNOPOSITIVE
    level = _stained_level(density, classes > 0)
    ignored = (of_pixel == LYMPHOCYTE_LABEL) | ((instances == 0) & (density >= level))
    return PointMask(classes, np.where(classes > 0, instances, 0), ignored)


def _stained_level(density: NDArray[np.float32], nuclei: NDArray[np.bool_]) -> float:
    """Return the density above which unmarked pixels may be nuclei: the palest tenth of the marked ones."""
    return float(np.percentile(density[nuclei], 10.0)) if nuclei.any() else float("inf")
