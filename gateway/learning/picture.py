"""Draws what became of marks: the field and an outcome in, a PNG out that says by colour and by shape.

Right: green circle. Missed: yellow square. Invented: magenta cross. Mislabelled: cyan triangle. Every sign
has a dark rim, so that it stands out from brown, blue and white alike; small fields are enlarged. A legend
with the counts lies beneath the field and hides nothing of it.
"""

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

RIGHT_RGB, MISSED_RGB, INVENTED_RGB, MISLABELLED_RGB = (
    (0, 220, 90),
    (255, 221, 0),
    (255, 40, 220),
    (0, 229, 255),
)
RGB = {
    "right": RIGHT_RGB,
    "missed": MISSED_RGB,
    "invented": INVENTED_RGB,
    "mislabelled": MISLABELLED_RGB,
}

_Image = NDArray[np.uint8]
_READABLE_PX, _LARGEST_FACTOR = 800, 8
_FIELD_PX_PER_LINE_PX = 900
_SIGN_UM, _SMALLEST_SIGN_PX, _LARGEST_SIGN_PX = 2.5, 4.0, 40.0
_RIM = (0, 0, 0)
_BITS = 4
_FONT, _PAPER, _INK = cv2.FONT_HERSHEY_SIMPLEX, 255, (20, 20, 20)


def annotation_png(rgb: _Image, outcome: dict[str, Any], mpp: float) -> bytes:
    """Draw an outcome as kept with an annotation on its field (height, width, 3)."""
    factor = min(_LARGEST_FACTOR, max(1, math.ceil(_READABLE_PX / max(rgb.shape[:2]))))
    canvas = _enlarged(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), factor)
    line_px = max(1, round(min(canvas.shape[:2]) / _FIELD_PX_PER_LINE_PX))
    size_px = float(np.clip(_SIGN_UM / mpp * factor, _SMALLEST_SIGN_PX * line_px, _LARGEST_SIGN_PX * line_px))
    for name in RGB:
        for each in outcome[name]:
            place = ((each["x"] + 0.5) * factor - 0.5, (each["y"] + 0.5) * factor - 0.5)
            _draw_sign(canvas, name, place, size_px, line_px)
    return _png(_with_legend(canvas, {name: len(outcome[name]) for name in RGB}, line_px))


def _enlarged(canvas: cv2.typing.MatLike, factor: int) -> cv2.typing.MatLike:
    """Enlarge a small field, so that signs do not hide it."""
    if factor == 1:
        return canvas
    return cv2.resize(canvas, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)


def _draw_sign(
    canvas: cv2.typing.MatLike, name: str, place: tuple[float, float], size_px: float, line_px: int
) -> None:
    for colour, width in ((_RIM, line_px + 3), (RGB[name][::-1], line_px + 1)):
        if name == "right":
            centre = [round(each * (1 << _BITS)) for each in place]
            radius = round(size_px * 0.7 * (1 << _BITS))
            cv2.circle(canvas, centre, radius, colour, width, cv2.LINE_AA, _BITS)
        else:
            lines = [np.array(line) * size_px + place for line in _LINES[name]]
            fixed = [np.round(line * (1 << _BITS)).astype(np.int32) for line in lines]
            cv2.polylines(canvas, fixed, name != "invented", colour, width, cv2.LINE_AA, _BITS)


_LINES: dict[str, list[list[tuple[float, float]]]] = {
    "missed": [[(-1, -1), (1, -1), (1, 1), (-1, 1)]],
    "invented": [[(-1, -1), (1, 1)], [(-1, 1), (1, -1)]],
    "mislabelled": [[(0, -1.3), (1.2, 0.8), (-1.2, 0.8)]],
}
"""Strokes around the place, in units of the sign's size."""


def _with_legend(canvas: cv2.typing.MatLike, counts: dict[str, int], line_px: int) -> cv2.typing.MatLike:
    """Return the field on white paper with sign, name and count of each outcome beneath it."""
    row_px, scale = 28 * line_px, 0.6 * line_px
    words = {name: f"{name} {count}" for name, count in counts.items()}
    widths = {name: cv2.getTextSize(text, _FONT, scale, line_px)[0][0] for name, text in words.items()}
    column_px = 3 * row_px // 2 + max(widths.values())
    columns = max(1, min(len(words), canvas.shape[1] // column_px))
    rows = math.ceil(len(words) / columns)
    shape = (canvas.shape[0] + rows * row_px, max(canvas.shape[1], columns * column_px), 3)
    paper = np.full(shape, _PAPER, np.uint8)
    paper[: canvas.shape[0], : canvas.shape[1]] = canvas
    for number, (name, text) in enumerate(words.items()):
        left, top = number % columns * column_px, canvas.shape[0] + number // columns * row_px
        _draw_sign(paper, name, (left + row_px / 2, top + row_px / 2), row_px / 4, line_px)
        baseline = (left + row_px, top + round(row_px * 0.7))
        cv2.putText(paper, text, baseline, _FONT, scale, _INK, line_px, cv2.LINE_AA)
    return paper


def _png(pixels: cv2.typing.MatLike) -> bytes:
    written, data = cv2.imencode(".png", pixels, (cv2.IMWRITE_PNG_COMPRESSION, 1))
    if not written:
        raise ValueError("The picture could not be written as PNG.")
    return data.tobytes()
