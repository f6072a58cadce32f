"""Optical densities to a photograph: Beer-Lambert, lens, illumination, sensor, tone curve, JPEG."""

import cv2
import numpy as np
from numpy.typing import NDArray

from training.phantoms.laboratory import Laboratory
from training.phantoms.texture import smooth_noise


def photograph(
    rng: np.random.Generator,
    laboratory: Laboratory,
    haematoxylin: NDArray[np.float32],
    dab: NDArray[np.float32],
    mpp: float,
) -> NDArray[np.uint8]:
    """Return the photograph (height, width, 3) uint8 RGB of two density planes (height, width)."""
    vectors = np.stack([laboratory.haematoxylin_vector, laboratory.dab_vector], 1)
    density = cv2.transform(cv2.merge([haematoxylin, dab]), np.ascontiguousarray(vectors))
    light = np.exp(np.float32(-np.log(10.0)) * density) * laboratory.white_rgb
    light = cv2.GaussianBlur(light, (0, 0), max(laboratory.blur_um / mpp, 0.2))
    light *= _illumination(rng, laboratory, light.shape[:2])[..., None]
    return _compressed(_developed(rng, laboratory, light), laboratory.jpeg_quality)


def _illumination(
    rng: np.random.Generator, laboratory: Laboratory, shape: tuple[int, int]
) -> NDArray[np.float32]:
    ys = np.linspace(-1, 1, shape[0], dtype=np.float32)[:, None] - np.float32(rng.uniform(-0.5, 0.5))
    xs = np.linspace(-1, 1, shape[1], dtype=np.float32)[None, :] - np.float32(rng.uniform(-0.5, 0.5))
    return np.asarray(1 - laboratory.vignetting / 2 * (xs * xs + ys * ys), np.float32)


def _developed(
    rng: np.random.Generator, laboratory: Laboratory, light: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Apply the camera's own processing to linear light (height, width, 3) in 0..255."""
    image = 255 * np.power(np.clip(light / 255, 0, 1), np.float32(laboratory.gamma))
    white = 255 * np.power(laboratory.white_rgb / 255, np.float32(laboratory.gamma))
    image = white + (image - white) * np.float32(laboratory.contrast)
    grey = image.mean(axis=2, keepdims=True)
    image = grey + (image - grey) * np.float32(laboratory.saturation)
    if laboratory.sharpening > 0:
        image += np.float32(laboratory.sharpening) * (image - cv2.GaussianBlur(image, (0, 0), 1.2))
    grain = smooth_noise(rng, light.shape[:2], rng.uniform(0.5, 3.0))
    noise = 0.6 * rng.standard_normal(light.shape, np.float32) + 0.6 * grain[..., None]
    return np.asarray(image + np.float32(laboratory.noise) * noise, np.float32)


def _compressed(image: NDArray[np.float32], quality: int) -> NDArray[np.uint8]:
    bgr = cv2.cvtColor(np.clip(image + 0.5, 0, 255).astype(np.uint8), cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB), np.uint8)
