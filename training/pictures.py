"""Pictures of hits and misses: a field, its annotation and what was found, drawn over each other.

Marks: green circle right, orange square found but of the other class, red cross missed, magenta diamond
invented, grey dot on a lymphocyte. Positive and negative truths differ by a filled or an open centre.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from training.annotations import IMMUNOPOSITIVE_LABEL, Annotation
from training.matching import Detections, Match

RIGHT, OTHER_CLASS, MISSED, INVENTED, EXCUSED = (
    (40, 220, 40),
    (255, 150, 0),
    (230, 0, 0),
    (230, 0, 230),
    (150, 150, 150),
)


def hits_and_misses(
    rgb: NDArray[np.uint8], detections: Detections, annotation: Annotation, match: Match
) -> NDArray[np.uint8]:
    """Return a copy of `rgb` (height, width, 3) with every nucleus marked."""
    picture, counted = rgb.copy(), annotation.counted()
    for found, truth in zip(match.found, match.truth, strict=True):
        same = detections.labels[found] == counted.labels[truth]
        style = (RIGHT, cv2.MARKER_TRIANGLE_UP) if same else (OTHER_CLASS, cv2.MARKER_SQUARE)
        _mark(
            picture, detections.points_px[found], *style, filled=counted.labels[truth] == IMMUNOPOSITIVE_LABEL
        )
    for row in match.missed:
        positive = counted.labels[row] == IMMUNOPOSITIVE_LABEL
        _mark(picture, counted.points_px[row], MISSED, cv2.MARKER_TILTED_CROSS, filled=positive)
    for rows, colour in ((match.invented, INVENTED), (match.excused, EXCUSED)):
        for row in rows:
            positive = detections.labels[row] == IMMUNOPOSITIVE_LABEL
            _mark(picture, detections.points_px[row], colour, cv2.MARKER_DIAMOND, filled=positive)
    return _with_legend(picture)


def _mark(
    picture: NDArray[np.uint8],
    at: NDArray[np.float64],
    colour: tuple[int, int, int],
    marker: int,
    *,
    filled: bool,
) -> None:
    centre = (round(float(at[0])), round(float(at[1])))
    if marker == cv2.MARKER_TRIANGLE_UP:
        cv2.circle(picture, centre, 9, colour, 2, cv2.LINE_AA)
    else:
        cv2.drawMarker(picture, centre, colour, marker, 18, 2, cv2.LINE_AA)
    if filled:
        cv2.circle(picture, centre, 3, colour, -1, cv2.LINE_AA)


def _with_legend(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Add a strip below the picture that explains the marks."""
    strip = np.full((28, picture.shape[1], 3), 255, np.uint8)
    entries = (
        ("right", RIGHT),
        ("other class", OTHER_CLASS),
        ("missed", MISSED),
        ("invented", INVENTED),
        ("lymphocyte", EXCUSED),
    )
    for i, (text, colour) in enumerate(entries):
        at = (8 + i * picture.shape[1] // len(entries), 18)
        cv2.putText(strip, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.42, colour, 1, cv2.LINE_AA)
    dot = "  (dot: immunopositive)"
    cv2.putText(strip, dot, (8, 27), cv2.FONT_HERSHEY_SIMPLEX, 0.28, (90, 90, 90), 1, cv2.LINE_AA)
    return np.vstack([picture, strip])
