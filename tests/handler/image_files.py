"""Small image files for the tests, written by other software than the code under test where that matters."""

import io
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

EXIF_ORIENTATION = 0x0112
_QUALITY: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"lossless": True},
}


def asymmetric_rgb(width: int = 48, height: int = 32) -> NDArray[np.uint8]:
    """Return four different quadrants: no flip, turn or swap of channels maps it to itself."""
    rgb = np.full((height, width, 3), 240, np.uint8)
    rgb[: height // 2, : width // 2] = (200, 30, 40)
    rgb[: height // 2, width // 2 :] = (30, 160, 50)
    rgb[height // 2 :, : width // 2] = (40, 60, 190)
    return rgb


def encode(pixels: NDArray[np.uint8 | np.uint16], file_format: str, **options: Any) -> bytes:
    """Write with Pillow, near lossless where the format allows."""
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, file_format, **_QUALITY.get(file_format, {}), **options)
    return target.getvalue()


def exif_orientation(orientation: int) -> Image.Exif:
    """Return EXIF data that holds nothing but an orientation."""
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    return exif


def png_chunk(name: bytes, body: bytes) -> bytes:
    """Return one PNG chunk with its length and checksum."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_header(width: int, height: int) -> bytes:
    """Return a PNG that ends after its header, whatever size that claims."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header)


def webp_header(width: int, height: int) -> bytes:
    """Return an extended WebP header that claims a canvas, without pixels."""
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunk = b"VP8X" + struct.pack("<I", 10) + b"\x10\0\0\0" + canvas
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def tiff_header(width: int, height: int) -> bytes:
    """Return an uncompressed grey TIFF whose directory claims a size, with a few bytes of pixels."""
    tags = {256: width, 257: height, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: height, 279: width * height}
    entries = [struct.pack("<HHII", tag, 4, 1, value % 2**32) for tag, value in tags.items()]
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(entries) + bytes(64)
