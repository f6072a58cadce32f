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
from handler.pipeline import Analyser, stage_threads_beside
from handler.spec import ModelSpec, Thresholds
from handler.tiling import Blender, TilePlan
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


def test_fields_for_which_there_is_no_memory_wait_for_those_before(images: Sequence[bytes]) -> None:
    items = [(image, OPTIONS) for image in images]
    alone = [analysis(Analyser(SPEC, EmptyEngine(), MODEL).analyse([item])[0]) for item in items]
    for most_px in (1, 20_000, 47_000):
        together = Analyser(SPEC, EmptyEngine(), MODEL, most_px).analyse(items)
        for one, other in zip(alone, together, strict=True):
            assert_identical(one, analysis(other))


def test_while_fields_wait_for_memory_none_of_them_is_computed(images: Sequence[bytes]) -> None:
    engine, written = EmptyEngine(), list[int]()

    def write(index: int, result: FieldAnalysis) -> int:
        written.append(engine.runs)
        return result.image.width_px

    assert Analyser(SPEC, engine, MODEL, 1).answer([(images[1], OPTIONS)] * 3, write) == [96, 96, 96]
    assert written == [1, 2, 3]


def test_fields_whose_turn_does_not_come_in_time_are_asked_to_come_again(images: Sequence[bytes]) -> None:
    items = [(images[1], OPTIONS), (images[2], OPTIONS), (b"", OPTIONS)]
    results = Analyser(SPEC, EmptyEngine(), MODEL, 1, most_s=0.0).analyse(items)
    assert [type(result) for result in results] == [FieldAnalysis, BusyError, EmptyImageError]


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
    ("seed", "side"), [(11, 700), (12, 700), (13, 700), (14, 900), (11, 900), (12, 900), (11, 1228)]
)
def test_a_field_shifted_by_37_pixels_keeps_its_index(engine: Engine, seed: int, side: int) -> None:
    """The same nuclei, wherever borders of tiles fall; those that only one of the two fields shows apart.

    A limit, not a promise for every field: see the decision on tiles.
    One does not keep it: seed 14 of 700 pixels, 225 nuclei, moves by 0.64 in OpenVINO fp32.
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
    """Sees nothing but nuclei everywhere, at no cost, and counts how often it ran."""

    name, precision, device, lanes = "empty", "fp32", "none", 2
    runs = 0

    def batch_tiles(self, height_px: int, width_px: int) -> int:
        return 1

    def batch_sizes(self, height_px: int, width_px: int) -> tuple[int, ...]:
        return (1,)

    def warm_up(self, height_px: int, width_px: int | None = None) -> None:
        pass

    def run(self, tiles: NDArray[np.uint8]) -> NDArray[np.uint8]:
        self.runs += 1
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


@pytest.mark.parametrize("step", ["cut", "add"])
def test_a_field_for_whose_tiles_memory_is_short_fails_alone(
    images: Sequence[bytes], step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only this field is 150 pixels wide."""
    kind, name = (TilePlan, "cut") if step == "cut" else (Blender, "add")
    real = getattr(kind, name)

    def short(self: TilePlan | Blender, *arguments: object) -> object:
        plan = self if isinstance(self, TilePlan) else self._plan
        if plan.width_px == 150:
            raise MemoryError
        return real(self, *arguments)

    monkeypatch.setattr(kind, name, short)
    engine = EmptyEngine()
    results = Analyser(SPEC, engine, MODEL).analyse([(image, OPTIONS) for image in images])
    assert [type(result) for result in results] == [BusyError, FieldAnalysis, FieldAnalysis]


class WrongEngine(EmptyEngine):
    """Answers nothing that could be blended."""

    def run(self, tiles: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return super().run(tiles)[:0]


def test_an_engine_that_answers_nothing_fails_every_field_and_hangs_none(images: Sequence[bytes]) -> None:
    results = Analyser(SPEC, WrongEngine(), MODEL).analyse([(image, OPTIONS) for image in images] * 3)
    assert [type(result) for result in results] == [ProblemError] * 9


class SpeechlessEngine(EmptyEngine):
    """Does not even tell how many tiles it takes."""

    def batch_tiles(self, height_px: int, width_px: int) -> int:
        raise RuntimeError("no")


def test_whatever_fails_every_item_ends_with_an_answer_or_a_problem(images: Sequence[bytes]) -> None:
    results = Analyser(SPEC, SpeechlessEngine(), MODEL).analyse([(image, OPTIONS) for image in images])
    assert [type(result) for result in results] == [ProblemError] * 3


def test_after_a_failure_no_more_tiles_of_the_field_are_cut_or_computed() -> None:
    class Counting(EmptyEngine):
        def run(self, tiles: NDArray[np.uint8]) -> NDArray[np.uint8]:
            super().run(tiles)
            raise RuntimeError("no")

    engine = Counting()
    (result,) = Analyser(SPEC, engine, MODEL).analyse(
        [(encode(np.zeros((640, 640, 3), np.uint8), "PNG"), OPTIONS)]
    )
    assert isinstance(result, ProblemError)
    assert engine.runs <= 2 * engine.lanes


def test_several_readers_and_finishers_keep_the_order(images: Sequence[bytes]) -> None:
    items = [(image, OPTIONS) for image in images] * 4
    results = Analyser(SPEC, EmptyEngine(), MODEL, stage_threads=3).analyse(items)
    assert [analysis(result).image.width_px for result in results] == [150, 96, 64] * 4


def test_beside_a_gpu_many_cores_read_and_finish_and_on_a_cpu_they_are_the_networks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for cores, threads in ((1, 1), (2, 1), (8, 4), (64, 8)):
        monkeypatch.setattr("handler.pipeline.usable_cores", lambda cores=cores: cores)
        assert stage_threads_beside("cuda:0") == threads
        assert stage_threads_beside("cpu") == 1
