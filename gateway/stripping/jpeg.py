"""A JPEG in, the same coded picture with nothing beside it out (ITU-T T.81, annex B).

Of the application segments stay JFIF (without thumbnail), Adobe's (without which colours change) and ICC
profiles; comments go, and so does all that follows the end marker, where phones put videos and more images.
"""

import re
from collections.abc import Iterator

from gateway.stripping.exif import EXIF_HEADER, UPRIGHT, minimal_exif
from handler.image import Field

_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_PICTURE = frozenset({*range(0xC0, 0xD0), _SCAN, 0xDB, 0xDC, 0xDD})
"""Frame, tables, scans, number of lines, restart interval."""

_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE
_JFIF, _ICC, _ADOBE = b"JFIF\0", b"ICC_PROFILE\0", b"Adobe"
_JFIF_BYTES, _ADOBE_BYTES = 14, 12
_UNIT_AT = 7
_NO_THUMBNAIL = b"\0\0"
_INCH, _CENTIMETRE = 1, 2


def strip_jpeg(data: bytes, field: Field) -> bytes:
    """Return the file without metadata; raises ValueError where its segments are damaged."""
    jfif: list[bytes] = []
    rest: list[bytes] = []
    for kind, body, coded in _segments(data):
        if kind == _APP0:
            jfif += _plain_jfif(body)
        elif kind in _PICTURE:
            rest += [_segment(kind, body), coded]
        else:
            rest += _plain_application_segment(kind, body)
    # Where JFIF states a resolution, that of EXIF data does not count.
    mpp = None if any(body[_UNIT_AT] in {_INCH, _CENTIMETRE} for body in jfif) else field.file_mpp
    head = [_segment(_APP0, body) for body in jfif]
    if mpp is not None or field.orientation != UPRIGHT:
        head.append(_segment(_APP1, EXIF_HEADER + minimal_exif(field.orientation, mpp)))
    return b"".join([bytes([0xFF, _START]), *head, *rest, bytes([0xFF, _END])])


def _segments(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield kind, body and, for a scan, coded data of each segment up to the end marker."""
    found = _MARKER.search(data, 2)
    while found and (kind := found[0][1]) != _END:
        start = found.end() + 2
        stop = found.end() + int.from_bytes(data[found.end() : start], "big")
        if not start <= stop <= len(data):
            raise ValueError("a JPEG segment that is longer than its file")
        found = _MARKER.search(data, stop)
        coded_stop = found.start() if found else len(data)
        yield kind, data[start:stop], data[stop:coded_stop] if kind == _SCAN else b""


def _segment(kind: int, body: bytes) -> bytes:
    return bytes([0xFF, kind]) + (len(body) + 2).to_bytes(2, "big") + body


def _plain_jfif(body: bytes) -> list[bytes]:
    if not body.startswith(_JFIF) or len(body) < _JFIF_BYTES:
        return []
    return [body[: _JFIF_BYTES - len(_NO_THUMBNAIL)] + _NO_THUMBNAIL]


def _plain_application_segment(kind: int, body: bytes) -> list[bytes]:
    if kind == _APP2 and body.startswith(_ICC):
        return [_segment(kind, body)]
    if kind == _APP14 and body.startswith(_ADOBE):
        return [_segment(kind, body[:_ADOBE_BYTES])]
    return []
