"""Synthetic Ki-67 fields with exact ground truth.

Flow: seed -> `laboratory` (stains, habits, camera) -> `tissue` (background) and `nucleus` (foreground)
as haematoxylin and DAB optical densities -> `camera` (Beer-Lambert, optics, sensor) -> `Phantom`.
"""

from training.phantoms.field import Phantom, draw_phantom

__all__ = ["Phantom", "draw_phantom"]
