"""What a phone, a program or a hand may change of a photograph: RGB in, image file's bytes out.

    brightness    8-bit values times 0.85 or 1.15, clipped
    white balance gains of red and blue in linear light, as if the lamp's colour temperature were off by 300 K
    JPEG          quality 50, with the usual halved chroma
    scale         resized by 0.9 or 1.1 while the microns per pixel that are told stay as they were
    rotation      by 90 degrees

All but JPEG are written as PNG, so that nothing else changes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

REFERENCE_K = 6500.0
_PRIMARIES_UM = np.array([0.6114, 0.5491, 0.4642])
"""Dominant wavelengths of sRGB's red, green and blue primaries."""
_SECOND_RADIATION_UM_K = 14387.77
"""Planck's h c / k, in micron kelvins."""

RGB = NDArray[np.uint8]


@dataclass(frozen=True)
class Perturbation:
    """A name, and what makes an image file of a changed photograph (height, width, 3)."""

    name: str
    encode: Callable[[RGB], bytes]
    suffix: str = ".png"


def brightened(rgb: RGB, factor: float) -> RGB:
    """Multiply the 8-bit values."""
    return np.asarray(np.rint(rgb * np.float32(factor)).clip(0, 255), np.uint8)


def black_body_gains(shift_k: float) -> NDArray[np.float64]:
    """Return gains (3,) of red, green and blue in linear light, green 1.

    Spectral radiance of a black body (Planck) at 6500 K + `shift_k` over that at 6500 K, at the dominant
    wavelengths of the primaries. Positive shifts make the picture bluer.
    """
    radiance = [
        1 / np.expm1(_SECOND_RADIATION_UM_K / (_PRIMARIES_UM * kelvin))
        for kelvin in (REFERENCE_K + shift_k, REFERENCE_K)
    ]
    ratio = radiance[0] / radiance[1]
    return np.asarray(ratio / ratio[1], np.float64)


def white_balanced(rgb: RGB, shift_k: float) -> RGB:
    """Apply `black_body_gains` between sRGB's transfer function (IEC 61966-2-1) and its inverse."""
    encoded = np.arange(256) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    lit = np.minimum(linear[:, None] * black_body_gains(shift_k), 1.0)
    levels = np.where(lit <= 0.0031308, 12.92 * lit, 1.055 * lit ** (1 / 2.4) - 0.055)
    table = np.rint(255 * levels).astype(np.uint8)
    return np.stack([table[rgb[..., channel], channel] for channel in range(3)], axis=-1)


def resized(rgb: RGB, factor: float) -> RGB:
    """Resize both sides."""
    size = round(rgb.shape[1] * factor), round(rgb.shape[0] * factor)
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(rgb, size, interpolation=method), np.uint8)


def turned(rgb: RGB) -> RGB:
    """Turn by 90 degrees, counter-clockwise."""
    return np.ascontiguousarray(np.rot90(rgb))


def png(rgb: RGB) -> bytes:
    """Return the photograph as a PNG file."""
    return _encoded(".png", rgb, [])


def jpeg(rgb: RGB, quality: int) -> bytes:
    """Return the photograph as a JPEG file."""
    return _encoded(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, quality])


def _encoded(suffix: str, rgb: RGB, parameters: list[int]) -> bytes:
    _, data = cv2.imencode(suffix, cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), parameters)
    return data.tobytes()


PERTURBATIONS = (
    Perturbation("brightness -15 %", lambda rgb: png(brightened(rgb, 0.85))),
    Perturbation("brightness +15 %", lambda rgb: png(brightened(rgb, 1.15))),
    Perturbation("white balance -300 K", lambda rgb: png(white_balanced(rgb, -300.0))),
    Perturbation("white balance +300 K", lambda rgb: png(white_balanced(rgb, 300.0))),
    Perturbation("JPEG quality 50", lambda rgb: jpeg(rgb, 50), ".jpg"),
    Perturbation("scale -10 %", lambda rgb: png(resized(rgb, 0.9))),
    Perturbation("scale +10 %", lambda rgb: png(resized(rgb, 1.1))),
    Perturbation("rotation by 90 degrees", lambda rgb: png(turned(rgb))),
)
