"""JPEG bytes in, pixels out; files that are incomplete, or made to take hours, raise ValueError.

OpenCV needs half of Pillow's time for a phone photo, but says nothing of what a file lacks.
"""

from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

from handler.jpeg_segments import SCAN, segments

_MOST_SCANS = 64
"""Baseline files have one to three, progressive ones about 10."""

_END_MARKER = b"\xff\xd9"
_FILLER = bytes(range(1, 127))
_LIBJPEGS_GREY = 128


def decode_jpeg(data: bytes, *, progressive: bool) -> NDArray[np.uint8]:
    """Return the pixels (height, width, 3) RGB as stored; raises ValueError where the file is not whole."""
    rgb = _pixels(data)
    if (progressive or _ends_in_grey(rgb)) and _is_cut_short(data, rgb):
        raise ValueError("a JPEG that lacks pixels")
    return rgb


def _pixels(data: bytes) -> NDArray[np.uint8]:
    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    rgb = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if rgb is None:
        raise ValueError("no JPEG")
    return rgb.astype(np.uint8, copy=False)


def _ends_in_grey(rgb: NDArray[np.uint8]) -> bool:
    """Tell whether the last pixel is of the grey that libjpeg paints where a baseline file ends early."""
    return bool((rgb[-1, -1] == _LIBJPEGS_GREY).all())


def _is_cut_short(data: bytes, rgb: NDArray[np.uint8]) -> bool:
    """Tell whether data were missing before the end marker, which libjpeg makes up for and says nothing.

    Bytes put in before the marker change such a picture; those after a whole one are never looked at.
    """
    end = data.rfind(_END_MARKER)
    return not np.array_equal(rgb, _pixels(data[:end] + _FILLER + data[end:]))


def check_scans(data: bytes) -> None:
    """Raise ValueError where decoding may take minutes: a scan of few bytes costs a whole picture's time."""
    scans = (segment for segment in segments(data) if segment.kind == SCAN)
    if next(islice(scans, _MOST_SCANS, None), None) is not None:
        raise ValueError(f"a JPEG of more than {_MOST_SCANS} scans")
