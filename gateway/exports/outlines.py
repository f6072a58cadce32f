"""Outlines as other programs measure them: from the corner of the first pixel, not from its centre.

ImageJ and QuPath both do, so exported outlines are moved by half a pixel.
"""

import numpy as np
from numpy.typing import NDArray

from handler.nuclei import CLASS_NAMES, IMMUNONEGATIVE, IMMUNOPOSITIVE, Nuclei

_HALF_PIXEL = 0.5
_PIXEL = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]], np.float32)


def outline(nuclei: Nuclei, index: int) -> NDArray[np.float64]:
    """Return corners (n, 2), at least three: a speck too small for an outline becomes its pixel."""
    contour = nuclei.contours_px[index]
    corners = contour if len(contour) >= 3 else nuclei.centroids_px[index] + _PIXEL
    moved: NDArray[np.float64] = (corners.astype(np.float64) + _HALF_PIXEL).round(2)
    return moved


def class_name(positive: bool) -> str:
    """Return the class as the API writes it."""
    return CLASS_NAMES[IMMUNOPOSITIVE if positive else IMMUNONEGATIVE]
