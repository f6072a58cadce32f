"""Labelled nuclei to field coordinates: centroids and contours, map pixels in, pixels as uploaded out."""

import cv2
import numpy as np
from numpy.typing import NDArray

from handler.probability import ProbabilityMap


def to_field(probability: ProbabilityMap, points: NDArray[np.floating]) -> NDArray[np.float32]:
    """Turn map coordinates (n, 2) x, y into pixels of the field; pixel centres are whole numbers."""
    scale = np.array(probability.field_px_per_map_px)
    return np.asarray((points + 0.5) * scale - 0.5, np.float32)


def outlines(
    probability: ProbabilityMap, labels: NDArray[np.int32], wanted: NDArray[np.intp]
) -> tuple[NDArray[np.float32], tuple[NDArray[np.float32], ...]]:
    """Return centroids (n, 2) and outer contours of the wanted labels, in pixels of the field."""
    boxes, centroids = _boxes(labels, int(labels.max()))
    contours = (_outer_contour(labels, int(label), boxes[label]) for label in wanted)
    return to_field(probability, centroids[wanted]), tuple(to_field(probability, c) for c in contours)


def _outer_contour(labels: NDArray[np.int32], label: int, box: NDArray[np.int64]) -> NDArray[np.float32]:
    x, y, right, bottom = (int(edge) for edge in box)
    patch = (labels[y:bottom, x:right] == label).astype(np.uint8)
    found, _ = cv2.findContours(patch, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE, offset=(x, y))
    return np.asarray(max(found, key=len).reshape(-1, 2), np.float32)


def _boxes(labels: NDArray[np.int32], count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return bounding boxes (count + 1, 4) x, y, right, bottom and centroids (count + 1, 2) by label."""
    ys, xs = np.nonzero(labels)
    owners = labels[ys, xs]
    size = np.maximum(np.bincount(owners, minlength=count + 1), 1)
    centroids = np.stack([np.bincount(owners, along, count + 1) / size for along in (xs, ys)], 1)
    boxes = np.zeros((count + 1, 4), np.int64)
    boxes[:, :2] = max(labels.shape)
    np.minimum.at(boxes[:, 0], owners, xs)
    np.minimum.at(boxes[:, 1], owners, ys)
    np.maximum.at(boxes[:, 2], owners, xs + 1)
    np.maximum.at(boxes[:, 3], owners, ys + 1)
    return boxes, centroids
