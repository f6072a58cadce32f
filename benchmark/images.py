"""What is sent: phantoms as JPEG files at the sizes the figures speak of, and broken ones.

Drawn from seeds that no training uses, so that every run and machine sends the same bytes.
"""

import struct
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.phantoms import draw_phantom
from training.phantoms.files import UNSEEN_SEED

JPEG_QUALITY = 90
CROP_PX, CROP_MPP, CROPS = 256, 0.5, 16
FIELD_PX, FIELD_MPP, FIELDS = 1228, 0.25, 4
MIXED_PX = ((200, 320), (384, 384), (480, 640), (614, 614), (700, 560))
HUGE_PX, HUGE_PART_PX = (8000, 6000), 1000


@dataclass(frozen=True)
class ImageSet:
    """JPEG files of one size and scale; `working_px` is how many pixels each has for the network."""

    name: str
    mpp: float
    working_px: int
    files: tuple[bytes, ...]


def draw_crops() -> ImageSet:
    """Draw crops at the working resolution: one tile each."""
    files = tuple(jpeg(draw_phantom(UNSEEN_SEED + k, CROP_PX, CROP_PX, CROP_MPP).rgb) for k in range(CROPS))
    return ImageSet("crops", CROP_MPP, CROP_PX**2, files)


def draw_fields() -> ImageSet:
    """Draw fields at twice the working resolution."""
    seeds = range(UNSEEN_SEED, UNSEEN_SEED + FIELDS)
    files = tuple(jpeg(draw_phantom(seed, FIELD_PX, FIELD_PX, FIELD_MPP).rgb) for seed in seeds)
    return ImageSet("fields", FIELD_MPP, round(FIELD_PX * FIELD_MPP / CROP_MPP) ** 2, files)


def draw_mixed() -> ImageSet:
    """Draw images at the working resolution as they come from many people: crops, and larger ones."""
    larger = tuple(jpeg(draw_phantom(UNSEEN_SEED, *size, CROP_MPP).rgb) for size in MIXED_PX)
    return ImageSet("mixed sizes", CROP_MPP, 0, (*draw_crops().files, *larger))


def draw_huge() -> bytes:
    """Draw one image of 48 megapixels: a phantom beside itself, many times."""
    part = draw_phantom(UNSEEN_SEED, HUGE_PART_PX, HUGE_PART_PX, FIELD_MPP).rgb
    across, down = (side // HUGE_PART_PX for side in HUGE_PX)
    return jpeg(np.tile(part, (down, across, 1)))


def jpeg(rgb: NDArray[np.uint8]) -> bytes:
    """Encode (height, width, 3) RGB as a phone would."""
    _, data = cv2.imencode(
        ".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), (cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY)
    )
    return data.tobytes()


def decode(file: bytes) -> NDArray[np.uint8]:
    """Return (height, width, 3) RGB of one of these files."""
    bgr = cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)
    if bgr is None:
        raise ValueError("no image that OpenCV reads")
    return cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)


def broken_files(crop: bytes) -> dict[str, bytes]:
    """Return files that must be refused, by what is wrong with them."""
    return {
        "cut off in the middle": crop[: len(crop) // 2],
        "cut off after its header": crop[:700],
        "text": b"not an image " * 500,
        "noise behind a JPEG's first bytes": crop[:3] + np.random.default_rng(0).bytes(20_000),
        "declares 4.3 gigapixels": _with_size(crop, 65_500),
    }


def _with_size(crop: bytes, side_px: int) -> bytes:
    """Rewrite the size in a baseline JPEG's frame header."""
    at = crop.index(b"\xff\xc0")
    return crop[: at + 5] + struct.pack(">HH", side_px, side_px) + crop[at + 9 :]
