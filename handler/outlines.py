"""Labelled nuclei to field coordinates: centroids and contours, map pixels in, pixels as uploaded out."""

import cv2
import numpy as np
from numpy.typing import NDArray

from handler.probability import ProbabilityMap

_PIXEL_WITH_EDGES = np.ones((3, 3), np.uint8)


def to_field(probability: ProbabilityMap, points: NDArray[np.floating]) -> NDArray[np.float32]:
    """Turn map coordinates (n, 2) x, y into pixels of the field; pixel centres are whole numbers."""
    scale = np.array(probability.field_px_per_map_px)
    return np.asarray((points + 0.5) * scale - 0.5, np.float32)


def outlines(
    probability: ProbabilityMap, labels: NDArray[np.int32], wanted: NDArray[np.intp]
) -> tuple[NDArray[np.float32], tuple[NDArray[np.float32], ...]]:
    """Return centroids (n, 2) and contours along the outer edges of the wanted labels, in field pixels."""
    boxes, centroids = _boxes(labels, int(labels.max()))
    contours = (_outer_contour(labels, int(label), boxes[label]) for label in wanted)
    return to_field(probability, centroids[wanted]), tuple(to_field(probability, c) for c in contours)


def _outer_contour(labels: NDArray[np.int32], label: int, box: NDArray[np.int64]) -> NDArray[np.float32]:
    x, y, right, bottom = (int(edge) for edge in box)
    # OpenCV goes through the centres of border pixels. On a lattice of half pixels, where each pixel also
    # covers its corners and edges, these centres are the outer edges; steps of half a pixel are smoothed.
    lattice = np.zeros((2 * (bottom - y) + 1, 2 * (right - x) + 1), np.uint8)
    lattice[1::2, 1::2] = labels[y:bottom, x:right] == label
    covered = cv2.dilate(lattice, _PIXEL_WITH_EDGES)
    found, _ = cv2.findContours(covered, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    longest = cv2.approxPolyDP(max(found, key=len), 1.0, closed=True).reshape(-1, 2)
    return np.asarray(longest / 2 + (x - 0.5, y - 0.5), np.float32)


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
