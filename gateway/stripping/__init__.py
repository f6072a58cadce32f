"""An accepted image in, the same picture without its metadata out: what is stored, scored and kept.

    bytes, decoded field -> JPEG | PNG | WebP: without the parts that hold metadata, pixels untouched
                         -> anything else, and whatever fails a check: the decoded pixels as PNG

Orientation and scale stay, as they change what is scored; names, places, times, thumbnails, further pages
and whatever follows the picture do not. The result is decoded again and compared before it is taken.
"""

import math
from collections.abc import Callable

import cv2
import numpy as np

from gateway.stripping.jpeg import strip_jpeg
from gateway.stripping.png import encode_png, strip_png
from gateway.stripping.webp import strip_webp
from handler.errors import BusyError
from handler.image import Field, decode_image
from handler.image_header import sniff_format

_STRIPPERS: dict[str, Callable[[bytes, Field], bytes]] = {
    "JPEG": strip_jpeg,
    "PNG": strip_png,
    "WebP": strip_webp,
}


def strip_metadata(data: bytes, field: Field) -> bytes:
    """Return an image file of the same pixels and scale, upright by the same rules, without metadata.

    `field` is what `decode_image(data)` gives. Raises BusyError where memory is short just now.
    """
    try:
        return _taken_apart(data, field) or encode_png(field.rgb, field.file_mpp)
    except (MemoryError, cv2.error) as error:  # OpenCV has no other reason not to encode these pixels
        raise BusyError(
            "The service is short of memory just now; send the image again in a while."
        ) from error


def _taken_apart(data: bytes, field: Field) -> bytes | None:
    """Return the file without the parts that hold metadata; None where that cannot be done or proved."""
    stripper = _STRIPPERS.get(sniff_format(data) or "")
    if stripper is None:
        return None
    try:
        stripped = stripper(data, field)
        return stripped if stripped == data or _is_same(decode_image(stripped), field) else None
    except (BusyError, MemoryError):
        raise
    except Exception:  # a file odd enough for that is written anew
        return None


def _is_same(stripped: Field, field: Field) -> bool:
    return _is_same_scale(stripped.file_mpp, field.file_mpp) and np.array_equal(stripped.rgb, field.rgb)


def _is_same_scale(stripped: float | None, original: float | None) -> bool:
    if stripped is None or original is None:
        return stripped is original
    return math.isclose(stripped, original, rel_tol=1e-4)
