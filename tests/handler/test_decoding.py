"""Discs of known place, size and stain come back as nuclei of that place, size and class."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handler.decoding import decode
from handler.probability import ProbabilityMap
from handler.spec import DecodingSpec, Thresholds
from tests.handler.drawn import Disc, probability_map

INSTANCES = DecodingSpec()
PAPER = DecodingSpec(preset="mcconnell2021")
BOTH = pytest.mark.parametrize("decoding", [INSTANCES, PAPER], ids=["instances", "mcconnell2021"])
PAIR = [Disc(30, 40, 9, positive=True, dab=0.9), Disc(90, 50, 11)]


@BOTH
def test_two_discs_are_two_nuclei_of_their_class(decoding: DecodingSpec) -> None:
    nuclei = decode(probability_map(PAIR), decoding, Thresholds()).nuclei
    assert sorted(nuclei.immunopositive.tolist()) == [False, True]


@BOTH
def test_an_empty_map_has_no_nuclei(decoding: DecodingSpec) -> None:
    decoded = decode(probability_map([]), decoding, Thresholds())
    assert len(decoded.nuclei) == 0
    assert not decoded.class_map.any()


def test_centroids_are_pixels_of_the_field() -> None:
    nuclei = decode(probability_map([Disc(30, 40, 9)]), INSTANCES, Thresholds()).nuclei
    assert nuclei.centroids_px[0] == pytest.approx([60.5, 80.5], abs=0.1)
    contour = nuclei.contours_px[0]
    assert contour.min(axis=0).tolist() == [43.5, 63.5]
    assert contour.max(axis=0).tolist() == [77.5, 97.5]


def test_area_is_in_square_microns() -> None:
    nuclei = decode(probability_map([Disc(30, 40, 10)]), INSTANCES, Thresholds()).nuclei
    assert nuclei.areas_um2[0] == pytest.approx(np.pi * 5.0**2, rel=0.03)


def test_touching_nuclei_are_split() -> None:
    touching = [Disc(40, 40, 10), Disc(57, 40, 10), Disc(48, 54, 10)]
    assert len(decode(probability_map(touching), INSTANCES, Thresholds()).nuclei) == 3
    assert len(decode(probability_map(touching), PAPER, Thresholds()).nuclei) == 1


def test_nuclei_that_touch_at_a_corner_are_two() -> None:
    drawn = probability_map([])
    drawn.immunonegative[20:32, 20:32] = drawn.immunonegative[32:42, 32:42] = 255
    nuclei = decode(drawn, INSTANCES, Thresholds()).nuclei
    assert sorted(nuclei.areas_um2.tolist()) == [25.0, 36.0]


def test_specks_are_dropped_by_physical_size() -> None:
    discs = [Disc(30, 40, 2.0), Disc(90, 50, 9)]
    assert len(decode(probability_map(discs), INSTANCES, Thresholds(min_area_um2=8.0)).nuclei) == 1
    assert len(decode(probability_map(discs), INSTANCES, Thresholds(min_area_um2=1.0)).nuclei) == 2


def test_a_scrap_at_the_border_of_the_field_is_dropped_but_not_one_inside() -> None:
    scraps = probability_map([Disc(60, -4, 9), Disc(30, 40, 3.5), Disc(0, 60, 9), Disc(130, 50, 9)])
    everything = decode(scraps, INSTANCES, Thresholds()).nuclei
    whole = decode(scraps, replace(INSTANCES, border_min_area_um2=25.0), Thresholds()).nuclei
    assert len(everything) == 4
    assert sorted(whole.centroids_px[:, 0].round()) == pytest.approx([7, 60], abs=2)


def test_a_higher_probability_threshold_drops_doubtful_nuclei() -> None:
    sure = probability_map(PAIR)
    doubtful = replace(sure, immunonegative=(sure.immunonegative * 0.6).astype(np.uint8))
    assert len(decode(doubtful, INSTANCES, Thresholds(probability=0.5)).nuclei) == 2
    assert len(decode(doubtful, INSTANCES, Thresholds(probability=0.7)).nuclei) == 1


def test_a_version_may_ask_nuclei_to_be_more_probable_than_the_threshold_on_average() -> None:
    sure = probability_map(PAIR)
    smudge = replace(sure, immunonegative=(sure.immunonegative * 0.6).astype(np.uint8))
    strict = replace(INSTANCES, certainty=0.5)
    assert len(decode(smudge, strict, Thresholds(probability=0.5)).nuclei) == 1
    assert len(decode(smudge, strict, Thresholds(probability=0.1)).nuclei) == 2


def test_a_doubtful_nucleus_counts_in_a_nest_of_sure_ones_and_not_alone() -> None:
    """0.6 is asked, 0.55 is given; 23 sure neighbours on 128 x 96 px, 3072 um2, are more than usual."""
    nest = [Disc(x, y, 6) for x in range(10, 128, 18) for y in range(10, 96, 20)]
    strict = replace(INSTANCES, certainty=0.2, crowding_weight=0.1)
    for discs, expected in ((nest, len(nest)), (nest[:2], 1)):
        drawn = probability_map(discs)
        pale = drawn.immunonegative.copy()
        corner = (slice(0, 19), slice(0, 19))
        pale[corner] = (pale[corner] * 0.55).astype(np.uint8)
        assert len(decode(replace(drawn, immunonegative=pale), strict, Thresholds()).nuclei) == expected


def test_a_brown_nucleus_alone_and_a_sure_one_are_asked_for_nothing_more() -> None:
    strict = replace(INSTANCES, certainty=0.2, crowding_weight=0.3)
    alone = probability_map([Disc(30, 40, 9, positive=True, dab=0.9), Disc(90, 50, 11)])
    brown = replace(alone, immunopositive=(alone.immunopositive * 0.7).astype(np.uint8))
    blue = replace(alone, immunonegative=(alone.immunonegative * 0.7).astype(np.uint8))
    assert len(decode(alone, strict, Thresholds()).nuclei) == 2
    assert len(decode(brown, strict, Thresholds()).nuclei) == 2
    assert decode(blue, strict, Thresholds()).nuclei.immunopositive.tolist() == [True]


def test_dab_far_below_the_fields_threshold_overrules_a_network_in_doubt() -> None:
    sure = probability_map([Disc(30, 40, 9, positive=True, dab=0.02)])
    half = replace(
        sure,
        immunopositive=(sure.immunopositive * 0.55).astype(np.uint8),
        immunonegative=(sure.immunopositive * 0.45).astype(np.uint8),
    )
    assert not decode(half, INSTANCES, Thresholds()).nuclei.immunopositive.any()


def test_confidence_grows_with_distance_from_the_threshold() -> None:
    near, far = (
        decode(probability_map([Disc(30, 40, 9, positive=True, dab=dab)]), INSTANCES, Thresholds()).nuclei
        for dab in (0.33, 0.9)
    )
    assert 0.5 <= near.confidences[0] < far.confidences[0] <= 1.0


def test_the_class_map_shows_just_the_counted_nuclei() -> None:
    discs = [Disc(30, 40, 2.0), *PAIR[1:]]
    decoded = decode(probability_map(discs), INSTANCES, Thresholds(min_area_um2=8.0))
    assert decoded.class_map[40, 30] == 0
    assert decoded.class_map[50, 90] == 1


def test_an_unknown_preset_is_named() -> None:
    with pytest.raises(ValueError, match="watershed"):
        decode(probability_map(PAIR), replace(INSTANCES, preset="watershed"), Thresholds())  # type: ignore[arg-type]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.floats(0.05, 0.95), st.floats(1, 40))
def test_any_map_decodes_to_consistent_nuclei(seed: int, probability: float, min_area_um2: float) -> None:
    rng = np.random.default_rng(seed)
    a, b, c, d = (rng.integers(0, 128, (40, 56), np.uint8) for _ in range(4))
    noisy = ProbabilityMap(a, b, c, d, 0.3, 112, 80, 0.25)
    decoded = decode(noisy, INSTANCES, Thresholds(probability, min_area_um2))
    nuclei = decoded.nuclei
    assert len(nuclei) == len(nuclei.contours_px) == len(nuclei.confidences)
    assert (nuclei.areas_um2 >= min_area_um2 - 1e-3).all()
    assert nuclei.areas_um2.sum() == pytest.approx((decoded.class_map > 0).sum() * 0.25, rel=1e-4)


def test_a_stored_map_decodes_to_the_same_nuclei() -> None:
    original = probability_map(PAIR)
    restored = ProbabilityMap.from_message(original.to_message())
    first, second = (decode(m, INSTANCES, Thresholds()).nuclei for m in (original, restored))
    assert (first.centroids_px == second.centroids_px).all()
    assert (first.confidences == second.confidences).all()


def many(dab: float, positive: bool = False) -> list[Disc]:
    """Return a row of six nuclei of one class and density."""
    return [Disc(12 + 20 * i, 20 if positive else 60, 8, positive, dab) for i in range(6)]


def test_a_greyish_haematoxylin_does_not_turn_all_negatives_positive() -> None:
    nuclei = decode(probability_map(many(0.35)), INSTANCES, Thresholds()).nuclei
    assert len(nuclei) == 6
    assert not nuclei.immunopositive.any()


def test_a_laboratory_that_stains_weakly_keeps_its_positives() -> None:
    nuclei = decode(probability_map(many(0.25, positive=True) + many(0.01)), INSTANCES, Thresholds()).nuclei
    assert nuclei.immunopositive.sum() == 6


def test_every_nucleus_is_in_one_piece() -> None:
    rng = np.random.default_rng(4)
    a, b, c, d = (rng.integers(0, 128, (60, 80), np.uint8) for _ in range(4))
    decoded = decode(ProbabilityMap(a, b, c, d, 0.3, 160, 120, 0.25), INSTANCES, Thresholds(min_area_um2=1.0))
    assert len(decoded.nuclei) > 5
    for contour, centroid in zip(decoded.nuclei.contours_px, decoded.nuclei.centroids_px, strict=True):
        assert (contour.min(axis=0) <= centroid).all()
        assert (centroid <= contour.max(axis=0)).all()
