"""The default decoding: labelled nuclei, the certain ones kept, class by stain.

labels and their runs -> areas, means, centres of all nuclei at once -> which to keep, their class
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from handler.crowding import crowding
from handler.labelling import label_instances
from handler.nuclei import IMMUNONEGATIVE, IMMUNOPOSITIVE, DecodedField, Nuclei
from handler.outlines import outlines, to_field
from handler.probability import DENSITY_SCALE, PROBABILITY_SCALE, ProbabilityMap
from handler.runs import Runs, runs_of
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


def decode_instances(
    probability: ProbabilityMap, decoding: DecodingSpec, thresholds: Thresholds
) -> DecodedField:
    """Find, split, measure and classify the nuclei of one field."""
    labels, count = label_instances(probability, decoding, thresholds.probability)
    if count == 0:
        return DecodedField(Nuclei.none(), np.zeros(probability.shape, np.uint8))
    runs = runs_of(labels, count)
    evidence = _measure(probability, runs)
    keep = runs.areas_px >= least_area_px(
        labels, runs.count, probability.pixel_area_um2, decoding, thresholds
    )
    keep &= _is_certain(probability, decoding, thresholds, evidence)
    positive_share = classify(evidence, probability.dab_threshold, decoding, keep)
    return _assemble(probability, labels, evidence, keep, positive_share)


@dataclass(frozen=True)
class Evidence:
    """What the pixels of each nucleus (count,) say on average: class probabilities, DAB optical density."""

    runs: Runs
    negative: NDArray[np.float64]
    positive: NDArray[np.float64]
    dab: NDArray[np.float64]


def _measure(probability: ProbabilityMap, runs: Runs) -> Evidence:
    return Evidence(
        runs,
        runs.means(probability.immunonegative) / PROBABILITY_SCALE,
        runs.means(probability.immunopositive) / PROBABILITY_SCALE,
        runs.means(probability.dab_density) / DENSITY_SCALE,
    )


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
    probability: ProbabilityMap, decoding: DecodingSpec, thresholds: Thresholds, evidence: Evidence
) -> NDArray[np.bool_]:
    """Tell which nuclei (count,) are so probable on average as the version asks; pale smudges are not."""
    level = thresholds.probability
    least = level + decoding.certainty * (1.0 - level)
    mean = evidence.negative + evidence.positive
    of_others = _of_the_neighbours(probability, decoding, evidence.runs, mean)
    helped = np.where(evidence.positive > evidence.negative, np.maximum(of_others, 0.0), of_others)
    return np.asarray(mean >= np.minimum(least - helped, max(least, _SURE)))


def _of_the_neighbours(
    probability: ProbabilityMap, decoding: DecodingSpec, runs: Runs, mean: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return what its neighbours are worth to each nucleus (count,): above 0 in nests, below 0 outside.

    In probability. What lies alone in stroma is blue: the caller holds it against no brown nucleus.
    """
    if decoding.crowding_weight == 0.0:
        return np.zeros_like(mean)
    height, width = probability.shape
    um = probability.pixel_area_um2**0.5
    sureness = ((mean - _DOUBTFUL) / (1.0 - _DOUBTFUL)).clip(0.0, 1.0)
    sureness[runs.areas_px == 0] = 0.0
    dense = crowding(runs.centres_px * um, sureness, (width * um, height * um), decoding.crowding_radius_um)
    return decoding.crowding_weight * (np.minimum(dense, _MOST_CROWDED) - _USUALLY_CROWDED)


def classify(
    evidence: Evidence, field_threshold: float, decoding: DecodingSpec, keep: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return each nucleus' probability (count,) of being immunopositive.

    The network's own opinion and the DAB density relative to a threshold are mixed as log odds, the
    stain's with `stain_weight`. Only the nuclei to `keep` have a say in the threshold.
    """
    density = np.maximum(evidence.dab, _LEAST_DENSITY)
    least = 1.0 / PROBABILITY_SCALE
    network = np.log((evidence.positive + least) / (evidence.negative + least))
    threshold = dab_threshold_of(density[keep], network[keep], field_threshold, decoding)
    stain = np.log(density / threshold) / decoding.stain_softness
    network, stain = (odds.clip(-_MOST_LOG_ODDS, _MOST_LOG_ODDS) for odds in (network, stain))
    mixed = (1.0 - decoding.stain_weight) * network + decoding.stain_weight * stain
    return np.asarray(1.0 / (1.0 + np.exp(-mixed)))


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


def _assemble(
    probability: ProbabilityMap,
    labels: NDArray[np.int32],
    evidence: Evidence,
    keep: NDArray[np.bool_],
    positive_share: NDArray[np.float64],
) -> DecodedField:
    runs, kept = evidence.runs, np.flatnonzero(keep)
    is_positive = positive_share > 0.5
    classes = np.zeros(runs.count + 1, np.uint8)
    classes[1:] = np.where(keep, np.where(is_positive, IMMUNOPOSITIVE, IMMUNONEGATIVE), 0)
    nuclei = Nuclei(
        centroids_px=to_field(probability, runs.centres_px[kept]),
        areas_um2=(runs.areas_px[kept] * probability.pixel_area_um2).astype(np.float32),
        immunopositive=is_positive[kept],
        confidences=np.maximum(positive_share, 1 - positive_share)[kept].astype(np.float32),
        dab_densities=evidence.dab[kept].astype(np.float32),
        contours_px=outlines(probability, labels, runs, kept + 1),
    )
    return DecodedField(nuclei, classes.take(labels))
