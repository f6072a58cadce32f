"""JPEG bytes in, its segments out, between start and end marker (ITU-T T.81, annex B). Decodes nothing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

START, END, SCAN = 0xD8, 0xD9, 0xDA

_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_LENGTH_BYTES = 2


@dataclass(frozen=True)
class Segment:
    """A marker's code, its body, and the coded pixels that follow a scan; `whole` where none is missing."""

    kind: int
    body: bytes
    coded: bytes
    whole: bool


def segments(data: bytes) -> Iterator[Segment]:
    """Yield the segments between start and end marker, as far as they go."""
    found = _MARKER.search(data, 2)
    while found and (kind := found[0][1]) != END:
        start = found.end() + _LENGTH_BYTES
        stop = found.end() + int.from_bytes(data[found.end() : start], "big")
        found = _MARKER.search(data, max(start, stop))
        coded = data[stop : found.start() if found else len(data)] if kind == SCAN else b""
        yield Segment(kind, data[start:stop], coded, start <= stop <= len(data))
