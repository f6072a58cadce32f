"""The default decoding: foreground, one peak a nucleus, grown to its neighbours, class by stain.

The network's interior map rises from each outline to its centre, so two nuclei that touch keep two peaks; a
watershed on plain distance would also cut single, ragged nuclei in pieces.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from handler.crowding import crowding
from handler.nuclei import IMMUNONEGATIVE, IMMUNOPOSITIVE, DecodedField, Nuclei
from handler.outlines import outlines
from handler.probability import DENSITY_SCALE, PROBABILITY_SCALE, ProbabilityMap
from handler.spec import DecodingSpec, Thresholds

_MOST_LOG_ODDS = 4.0
_SURE_LOG_ODDS = 1.0
_LEAST_NUCLEI = 3
_DOUBTFUL = 0.6
"""A mean probability up to which a nucleus says nothing of its neighbours."""
_SURE = 0.9
"""A nucleus of this mean probability is one wherever it lies."""
_USUALLY_CROWDED, _MOST_CROWDED = 3.0, 5.0
"""Sure nuclei per 1000 um2 where a nucleus is taken at its word, and beyond which more add nothing."""
_LEAST_DENSITY = 0.01
_RECONSTRUCTION_STEPS = 64
_GROWTH_LEVELS = (0.6, 0.3, 0.0)
"""Nuclei grow from their peaks down to these levels in turn: a watershed in three steps."""


def decode_instances(
    probability: ProbabilityMap, decoding: DecodingSpec, thresholds: Thresholds
) -> DecodedField:
    """Find, split, measure and classify the nuclei of one field."""
    labels, count = label_instances(probability, decoding, thresholds.probability)
    if count == 0:
        return DecodedField(Nuclei.none(), np.zeros(probability.shape, np.uint8))
    areas_px = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    keep = areas_px >= least_area_px(labels, count, probability.pixel_area_um2, decoding, thresholds)
    keep &= _is_certain(probability, decoding, thresholds, labels, areas_px)
    positive_share, dab = classify(probability, decoding, labels, areas_px, keep)
    return _assemble(probability, labels, keep, areas_px, positive_share, dab)


def label_instances(
    probability: ProbabilityMap, decoding: DecodingSpec, level: float
) -> tuple[NDArray[np.int32], int]:
    """Label the pixels of each nucleus 1..count, background 0.

    Seeds are the peaks of the smoothed interior map that stand out by `prominence`; they grow down that
    map to its outlines. A connected region without a peak is one nucleus.
    """
    foreground = _foreground(probability, level)
    sigma_px = max(decoding.smoothing_um / probability.pixel_area_um2**0.5, 0.1)
    interior = np.asarray(cv2.GaussianBlur(probability.interior, (0, 0), sigma_px), np.uint8)
    interior = np.where(foreground > 0, interior, 0).astype(np.uint8)
    peaks = prominent_peaks(interior, round(decoding.prominence * PROBABILITY_SCALE))
    labels, count = _seeds(foreground, peaks)
    for level_reached in _GROWTH_LEVELS:
        within = (foreground > 0) & ((interior >= level_reached * PROBABILITY_SCALE) | (labels > 0))
        labels = _grown(labels, within)
    return _in_one_piece(labels, count + 1), count


def _foreground(probability: ProbabilityMap, level: float) -> NDArray[np.uint8]:
    nucleus = cv2.add(probability.immunonegative, probability.immunopositive)
    return (nucleus >= level * PROBABILITY_SCALE).astype(np.uint8)


def prominent_peaks(height: NDArray[np.uint8], prominence: int) -> NDArray[np.bool_]:
    """Return the peaks of `height` that rise by `prominence` above every pass to a higher peak.

    Grey-level reconstruction by dilation (Vincent 1993), bounded: no nucleus is wider than its steps reach.
    """
    kernel = np.ones((3, 3), np.uint8)
    rebuilt = np.where(height > prominence, height - np.uint8(prominence), 0).astype(np.uint8)
    for _ in range(_RECONSTRUCTION_STEPS):
        grown = np.minimum(cv2.dilate(rebuilt, kernel), height)
        if np.array_equal(grown, rebuilt):
            break
        rebuilt = grown
    return np.asarray(height - rebuilt >= max(prominence, 1))


def _seeds(foreground: NDArray[np.uint8], peaks: NDArray[np.bool_]) -> tuple[NDArray[np.int32], int]:
    """Label the peaks 1..count, and whole connected regions where a region holds no peak.

    Peaks connect over corners, as a flat top may be a diagonal; regions do not: nuclei are in one piece.
    """
    peak_count, seeds = cv2.connectedComponents(peaks.astype(np.uint8), connectivity=8)
    region_count, regions = cv2.connectedComponents(foreground, connectivity=4)
    without_peak = np.ones(region_count, bool)
    without_peak[regions[peaks]] = False
    without_peak[0] = False
    numbers = peak_count - 1 + np.cumsum(without_peak)
    labels = np.where(without_peak[regions], numbers[regions], seeds)
    return labels.astype(np.int32), peak_count - 1 + int(without_peak.sum())


def _grown(labels: NDArray[np.int32], within: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Give every pixel of `within` the label of the labelled pixel nearest to it."""
    seeds = labels > 0
    _, nearest = cv2.distanceTransformWithLabels(
        (~seeds).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    owner = np.zeros(int(nearest.max()) + 1, np.int32)
    owner[nearest[seeds]] = labels[seeds]
    return np.where(within, owner[nearest], 0)


def _in_one_piece(labels: NDArray[np.int32], count: int) -> NDArray[np.int32]:
    """Leave of each label its largest connected piece; a sliver nearer to a foreign peak is nobody's.

    Pieces are components of a lattice with a node a pixel and a link between neighbours of one label.
    """
    height, width = labels.shape
    lattice = np.zeros((2 * height - 1, 2 * width - 1), np.uint8)
    lattice[::2, ::2] = labels > 0
    lattice[::2, 1::2] = (labels[:, 1:] == labels[:, :-1]) & (labels[:, 1:] > 0)
    lattice[1::2, ::2] = (labels[1:] == labels[:-1]) & (labels[1:] > 0)
    pieces = cv2.connectedComponents(lattice, connectivity=4)[1][::2, ::2]
    sizes = np.bincount(pieces.ravel())
    owners = np.zeros(len(sizes), np.int64)
    owners[pieces.ravel()] = labels.ravel()
    by_size = np.argsort(sizes, kind="stable")
    largest = np.zeros(count, np.int64)
    largest[owners[by_size]] = by_size
    return np.where(largest[labels] == pieces, labels, 0).astype(np.int32)


def least_area_px(
    labels: NDArray[np.int32],
    count: int,
    pixel_area_um2: float,
    decoding: DecodingSpec,
    thresholds: Thresholds,
) -> NDArray[np.float64]:
    """Return the area (count,) below which each label is a speck, or a scrap that the field's border cut off.

    Observers leave out a nucleus of which the border shows but a part.
    """
    least = np.full(count + 1, thresholds.min_area_um2)
    for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        least[edge] = max(thresholds.min_area_um2, decoding.border_min_area_um2)
    return np.asarray(least[1:] / pixel_area_um2)


def _is_certain(
    probability: ProbabilityMap,
    decoding: DecodingSpec,
    thresholds: Thresholds,
    labels: NDArray[np.int32],
    areas_px: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Tell which nuclei (count,) are so probable on average as the version asks; pale smudges are not."""
    level = thresholds.probability
    least = level + decoding.certainty * (1.0 - level)
    negative, positive = (
        _means(plane, labels, areas_px) / PROBABILITY_SCALE
        for plane in (probability.immunonegative, probability.immunopositive)
    )
    mean = negative + positive
    of_others = _of_the_neighbours(probability, decoding, labels, areas_px, mean)
    helped = np.where(positive > negative, np.maximum(of_others, 0.0), of_others)
    return np.asarray(mean >= np.minimum(least - helped, max(least, _SURE)))


def _of_the_neighbours(
    probability: ProbabilityMap,
    decoding: DecodingSpec,
    labels: NDArray[np.int32],
    areas_px: NDArray[np.int64],
    mean: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return what its neighbours are worth to each nucleus (count,): above 0 in nests, below 0 outside.

    In probability. What lies alone in stroma is blue: the caller holds it against no brown nucleus.
    """
    if decoding.crowding_weight == 0.0:
        return np.zeros_like(mean)
    x_px, y_px = _centres_px(labels, areas_px)
    height, width = probability.shape
    um = probability.pixel_area_um2**0.5
    sureness = ((mean - _DOUBTFUL) / (1.0 - _DOUBTFUL)).clip(0.0, 1.0)
    sureness[areas_px == 0] = 0.0
    centres_um = np.stack([x_px, y_px], 1) * um
    dense = crowding(centres_um, sureness, (width * um, height * um), decoding.crowding_radius_um)
    return decoding.crowding_weight * (np.minimum(dense, _MOST_CROWDED) - _USUALLY_CROWDED)


def _centres_px(
    labels: NDArray[np.int32], areas_px: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return x and y of each label's centroid (count,) in map pixels; 0 where a label has no pixel."""
    rows, columns = np.nonzero(labels)
    of, size = labels[rows, columns], np.maximum(areas_px, 1)
    x, y = (np.bincount(of, weights, len(areas_px) + 1)[1:] / size for weights in (columns, rows))
    return np.asarray(x), np.asarray(y)


def classify(
    probability: ProbabilityMap,
    decoding: DecodingSpec,
    labels: NDArray[np.int32],
    areas_px: NDArray[np.int64],
    keep: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each nucleus' probability of being immunopositive, and its mean DAB optical density.

    The network's own opinion and the DAB density relative to a threshold are mixed as log odds, the
    stain's with `stain_weight`. Only the nuclei to `keep` have a say in the threshold.
    """
    negative, positive, dab = (
        _means(plane, labels, areas_px)
        for plane in (probability.immunonegative, probability.immunopositive, probability.dab_density)
    )
    density = np.maximum(dab / DENSITY_SCALE, _LEAST_DENSITY)
    network = np.log((positive + 1.0) / (negative + 1.0))
    threshold = dab_threshold_of(density[keep], network[keep], probability.dab_threshold, decoding)
    stain = np.log(density / threshold) / decoding.stain_softness
    network, stain = (odds.clip(-_MOST_LOG_ODDS, _MOST_LOG_ODDS) for odds in (network, stain))
    mixed = (1.0 - decoding.stain_weight) * network + decoding.stain_weight * stain
    return 1.0 / (1.0 + np.exp(-mixed)), dab / DENSITY_SCALE


def dab_threshold_of(
    density: NDArray[np.float64], network: NDArray[np.float64], field_threshold: float, decoding: DecodingSpec
) -> float:
    """Return the DAB density that divides these nuclei: the field's, corrected where it cannot be right.

    Nuclei that the network surely calls negative must lie well below it (a greyish haematoxylin reads as
    DAB), sure positives well above (a laboratory may stain weakly).
    """
    threshold = field_threshold
    negatives, positives = density[network < -_SURE_LOG_ODDS], density[network > _SURE_LOG_ODDS]
    if len(negatives) >= _LEAST_NUCLEI:
        threshold = max(threshold, decoding.negative_margin * float(np.median(negatives)))
    if len(positives) >= _LEAST_NUCLEI:
        threshold = min(threshold, decoding.positive_margin * float(np.median(positives)))
    return threshold


def _means(
    plane: NDArray[np.uint8], labels: NDArray[np.int32], areas_px: NDArray[np.int64]
) -> NDArray[np.float64]:
    sums = np.bincount(labels.ravel(), weights=plane.ravel(), minlength=len(areas_px) + 1)[1:]
    return np.asarray(sums / np.maximum(areas_px, 1))


def _assemble(
    probability: ProbabilityMap,
    labels: NDArray[np.int32],
    keep: NDArray[np.bool_],
    areas_px: NDArray[np.int64],
    positive_share: NDArray[np.float64],
    dab: NDArray[np.float64],
) -> DecodedField:
    is_positive = positive_share > 0.5
    classes = np.zeros(len(keep) + 1, np.uint8)
    classes[1:] = np.where(keep, np.where(is_positive, IMMUNOPOSITIVE, IMMUNONEGATIVE), 0)
    kept = np.flatnonzero(keep)
    centroids, contours = outlines(probability, labels, kept + 1)
    nuclei = Nuclei(
        centroids_px=centroids,
        areas_um2=(areas_px[kept] * probability.pixel_area_um2).astype(np.float32),
        immunopositive=is_positive[kept],
        confidences=np.maximum(positive_share, 1 - positive_share)[kept].astype(np.float32),
        dab_densities=dab[kept].astype(np.float32),
        contours_px=contours,
    )
    return DecodedField(nuclei, classes[labels])
