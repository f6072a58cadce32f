"""A probability map in, its pixels labelled by nucleus out: foreground, one peak a nucleus, grown outwards.

    foreground, smoothed interior map -> prominent peaks -> seeds -> growth in three steps -> one piece each

The network's interior map rises from each outline to its centre, so two nuclei that touch keep two peaks; a
watershed on plain distance would also cut single, ragged nuclei in pieces.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from handler.growth import MARGIN_PX, grow
from handler.probability import PROBABILITY_SCALE, ProbabilityMap
from handler.runs import Runs, astray, runs_of
from handler.spec import DecodingSpec

_RECONSTRUCTION_STEPS = 64
_GROWTH_LEVELS = (0.6, 0.3, 0.0)
"""Nuclei grow from their peaks down to these levels in turn: a watershed in three steps."""
_SQUARE = np.ones((3, 3), np.uint8)


def label_instances(
    probability: ProbabilityMap, decoding: DecodingSpec, level: float
) -> tuple[NDArray[np.int32], int]:
    """Label the pixels of each nucleus 1..count, background 0.

    Seeds are the peaks of the smoothed interior map that stand out by `prominence`; they grow down that
    map to its outlines. A connected region without a peak is one nucleus.
    """
    labels, runs = labelled_runs(probability, decoding, level)
    return labels, runs.count


def labelled_runs(
    probability: ProbabilityMap, decoding: DecodingSpec, level: float
) -> tuple[NDArray[np.int32], Runs]:
    """Label as `label_instances` does; the labels' runs come with them."""
    foreground = _foreground(probability, level)
    interior = _smooth_interior(probability, decoding, foreground)
    peaks = prominent_peaks(interior, round(decoding.prominence * PROBABILITY_SCALE))
    labels, count = _seeds(_framed(foreground), _framed(peaks.view(np.uint8)))
    grown = _grown(labels, _framed(foreground), _framed(interior))
    return _in_one_piece(grown, count)


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


def _framed(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
    sides = (MARGIN_PX,) * 4
    return np.asarray(cv2.copyMakeBorder(plane, *sides, cv2.BORDER_CONSTANT, value=0), np.uint8)


def _unframed(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    return np.ascontiguousarray(labels[MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX])


def prominent_peaks(height: NDArray[np.uint8], prominence: int) -> NDArray[np.bool_]:
    """Return the peaks of `height` that rise by `prominence` above every pass to a higher peak.

    Grey-level reconstruction by dilation (Vincent 1993), bounded: no nucleus is wider than its steps reach.
    """
    rebuilt = np.maximum(height, prominence) - np.uint8(prominence)
    grown = np.empty_like(rebuilt)
    for _ in range(_RECONSTRUCTION_STEPS):
        cv2.min(cv2.dilate(rebuilt, _SQUARE, dst=grown), height, dst=grown)
        if cv2.norm(grown, rebuilt, cv2.NORM_INF) == 0.0:
            break
        rebuilt, grown = grown, rebuilt
    return np.asarray(height - rebuilt >= max(prominence, 1))


def _seeds(foreground: NDArray[np.uint8], peaks: NDArray[np.uint8]) -> tuple[NDArray[np.int32], int]:
    """Label the peaks 1..count, and whole connected regions where a region holds no peak.

    Peaks connect over corners, as a flat top may be a diagonal; regions do not: nuclei are in one piece.
    """
    peak_count, seeds = cv2.connectedComponents(peaks, connectivity=8)
    region_count, regions = cv2.connectedComponents(foreground, connectivity=4)
    places = np.flatnonzero(peaks != 0)
    without_peak = np.ones(region_count, np.bool_)
    without_peak[regions.reshape(-1)[places]] = False
    without_peak[0] = False
    numbers = np.where(without_peak, peak_count - 1 + np.cumsum(without_peak), 0).astype(np.int32)
    labels = numbers.take(np.asarray(regions, np.int32))
    labels.reshape(-1)[places] = seeds.reshape(-1)[places]
    return labels, peak_count - 1 + int(without_peak.sum())


def _grown(
    labels: NDArray[np.int32], foreground: NDArray[np.uint8], interior: NDArray[np.uint8]
) -> NDArray[np.int32]:
    for level in _GROWTH_LEVELS:
        high = _at_least(interior, level)
        labels = grow(labels, np.asarray(cv2.bitwise_and(foreground, high), np.uint8))
    return labels


def _in_one_piece(labels: NDArray[np.int32], count: int) -> tuple[NDArray[np.int32], Runs]:
    """Leave of each label its largest connected piece; a sliver nearer to a foreign peak is nobody's."""
    whole = _unframed(labels)
    runs = runs_of(whole, count)
    slivers = astray(runs)
    if not slivers.any():
        return whole, runs
    runs.where(slivers).paint(whole, 0)
    return whole, runs.where(~slivers)
