"""A PNG in, the same without the chunks that hold metadata out; and pixels in, a PNG out (ISO/IEC 15948)."""

import struct
import zlib
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from gateway.stripping.exif import UPRIGHT, minimal_exif, writable_mpp
from handler.image import Field

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_OVERHEAD = 12
_HEADER, _END = b"IHDR", b"IEND"
_KEPT = frozenset(
    {_HEADER, b"PLTE", b"IDAT", _END, b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"pHYs", b"bKGD"}
)
_MICRONS_PER_METRE = 1e6
_PER_METRE = 1


def strip_png(data: bytes, field: Field) -> bytes:
    """Return the file without metadata; raises ValueError where its chunks are damaged."""
    kept = [chunk for name, chunk in _chunks(data) if name in _KEPT]
    if field.orientation != UPRIGHT:
        kept.insert(1, _chunk(b"eXIf", minimal_exif(field.orientation, None)))
    return _SIGNATURE + b"".join(kept)


def encode_png(rgb: NDArray[np.uint8], mpp: float | None = None) -> bytes:
    """Return pixels (height, width, 3) as PNG, with their scale in microns per pixel where it is given."""
    red, green, blue = cv2.split(rgb)
    is_grey = np.array_equal(red, green) and np.array_equal(red, blue)
    written, encoded = cv2.imencode(".png", red if is_grey else cv2.merge([blue, green, red]))
    if not written:
        raise MemoryError("OpenCV could not write a PNG")
    data = encoded.tobytes()
    if mpp is None:
        return data
    header_end = len(_SIGNATURE) + _OVERHEAD + struct.calcsize(">IIBBBBB")
    return data[:header_end] + _resolution(mpp) + data[header_end:]


def _resolution(mpp: float) -> bytes:
    per_metre = round(_MICRONS_PER_METRE / writable_mpp(mpp))
    return _chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, _PER_METRE))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and whole bytes of each chunk up to the last; what follows is no part of the picture."""
    at, name = len(_SIGNATURE), b""
    while name != _END and at < len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        stop = at + _OVERHEAD + length
        if stop > len(data):
            raise ValueError("a PNG chunk that is longer than its file")
        yield name, data[at:stop]
        at = stop


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
