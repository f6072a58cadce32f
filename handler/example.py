"""A drawn field for warming up: no patient's, the size of a usual photograph, always the same pixels.

Discs of haematoxylin blue and DAB brown on glass, enough of both for a version to find something to tell.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE_PX = 1228
"""A field of 0.3 mm a side at an objective of 40: 0.25 microns per pixel."""
_STEP_PX, _RADIUS_PX = 76, 18
_GLASS, _BLUE, _BROWN = (236, 232, 238), (96, 110, 168), (124, 78, 46)


def draw_example(side_px: int = SIDE_PX) -> NDArray[np.uint8]:
    """Return RGB (side, side, 3) uint8."""
    rgb = np.full((side_px, side_px, 3), _GLASS, np.uint8)
    centres = range(_STEP_PX // 2, side_px, _STEP_PX)
    for number, (y, x) in enumerate((y, x) for y in centres for x in centres):
        cv2.circle(rgb, (x, y), _RADIUS_PX, _BROWN if number % 3 == 0 else _BLUE, -1, cv2.LINE_AA)
    blurred = cv2.GaussianBlur(rgb, (0, 0), 2.0).astype(np.int16)
    grain = np.random.default_rng(0).integers(-6, 7, blurred.shape, np.int16)
    return np.asarray((blurred + grain).clip(0, 255), np.uint8)


def example_png() -> bytes:
    """Return the field as a PNG file."""
    _, encoded = cv2.imencode(".png", draw_example()[:, :, ::-1])
    return encoded.tobytes()
