"""First bytes of a file in; its format, and where they tell it, its size in pixels out. Allocates nothing."""

import struct

_MAGIC = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"%PDF": "PDF",
    b"\0\0\0\x0cjP  ": "JPEG 2000",
}
_ISO_BRANDS = {b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIC", b"avif": "AVIF"}


def sniff_format(data: bytes) -> str | None:
    """Name the format by magic number, also of those not decoded here; None where it is no image."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    if data[4:8] == b"ftyp":
        return _ISO_BRANDS.get(data[8:12])
    return next((name for magic, name in _MAGIC.items() if data.startswith(magic)), None)


def declared_size(data: bytes, name: str) -> tuple[int, int] | None:
    """Return width and height that a PNG's or WebP's first chunk states; None for other formats.

    For these two Pillow reads on (PNG) or allocates (WebP) before it tells the size. Raises ValueError
    or struct.error where the first chunk is not one that states a size.
    """
    if name == "PNG":
        return _png_size(data)
    return _webp_size(data) if name == "WebP" else None


def _png_size(data: bytes) -> tuple[int, int]:
    chunk, width, height = struct.unpack_from(">4sII", data, 12)
    if chunk != b"IHDR":
        raise ValueError("A PNG starts with IHDR.")
    return width, height


def _webp_size(data: bytes) -> tuple[int, int]:
    (chunk,) = struct.unpack_from("<4s", data, 12)
    if chunk == b"VP8X":
        width_low, width_high, height_low, height_high = struct.unpack_from("<HBHB", data, 24)
        return width_low + (width_high << 16) + 1, height_low + (height_high << 16) + 1
    if chunk == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise ValueError("A WebP starts with VP8, VP8L or VP8X.")
