"""A WebP in, the same without the chunks that hold metadata out (RFC 9649)."""

import struct
from collections.abc import Iterator

from gateway.stripping.exif import UPRIGHT, minimal_exif
from handler.image import Field

_HEAD_BYTES = 12
_EXTENDED = b"VP8X"
_KEPT = frozenset({_EXTENDED, b"ICCP", b"ALPH", b"VP8 ", b"VP8L"})
_ANIMATION = frozenset({b"ANIM", b"ANMF"})
_EXTENDED_BYTES = 10
_HAS_EXIF, _HAS_XMP = 0x08, 0x04


def strip_webp(data: bytes, field: Field) -> bytes:
    """Return the file without metadata; raises ValueError where it is damaged, or more than one picture."""
    parts = [(name, body) for name, body in _chunks(data) if name in _KEPT]
    turned = field.orientation != UPRIGHT
    parts = [(name, _flagged(body, turned) if name == _EXTENDED else body) for name, body in parts]
    if turned:
        if parts[0][0] != _EXTENDED:
            raise ValueError("a WebP that has no place for an orientation")
        parts.append((b"EXIF", minimal_exif(field.orientation, None)))
    whole = b"WEBP" + b"".join(_chunk(name, body) for name, body in parts)
    return b"RIFF" + struct.pack("<I", len(whole)) + whole


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and body of each chunk; what follows the stated size is no part of the picture."""
    at, stop = _HEAD_BYTES, 8 + int(struct.unpack_from("<I", data, 4)[0])
    while at < min(stop, len(data)):
        name, length = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + length]
        if len(body) < length or name in _ANIMATION:
            raise ValueError("a WebP that is cut short, or one of several pictures")
        yield name, body
        at += 8 + length + length % 2


def _flagged(body: bytes, has_exif: bool) -> bytes:
    """Return the extended header as it is for what is left."""
    flags = body[0] & ~(_HAS_EXIF | _HAS_XMP) | (_HAS_EXIF if has_exif else 0)
    return bytes([flags]) + bytes(3) + body[4:_EXTENDED_BYTES]


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)
