"""A field's analysis depends on that field alone, and what is wrong with one is said of that one."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from handler.answer import FieldAnalysis, ModelIdentity
from handler.engines.choice import choose_engine
from handler.engines.interface import Engine, EngineSettings
from handler.errors import (
    BusyError,
    EmptyImageError,
    ImageTooLargeError,
    ImageTooSmallError,
    ProblemError,
    UnsupportedImageError,
)
from handler.options import AnalysisOptions
from handler.pipeline import Analyser
from handler.spec import ModelSpec, Thresholds
from model_store import DEFAULT_VERSION
from tests.handler.image_files import encode
from training.phantoms import draw_phantom

VERSION = Path(__file__).parents[2] / "model_store" / "ki67" / DEFAULT_VERSION
SHIPPED = ModelSpec.from_file(VERSION / "spec.json")
SPEC = replace(SHIPPED, sampling=replace(SHIPPED.sampling, tile_px=96, overlap_px=16))
MODEL = ModelIdentity("ki67", "1.0", "0" * 64)
OPTIONS = AnalysisOptions(mpp=0.5)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return choose_engine(SPEC, VERSION / "weights.safetensors", EngineSettings())


@pytest.fixture(scope="module")
def analyser(engine: Engine) -> Analyser:
    return Analyser(SPEC, engine, MODEL)


@pytest.fixture(scope="module")
def images() -> list[bytes]:
    sizes = [(150, 130), (96, 96), (64, 200)]
    return [encode(draw_phantom(seed, *size).rgb, "PNG") for seed, size in enumerate(sizes)]


def analysis(result: FieldAnalysis | ProblemError) -> FieldAnalysis:
    assert isinstance(result, FieldAnalysis), result
    return result


def planes(analysis: FieldAnalysis) -> list[NDArray[np.uint8]]:
    seen = analysis.probability
    return [
        seen.immunonegative,
        seen.immunopositive,
        seen.interior,
        seen.dab_density,
        analysis.decoded.class_map,
    ]


def assert_identical(one: FieldAnalysis, other: FieldAnalysis) -> None:
    assert all(np.array_equal(a, b) for a, b in zip(planes(one), planes(other), strict=True))
    assert one.score == other.score


def test_alone_and_in_any_company_a_field_gets_the_same_bits(
    analyser: Analyser, images: Sequence[bytes]
) -> None:
    alone = [analysis(analyser.analyse([(image, OPTIONS)])[0]) for image in images]
    together = analyser.analyse([(image, OPTIONS) for image in reversed(images)])
    for one, other in zip(alone, reversed(together), strict=True):
        assert_identical(one, analysis(other))


def test_a_broken_image_fails_alone_and_the_others_keep_their_order(
    analyser: Analyser, images: Sequence[bytes]
) -> None:
    items = [(images[1], OPTIONS), (b"", OPTIONS), (b"not an image at all", OPTIONS), (images[2], OPTIONS)]
    first, empty, text, last = analyser.analyse(items)
    assert isinstance(empty, EmptyImageError)
    assert isinstance(text, UnsupportedImageError)
    assert (analysis(first).image.width_px, analysis(last).image.width_px) == (96, 64)


def test_no_items_give_no_results(analyser: Analyser) -> None:
    assert analyser.analyse([]) == []


def test_the_answer_names_scale_thresholds_model_and_engine(
    analyser: Analyser, engine: Engine, images: Sequence[bytes]
) -> None:
    thresholds = Thresholds(0.4, 5.0, (5.0, 30.0))
    result = analysis(
        analyser.analyse([(images[1], AnalysisOptions(objective=20, thresholds=thresholds))])[0]
    )
    assert (result.scale.mpp, result.scale.source) == (0.5, "request")
    assert result.thresholds == thresholds
    assert result.model == MODEL
    assert (result.engine.name, result.engine.precision, result.engine.device) == (
        engine.name,
        engine.precision,
        "cpu",
    )


def test_without_thresholds_the_versions_own_hold(analyser: Analyser, images: Sequence[bytes]) -> None:
    result = analysis(analyser.analyse([(images[1], OPTIONS)])[0])
    assert result.thresholds == SPEC.thresholds != Thresholds()


def test_without_a_scale_the_default_is_assumed_and_the_user_told(
    analyser: Analyser, images: Sequence[bytes]
) -> None:
    result = analysis(analyser.analyse([(images[0], AnalysisOptions())])[0])
    assert (result.scale.mpp, result.scale.source) == (SPEC.sampling.default_mpp, "assumed")
    assert result.probability.shape == (65, 75)
    assert "assumed_scale" in {warning.code for warning in result.warnings}


@pytest.mark.parametrize(("mpp", "shape"), [(0.25, (48, 48)), (1.0, (192, 192))])
def test_a_field_is_brought_to_the_working_resolution(
    analyser: Analyser, images: Sequence[bytes], mpp: float, shape: tuple[int, int]
) -> None:
    result = analysis(analyser.analyse([(images[1], AnalysisOptions(mpp=mpp))])[0])
    assert result.probability.shape == shape
    assert (result.probability.field_width_px, result.probability.field_mpp) == (96, mpp)


def test_a_field_of_a_few_microns_is_refused(analyser: Analyser) -> None:
    (result,) = analyser.analyse([(encode(np.zeros((40, 40, 3), np.uint8), "PNG"), AnalysisOptions(mpp=0.1))])
    assert isinstance(result, ImageTooSmallError)
    assert "4 x 4 µm" in result.detail


def test_a_scale_that_makes_a_field_gigantic_is_refused(analyser: Analyser) -> None:
    wide = encode(np.zeros((1200, 1200, 3), np.uint8), "PNG")
    (result,) = analyser.analyse([(wide, AnalysisOptions(mpp=5.0))])
    assert isinstance(result, ImageTooLargeError)
    assert "6000 x 6000 µm" in result.detail


def test_beyond_the_pixels_of_one_call_fields_are_asked_to_come_again(
    engine: Engine, images: Sequence[bytes]
) -> None:
    small = Analyser(SPEC, engine, MODEL, most_px=47_000)
    results = small.analyse([(images[0], OPTIONS), (images[2], OPTIONS), (images[1], OPTIONS)])
    assert [type(result) for result in results] == [FieldAnalysis, BusyError, FieldAnalysis]


def test_the_first_field_is_never_sent_away(engine: Engine, images: Sequence[bytes]) -> None:
    (result,) = Analyser(SPEC, engine, MODEL, most_px=1).analyse([(images[0], OPTIONS)])
    assert isinstance(result, FieldAnalysis)


def test_a_whole_field_becomes_one_square_as_in_the_paper(engine: Engine, images: Sequence[bytes]) -> None:
    sampling = replace(SPEC.sampling, whole_field_px=128)
    result = analysis(
        Analyser(replace(SPEC, sampling=sampling), engine, MODEL).analyse([(images[0], OPTIONS)])[0]
    )
    assert result.probability.shape == (128, 128)
    assert result.probability.field_px_per_map_px == (150 / 128, 130 / 128)


def test_an_unforeseen_failure_stays_with_its_field_and_nothing_of_it_is_logged(
    engine: Engine, images: Sequence[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    broken = replace(OPTIONS, thresholds=replace(SPEC.thresholds, probability="confidential"))  # type: ignore[arg-type]
    failed, scored = Analyser(SPEC, engine, MODEL).analyse([(images[1], broken), (images[1], OPTIONS)])
    assert isinstance(failed, ProblemError)
    assert failed.status == 500
    assert isinstance(scored, FieldAnalysis)
    assert "confidential" not in caplog.text + failed.detail
    assert "Error in" in caplog.text


@pytest.mark.parametrize(
    ("seed", "side"), [(11, 700), (12, 700), (13, 700), (14, 700), (11, 900), (12, 900), (11, 1228)]
)
def test_a_field_shifted_by_37_pixels_keeps_its_index(engine: Engine, seed: int, side: int) -> None:
    """The same nuclei, wherever borders of tiles fall; those that only one of the two fields shows apart.

    A limit, not a promise for every field: see the decision on tiles.
    """
    shift = 37
    rgb = draw_phantom(seed, side + shift, side + shift, 0.5).rgb
    analyser = Analyser(SHIPPED, engine, MODEL)
    indices = []
    for start in (0, shift):
        field = encode(rgb[start : start + side, start : start + side], "PNG")
        nuclei = analysis(analyser.analyse([(field, OPTIONS)])[0]).decoded.nuclei
        inside = ((nuclei.centroids_px + start > shift) & (nuclei.centroids_px + start < side)).all(axis=1)
        assert inside.sum() > 150
        indices.append(100.0 * nuclei.immunopositive[inside].mean())
    assert abs(indices[0] - indices[1]) < 0.5


class EmptyEngine:
    """Sees nothing but nuclei everywhere, at no cost."""

    name, precision, device, lanes = "empty", "fp32", "none", 2

    def batch_tiles(self, height_px: int, width_px: int) -> int:
        return 1

    def warm_up(self, side_px: int) -> None:
        pass

    def run(self, tiles: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return np.moveaxis(tiles, 3, 1)


def test_planes_come_back_as_the_engine_gave_them(images: Sequence[bytes]) -> None:
    result = analysis(Analyser(SPEC, EmptyEngine(), MODEL).analyse([(images[1], OPTIONS)])[0])
    assert np.array_equal(result.probability.interior, draw_phantom(1, 96, 96).rgb[..., 2])


class FailingEngine(EmptyEngine):
    """Cannot bear an image that is black in its middle."""

    def run(self, tiles: NDArray[np.uint8]) -> NDArray[np.uint8]:
        if not tiles[0, 48, 48].any():
            raise RuntimeError("no")
        return super().run(tiles)


def test_an_engine_that_fails_on_one_field_fails_that_field_alone(images: Sequence[bytes]) -> None:
    black = encode(np.zeros((96, 96, 3), np.uint8), "PNG")
    items = [(images[1], OPTIONS), (black, OPTIONS), (images[1], OPTIONS)]
    first, failed, last = Analyser(SPEC, FailingEngine(), MODEL).analyse(items)
    assert isinstance(failed, ProblemError)
    assert failed.status == 500
    assert_identical(analysis(first), analysis(last))


def test_what_is_made_of_an_analysis_may_fail_too(images: Sequence[bytes]) -> None:
    def write(index: int, result: FieldAnalysis) -> int:
        if index == 0:
            raise ValueError("cannot be written")
        return result.image.width_px

    answers = Analyser(SPEC, EmptyEngine(), MODEL).answer([(image, OPTIONS) for image in images], write)
    assert isinstance(answers[0], ProblemError)
    assert answers[1:] == [96, 64]
