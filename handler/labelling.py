"""A probability map in, its pixels labelled by nucleus out: one dome a nucleus, grown to its outline.

    foreground, smoothed interior map -> prominent domes -> seeds -> growth in steps of one pixel

The network's interior map rises from each outline to its centre, so two nuclei that touch keep two domes; a
watershed on plain distance would also cut single, ragged nuclei in pieces.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from handler.probability import PROBABILITY_SCALE, ProbabilityMap
from handler.spec import DecodingSpec

_RECONSTRUCTION_STEPS = 64
_GROWTH_STEPS = 24
"""No nucleus is wider than these reach, in pixels."""
_GROWTH_LEVELS = (0.5, 0.2, 0.0)
"""Nuclei grow from their domes down to these levels in turn: a watershed in three steps."""
_MOST_LABELS = np.iinfo(np.uint16).max
_NO_LABEL = np.zeros(1)
_SQUARE = np.ones((3, 3), np.uint8)
_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)


def label_instances(
    probability: ProbabilityMap, decoding: DecodingSpec, level: float
) -> tuple[NDArray[np.int32], int]:
    """Label the pixels of each nucleus 1..count, background 0; each label is in one piece.

    Seeds are the domes of the smoothed interior map that stand out by `prominence`; they grow down that map
    to its outlines, where the pixels are at least `level` (0..1) probable. What holds no dome is no nucleus;
    where a network has no interior map, each connected region is one.
    """
    foreground = _foreground(probability, level)
    if not probability.interior.any():
        regions, labels = cv2.connectedComponents(foreground, connectivity=4)
        return np.asarray(labels, np.int32), regions - 1
    interior = _smooth_interior(probability, decoding, foreground)
    seeds, count = prominent_domes(interior, round(decoding.prominence * PROBABILITY_SCALE))
    labels = seeds.astype(np.uint16 if count <= _MOST_LABELS else np.float32)
    for least in _GROWTH_LEVELS:
        _grow(labels, np.asarray(cv2.bitwise_and(foreground, _at_least(interior, least)), np.uint8))
    return labels.astype(np.int32), count


def _foreground(probability: ProbabilityMap, level: float) -> NDArray[np.uint8]:
    """Return 255 where a pixel belongs to a nucleus, else 0."""
    nucleus = cv2.add(probability.immunonegative, probability.immunopositive)
    return _at_least(np.asarray(nucleus, np.uint8), level)


def _at_least(plane: NDArray[np.uint8], level: float) -> NDArray[np.uint8]:
    """Return 255 where a plane of 0..255 reaches a level of 0..1, else 0."""
    least = int(np.ceil(level * PROBABILITY_SCALE))
    return (plane >= least).view(np.uint8) * np.uint8(255)


def _smooth_interior(
    probability: ProbabilityMap, decoding: DecodingSpec, foreground: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    sigma_px = max(decoding.smoothing_um / probability.pixel_area_um2**0.5, 0.1)
    smooth = cv2.GaussianBlur(probability.interior, (0, 0), sigma_px)
    return np.asarray(cv2.bitwise_and(smooth, foreground), np.uint8)


def prominent_domes(height: NDArray[np.uint8], prominence: int) -> tuple[NDArray[np.int32], int]:
    """Label 1..count the tops of `height` that rise by `prominence` above every pass to a higher top.

    A dome is all that rises above the field's reconstruction from `height` less `prominence` (Vincent 1993),
    so that two summits with hardly a saddle between them are one, whichever is the higher by a grey level.
    """
    least = max(prominence, 1)
    above = cv2.subtract(height, _rebuilt(height, least))
    count, domes = cv2.connectedComponents((above > 0).view(np.uint8), connectivity=8)
    tall = np.zeros(count, np.bool_)
    tall[domes.reshape(-1)[np.flatnonzero(np.asarray(above) >= least)]] = True
    if tall[1:].all():
        return np.asarray(domes, np.int32), count - 1
    numbers = np.where(tall, np.cumsum(tall), 0).astype(np.int32)
    return numbers.take(np.asarray(domes, np.int32)), int(tall.sum())


def _rebuilt(height: NDArray[np.uint8], prominence: int) -> NDArray[np.uint8]:
    """Return what dilations below `height` make of itself less `prominence`, after a bounded number."""
    rebuilt = np.maximum(height, prominence) - np.uint8(prominence)
    grown = np.empty_like(rebuilt)
    for _ in range(_RECONSTRUCTION_STEPS):
        cv2.min(cv2.dilate(rebuilt, _SQUARE, dst=grown), height, dst=grown)
        if cv2.norm(grown, rebuilt, cv2.NORM_INF) == 0.0:
            break
        rebuilt, grown = grown, rebuilt
    return rebuilt


def _grow(labels: cv2.typing.MatLike, within: NDArray[np.uint8]) -> None:
    """Let the labels take in the pixels of `within` (not 0) that they reach, in place.

    Squares and crosses in turn make octagons, nearly circles. Where two labels arrive at once the later wins.
    """
    todo, left = within, -1
    for step in range(_GROWTH_STEPS):
        todo = np.asarray(cv2.bitwise_and(todo, cv2.compare(labels, _NO_LABEL, cv2.CMP_EQ)), np.uint8)
        before, left = left, cv2.countNonZero(todo)
        if left in (0, before):
            break
        cv2.copyTo(cv2.dilate(labels, _CROSS if step % 2 else _SQUARE), todo, labels)
