"""Pairs found nuclei with annotated points: the most pairs within a radius, and of those the nearest.

Optimal assignment (Jonker-Volgenant, scipy), so that no order of the points changes the count.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from training.annotations import Annotation


@dataclass(frozen=True)
class Detections:
    """What a system found: (n, 2) x, y in pixels of the full image, and its class labels (1 or 2)."""

    points_px: NDArray[np.float64]
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class Match:
    """Row numbers of matched pairs (found, truth) and of what was left over on either side.

    `excused` are found nuclei that lie on a lymphocyte: neither right nor wrong.
    """

    found: NDArray[np.int64]
    truth: NDArray[np.int64]
    invented: NDArray[np.int64]
    missed: NDArray[np.int64]
    excused: NDArray[np.int64]


def pair(
    a: NDArray[np.float64], b: NDArray[np.float64], radius_px: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows of `a` and `b` (each (n, 2)) that pair up within `radius_px`."""
    if not len(a) or not len(b):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    distance = np.linalg.norm(a[:, None] - b[None], axis=2)
    never = 1e3 * radius_px * (len(a) + len(b))
    rows, columns = linear_sum_assignment(np.where(distance <= radius_px, distance, never))
    near = distance[rows, columns] <= radius_px
    return rows[near].astype(np.int64), columns[near].astype(np.int64)


def match(detections: Detections, annotation: Annotation, radius_px: float) -> Match:
    """Match detections of any class to the counted points; excuse left-over ones that lie on lymphocytes."""
    counted = annotation.counted()
    found, truth = pair(detections.points_px, counted.points_px, radius_px)
    left = np.setdiff1d(np.arange(len(detections.points_px)), found)
    on_lymphocyte, _ = pair(detections.points_px[left], annotation.lymphocytes().points_px, radius_px)
    excused = left[on_lymphocyte]
    return Match(
        found,
        truth,
        np.setdiff1d(left, excused),
        np.setdiff1d(np.arange(len(counted.points_px)), truth),
        excused,
    )
