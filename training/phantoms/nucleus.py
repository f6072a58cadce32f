"""One nucleus as a patch: outline, soft edge, chromatin; and the canvas that patches are laid on.

Overlap follows transmitted light: the upper nucleus hides part of the lower one, the rest adds up.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SEEN_THROUGH = 0.3
"""Share of what lies below that still absorbs through a nucleus on top of it."""


@dataclass(frozen=True)
class NucleusShape:
    """Outline in polar form: an ellipse with two to five lobes; lengths in pixels, angles in radians."""

    x_px: float
    y_px: float
    half_length_px: float
    half_width_px: float
    angle: float
    lobes: tuple[float, float, float, float]
    phases: tuple[float, float, float, float]

    @property
    def area_px(self) -> float:
        """Area of the whole outline, seen or not: half the integral of the squared radius."""
        bulge = 1.0 + 0.5 * sum(size * size for size in self.lobes)
        return math.pi * self.half_length_px * self.half_width_px * bulge


@dataclass(frozen=True)
class NucleusStain:
    """Optical densities of one nucleus and how they vary inside it."""

    haematoxylin: float
    dab: float
    contrast: float
    granularity: float
    rim: float


@dataclass(frozen=True)
class Canvas:
    """Planes a field is painted on, all (height, width): two densities, two truths and two textures."""

    haematoxylin: NDArray[np.float32]
    dab: NDArray[np.float32]
    fine: NDArray[np.float32]
    coarse: NDArray[np.float32]


@dataclass(frozen=True)
class Patch:
    """Where a nucleus lies on the canvas and its relative radius there (0 centre, 1 outline)."""

    window: tuple[slice, slice]
    radius: NDArray[np.float32]
    shape: NucleusShape


def outline(shape: NucleusShape, canvas_shape: tuple[int, int]) -> Patch | None:
    """Return the patch of a nucleus, or None where it misses the canvas."""
    reach = 1.45 * max(shape.half_length_px, shape.half_width_px) + 2
    top, bottom = _clipped(shape.y_px, reach, canvas_shape[0])
    left, right = _clipped(shape.x_px, reach, canvas_shape[1])
    if top >= bottom or left >= right:
        return None
    dy = (np.arange(top, bottom, dtype=np.float32) - np.float32(shape.y_px))[:, None]
    dx = (np.arange(left, right, dtype=np.float32) - np.float32(shape.x_px))[None, :]
    cos, sin = np.float32(np.cos(shape.angle)), np.float32(np.sin(shape.angle))
    u = (dx * cos + dy * sin) / np.float32(shape.half_length_px)
    v = (dy * cos - dx * sin) / np.float32(shape.half_width_px)
    theta = np.arctan2(v, u)
    edge = np.ones_like(theta)
    for order, (size, phase) in enumerate(zip(shape.lobes, shape.phases, strict=True), start=2):
        edge += np.float32(size) * np.cos(np.float32(order) * theta + np.float32(phase))
    radius = (np.sqrt(u * u + v * v) / np.maximum(edge, 0.3)).astype(np.float32)
    return Patch((slice(top, bottom), slice(left, right)), radius, shape)


def _clipped(centre: float, reach: float, size: int) -> tuple[int, int]:
    return max(int(centre - reach), 0), min(int(centre + reach) + 1, size)


def paint(
    canvas: Canvas, patch: Patch, stain: NucleusStain, edge_px: float, texture_at: tuple[int, int]
) -> None:
    """Lay a nucleus on the canvas; `texture_at` (y, x) picks its piece of the chromatin texture."""
    half = min(patch.shape.half_width_px, patch.shape.half_length_px)
    opacity = np.clip((1 - patch.radius) * np.float32(half / edge_px) + 0.5, 0, 1)
    height, width = patch.radius.shape
    piece = (slice(texture_at[0], texture_at[0] + height), slice(texture_at[1], texture_at[1] + width))
    fine, coarse = canvas.fine[piece], canvas.coarse[piece]
    rim = np.float32(stain.rim) * np.exp(-(((patch.radius - 0.85) / 0.15) ** 2)).astype(np.float32)
    chromatin = np.maximum(1 + np.float32(stain.contrast) * (0.6 * fine + 0.4 * coarse) + rim, 0.15)
    grains = np.maximum(1 + np.float32(stain.granularity) * (0.35 * fine + 0.65 * coarse), 0.08)
    for plane, strength, texture in (
        (canvas.haematoxylin, stain.haematoxylin, chromatin),
        (canvas.dab, stain.dab, grains),
    ):
        below = plane[patch.window]
        plane[patch.window] = (
            below * (1 - opacity * (1 - _SEEN_THROUGH)) + opacity * np.float32(strength) * texture
        )
