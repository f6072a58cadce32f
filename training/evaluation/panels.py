"""Figure 3: image, truth, prediction and heat map of a field side by side.

Flow: photograph, `TruthMask`, `FieldAnalysis` -> the service's own renderings -> one picture (height,
width, 3).
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from handler.answer import FieldAnalysis
from handler.probability import ProbabilityMap
from handler.rendering import MASK_LEVELS, heatmap_png, mask_png
from handler.scoring import Score
from training.evaluation.truth import TruthMask

_CAPTION_PX = 30
_GAP_PX = 6
_PANEL_PX = 420
_IGNORED_RGB = (70, 70, 120)


def figure_3(
    rgb: NDArray[np.uint8], truth: TruthMask, true_index_percent: float | None, analysis: FieldAnalysis
) -> NDArray[np.uint8]:
    """Return the four panels in a row; masks are black, grey (immunonegative), white (immunopositive).

    Violet marks what the truth leaves open.
    """
    height, width = rgb.shape[:2]
    panels = (
        ("image", rgb),
        (f"truth ({truth.origin}), {_percent(true_index_percent)}", drawn_truth(truth)),
        (f"prediction, {index_text(analysis.score)}", rgb_of(mask_png(analysis.decoded, width, height))),
        ("heat map of immunopositive", heated(rgb, analysis.probability)),
    )
    size = (_PANEL_PX, round(_PANEL_PX * height / width))
    return side_by_side([captioned(text, _resized(picture, size)) for text, picture in panels])


def drawn_truth(truth: TruthMask) -> NDArray[np.uint8]:
    """Return a truth mask (height, width) as a picture (height, width, 3)."""
    grey = np.array(MASK_LEVELS, np.uint8)[truth.classes]
    return np.where(truth.ignored[..., None], np.array(_IGNORED_RGB, np.uint8), grey[..., None]).astype(
        np.uint8
    )


def heated(rgb: NDArray[np.uint8], probability: ProbabilityMap) -> NDArray[np.uint8]:
    """Return the heat map over the darkened photograph."""
    heat = _decoded(heatmap_png(probability), cv2.IMREAD_UNCHANGED)
    alpha = heat[..., 3:].astype(np.float32) / 255
    return np.asarray(0.4 * rgb * (1 - alpha) + heat[..., 2::-1] * alpha).astype(np.uint8)


def index_text(score: Score) -> str:
    """Return the index as words."""
    return _percent(score.index_percent)


def rgb_of(data: bytes) -> NDArray[np.uint8]:
    """Decode one of the service's renderings to (height, width, 3)."""
    return _decoded(data, cv2.IMREAD_COLOR_RGB)


def captioned(text: str, picture: NDArray[np.uint8], size: float = 0.6) -> NDArray[np.uint8]:
    """Return a picture with a line of text above it."""
    strip = np.full((_CAPTION_PX, picture.shape[1], 3), 255, np.uint8)
    cv2.putText(strip, text, (6, 21), cv2.FONT_HERSHEY_SIMPLEX, size, (40, 40, 40), 1, cv2.LINE_AA)
    return np.vstack([strip, picture])


def side_by_side(tiles: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Return pictures of one height in a row, with gaps."""
    gap = np.full((tiles[0].shape[0], _GAP_PX, 3), 255, np.uint8)
    row = [part for tile in tiles for part in (gap, tile)]
    return np.hstack(row[1:])


def _percent(index_percent: float | None) -> str:
    return "no nuclei" if index_percent is None else f"index {index_percent:.1f} %"


def _decoded(data: bytes, mode: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), mode), np.uint8)


def _resized(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    shrinks = size[0] < picture.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(picture, size, interpolation=method), np.uint8)
