"""A JPEG in, the same coded picture with nothing beside it out (ITU-T T.81, annex B).

Of the application segments stay JFIF (without thumbnail), Adobe's (without which colours change) and ICC
profiles; comments go, and so does all that follows the end marker, where phones put videos and more images.
"""

from gateway.stripping.exif import EXIF_HEADER, UPRIGHT, minimal_exif
from handler.image import Field
from handler.jpeg_segments import END, SCAN, START, segments

_PICTURE = frozenset({*range(0xC0, 0xD0), SCAN, 0xDB, 0xDC, 0xDD})
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
    for found in segments(data):
        if not found.whole:
            raise ValueError("a JPEG segment that is longer than its file")
        if found.kind == _APP0:
            jfif += _plain_jfif(found.body)
        elif found.kind in _PICTURE:
            rest += [_segment(found.kind, found.body), found.coded]
        else:
            rest += _plain_application_segment(found.kind, found.body)
    # Where JFIF states a resolution, that of EXIF data does not count.
    mpp = None if any(body[_UNIT_AT] in {_INCH, _CENTIMETRE} for body in jfif) else field.file_mpp
    head = [_segment(_APP0, body) for body in jfif]
    if mpp is not None or field.orientation != UPRIGHT:
        head.append(_segment(_APP1, EXIF_HEADER + minimal_exif(field.orientation, mpp)))
    return b"".join([bytes([0xFF, START]), *head, *rest, bytes([0xFF, END])])


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
