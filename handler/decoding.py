"""Probability map to nuclei: foreground, one core a nucleus, pixels to their nearest core, class by stain.

Flow: `ProbabilityMap` -> labelled instances -> measurements -> `DecodedField`. No torch, no server; the
same code decodes at first scoring and when thresholds change later.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from handler.nuclei import IMMUNONEGATIVE, IMMUNOPOSITIVE, DecodedField, Nuclei
from handler.probability import DENSITY_SCALE, PROBABILITY_SCALE, ProbabilityMap
from handler.spec import DecodingSpec, Thresholds


def decode(probability: ProbabilityMap, decoding: DecodingSpec, thresholds: Thresholds) -> DecodedField:
    """Find, split, measure and classify the nuclei of one field."""
    labels, count = label_instances(probability, decoding, thresholds.probability)
    if count == 0:
        return DecodedField(Nuclei.none(), np.zeros(probability.shape, np.uint8))
    areas_px = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    keep = areas_px * probability.pixel_area_um2 >= thresholds.min_area_um2
    positive_share, dab = classify(probability, decoding, labels, areas_px)
    return _assemble(probability, labels, keep, areas_px, positive_share, dab)


def label_instances(
    probability: ProbabilityMap, decoding: DecodingSpec, level: float
) -> tuple[NDArray[np.int32], int]:
    """Label the pixels of each nucleus 1..count, background 0.

    Cores are the connected regions of the smoothed interior map above `core_level`; every foreground
    pixel joins the core nearest to it inside its own connected region, a region without one is a nucleus.
    """
    nucleus = cv2.add(probability.immunonegative, probability.immunopositive)
    foreground = (nucleus >= level * PROBABILITY_SCALE).astype(np.uint8)
    sigma = decoding.smoothing_um / (probability.pixel_area_um2**0.5)
    interior = cv2.GaussianBlur(probability.interior, (0, 0), max(sigma, 0.1))
    cores = ((interior >= decoding.core_level * PROBABILITY_SCALE) & (foreground > 0)).astype(np.uint8)
    _, regions = cv2.connectedComponents(foreground, connectivity=4)
    cored = np.zeros(regions.max() + 1, bool)
    cored[regions[cores > 0]] = True
    seeds = np.where(cored[regions], cores, foreground)
    count, seed_labels = cv2.connectedComponents(seeds, connectivity=4)
    _, nearest = cv2.distanceTransformWithLabels(
        1 - seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    owner = np.zeros(nearest.max() + 1, np.int32)
    owner[nearest[seeds > 0]] = seed_labels[seeds > 0]
    return np.where(foreground > 0, owner[nearest], 0).astype(np.int32), count - 1


def classify(
    probability: ProbabilityMap,
    decoding: DecodingSpec,
    labels: NDArray[np.int32],
    areas_px: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each nucleus' probability of being immunopositive, and its mean DAB optical density.

    The network's own opinion and the DAB density relative to the field's threshold are mixed as log odds
    with `stain_weight`.
    """
    means = [_mean(plane, labels, areas_px) for plane in _planes(probability)]
    negative, positive, dab = means[0], means[1], means[2] / DENSITY_SCALE
    network = np.log((positive + 1.0) / (negative + 1.0)).clip(-4, 4)
    relative = dab / probability.dab_threshold
    stain = (np.log(relative.clip(0.05, 20.0)) / decoding.stain_softness).clip(-4, 4)
    odds = decoding.stain_weight * stain + (1.0 - decoding.stain_weight) * network
    return 1.0 / (1.0 + np.exp(-odds)), dab


def _planes(probability: ProbabilityMap) -> tuple[NDArray[np.uint8], ...]:
    return probability.immunonegative, probability.immunopositive, probability.dab_density


def _mean(
    plane: NDArray[np.uint8], labels: NDArray[np.int32], areas_px: NDArray[np.int64]
) -> NDArray[np.float64]:
    sums = np.bincount(labels.ravel(), weights=plane.ravel(), minlength=len(areas_px) + 1)[1:]
    return sums / np.maximum(areas_px, 1)


def _assemble(
    probability: ProbabilityMap,
    labels: NDArray[np.int32],
    keep: NDArray[np.bool_],
    areas_px: NDArray[np.int64],
    positive_share: NDArray[np.float64],
    dab: NDArray[np.float64],
) -> DecodedField:
    is_positive = positive_share > 0.5
    classes = np.zeros(len(keep) + 1, np.uint8)
    classes[1:] = np.where(keep, np.where(is_positive, IMMUNOPOSITIVE, IMMUNONEGATIVE), 0)
    kept = np.flatnonzero(keep)
    centroids, contours = _outlines(probability, labels, kept + 1)
    nuclei = Nuclei(
        centroids_px=centroids,
        areas_um2=(areas_px[kept] * probability.pixel_area_um2).astype(np.float32),
        immunopositive=is_positive[kept],
        confidences=np.maximum(positive_share, 1 - positive_share)[kept].astype(np.float32),
        dab_densities=dab[kept].astype(np.float32),
        contours_px=contours,
    )
    return DecodedField(nuclei, classes[labels])


def _outlines(
    probability: ProbabilityMap, labels: NDArray[np.int32], wanted: NDArray[np.int64]
) -> tuple[NDArray[np.float32], tuple[NDArray[np.float32], ...]]:
    """Return centroids (n, 2) and outer contours of the wanted labels in field pixels."""
    boxes, centroids = _boxes(labels, int(labels.max()))
    scale = np.array(probability.field_px_per_map_px, np.float32)
    contours = []
    for label in wanted:
        x, y, right, bottom = boxes[label]
        patch = (labels[y:bottom, x:right] == label).astype(np.uint8)
        found, _ = cv2.findContours(patch, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE, offset=(int(x), int(y)))
        outline = max(found, key=len).reshape(-1, 2).astype(np.float32)
        contours.append((outline + 0.5) * scale - 0.5)
    return ((centroids[wanted] + 0.5) * scale - 0.5).astype(np.float32), tuple(contours)


def _boxes(labels: NDArray[np.int32], count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return bounding boxes (count + 1, 4) x, y, right, bottom and centroids (count + 1, 2) by label."""
    ys, xs = np.nonzero(labels)
    owners = labels[ys, xs]
    size = np.maximum(np.bincount(owners, minlength=count + 1), 1)
    centroids = np.stack([np.bincount(owners, w, count + 1) / size for w in (xs, ys)], 1)
    boxes = np.zeros((count + 1, 4), np.int64)
    boxes[:, :2] = max(labels.shape)
    np.minimum.at(boxes[:, 0], owners, xs)
    np.minimum.at(boxes[:, 1], owners, ys)
    np.maximum.at(boxes[:, 2], owners, xs + 1)
    np.maximum.at(boxes[:, 3], owners, ys + 1)
    return boxes, centroids
