"""Random textures on the pixel grid: smooth noise of a stated grain, isotropic or in fibres."""

import cv2
import numpy as np
from numpy.typing import NDArray


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], grain_px: float) -> NDArray[np.float32]:
    """Return noise (height, width) of zero mean, unit deviation, features about `grain_px` wide."""
    step = max(grain_px / 2.0, 1.0)
    coarse = (int(shape[0] / step) + 4, int(shape[1] / step) + 4)
    noise = cv2.GaussianBlur(rng.standard_normal(coarse, np.float32), (0, 0), 1.0)
    noise = cv2.resize(noise, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return _standardised(noise)


def fibrous_noise(
    rng: np.random.Generator, shape: tuple[int, int], length_px: float, width_px: float
) -> NDArray[np.float32]:
    """Return noise drawn out along one gently bent direction, like collagen; zero mean, unit deviation."""
    side = int(np.hypot(*shape)) + 8
    rows, columns = max(int(side / max(width_px / 2, 0.7)), 4), max(int(side / (length_px / 2)), 4)
    stripes = cv2.GaussianBlur(rng.standard_normal((rows, columns), np.float32), (0, 0), 0.9)
    stripes = cv2.resize(stripes, (side, side), interpolation=cv2.INTER_CUBIC)
    angle = rng.uniform(0, np.pi)
    ys, xs = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    bend = smooth_noise(rng, shape, side / 2) * (0.06 * side)
    along = xs * np.float32(np.cos(angle)) + ys * np.float32(np.sin(angle))
    across = ys * np.float32(np.cos(angle)) - xs * np.float32(np.sin(angle)) + bend
    warped = cv2.remap(stripes, along, across, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return _standardised(warped)


def _standardised(noise: NDArray[np.generic]) -> NDArray[np.float32]:
    values = np.asarray(noise, np.float32)
    return np.asarray((values - values.mean()) / max(float(values.std()), 1e-6), np.float32)
