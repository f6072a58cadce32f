"""Probability maps drawn by hand: discs whose truth is known."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from handler.probability import ProbabilityMap


@dataclass(frozen=True)
class Disc:
    """A nucleus in map pixels, with its class and its DAB optical density."""

    x: float
    y: float
    radius: float
    positive: bool = False
    dab: float = 0.0


def probability_map(
    discs: Sequence[Disc], width: int = 128, height: int = 96, field_px_per_px: int = 2
) -> ProbabilityMap:
    """Return the map a perfect network would give for these discs, at 0.5 microns per map pixel."""
    ys, xs = np.mgrid[0:height, 0:width].astype(float)
    negative, positive, interior, dab = (np.zeros((height, width)) for _ in range(4))
    for disc in discs:
        distance = np.hypot(xs - disc.x, ys - disc.y)
        inside = distance < disc.radius
        (positive if disc.positive else negative)[inside] = 1.0
        (negative if disc.positive else positive)[inside] = 0.0
        interior = np.maximum(interior, np.clip(1 - distance / disc.radius, 0, 1))
        dab[inside] = disc.dab
    return ProbabilityMap(
        _bytes(negative * 255),
        _bytes(positive * 255),
        _bytes(interior * 255),
        _bytes(dab * 100),
        dab_threshold=0.3,
        field_width_px=width * field_px_per_px,
        field_height_px=height * field_px_per_px,
        field_mpp=0.5 / field_px_per_px,
    )


def _bytes(plane: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.clip(plane + 0.5, 0, 255).astype(np.uint8)
