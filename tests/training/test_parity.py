"""The parity gate passes what scores alike and nothing else."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from handler.answer import FieldAnalysis, ModelIdentity
from handler.engines.choice import choose_engine
from handler.engines.interface import EngineSettings
from handler.options import AnalysisOptions
from handler.pipeline import Analyser
from handler.scoring import score_counts
from handler.spec import ModelSpec
from tests.commands import application
from training import parity, quantise
from training.parity import Difference, compare, drawn_fields, measure
from training.version_folder import DEFAULT_VERSION


@pytest.fixture(scope="module")
def analysis() -> FieldAnalysis:
    spec = ModelSpec.from_file(DEFAULT_VERSION / "spec.json")
    engine = choose_engine(spec, DEFAULT_VERSION / "weights.safetensors", EngineSettings())
    (field,) = drawn_fields(1)
    (result,) = Analyser(spec, engine, ModelIdentity("ki67", "1", "")).analyse(
        [(field.image, AnalysisOptions(mpp=field.mpp))]
    )
    assert isinstance(result, FieldAnalysis)
    return result


def with_counts(analysis: FieldAnalysis, positive: int, negative: int) -> FieldAnalysis:
    return replace(analysis, score=score_counts(positive, negative, (10.0, 20.0)))


def difference(analysis: FieldAnalysis, before: tuple[int, int], after: tuple[int, int]) -> Difference:
    return compare("x", "y", with_counts(analysis, *before), with_counts(analysis, *after))


def test_an_analysis_scores_like_itself(analysis: FieldAnalysis) -> None:
    same = compare("x", "y", analysis, analysis)
    assert (same.agreement, same.points, same.category_kept, same.holds) == (1.0, 0.0, True, True)


def test_more_than_half_a_point_fails_in_a_large_field(analysis: FieldAnalysis) -> None:
    assert difference(analysis, (300, 700), (304, 696)).holds
    assert not difference(analysis, (300, 700), (306, 694)).holds


def test_in_a_small_field_one_nucleus_is_forgiven_and_two_are_not(analysis: FieldAnalysis) -> None:
    assert difference(analysis, (30, 20), (29, 21)).holds
    assert not difference(analysis, (30, 20), (28, 22)).holds


def test_a_category_may_change_at_its_boundary_only(analysis: FieldAnalysis) -> None:
    assert difference(analysis, (100, 900), (99, 901)).category_kept
    assert not difference(analysis, (120, 880), (90, 910)).category_kept


def test_one_pixel_in_a_hundred_of_another_class_fails(analysis: FieldAnalysis) -> None:
    changed = analysis.decoded.class_map.copy()
    rows = len(changed) // 100
    changed[:rows] = np.where(changed[:rows] == 0, 1, 0)
    other = replace(analysis, decoded=replace(analysis.decoded, class_map=changed))
    assert not compare("x", "y", analysis, other).holds


def test_the_shipped_engines_score_like_the_reference_on_phantoms() -> None:
    differences = measure(DEFAULT_VERSION, drawn_fields(3), parity.COMPARED)
    assert {row.engine for row in differences} == {"openvino fp32", "openvino bf16"}
    assert all(row.holds for row in differences), differences


def test_the_command_says_so_by_its_exit_status(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "parity.json"
    passed = CliRunner().invoke(application(parity.main), ["--phantoms", "1", "--json", str(file)])
    assert passed.exit_code == 0, passed.output
    assert '"engine": "openvino bf16"' in file.read_text()
    monkeypatch.setattr(parity, "LEAST_AGREEMENT", 1.1)
    assert CliRunner().invoke(application(parity.main), ["--phantoms", "1"]).exit_code == 1
    assert CliRunner().invoke(application(parity.main), [str(tmp_path)]).exit_code == 2


def test_eight_bits_that_fail_are_not_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(quantise, "CALIBRATION_TILES", 2)
    monkeypatch.setattr(parity, "LEAST_AGREEMENT", 1.1)
    options = ["--output", str(tmp_path / "out" / "1-int8"), "--phantoms", "1"]
    refused = CliRunner().invoke(application(quantise.main), options)
    assert refused.exit_code == 1
    assert "nothing was written" in refused.output
    assert not list((tmp_path / "out").iterdir())


def test_eight_bits_that_pass_make_a_version_of_their_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(quantise, "CALIBRATION_TILES", 2)
    monkeypatch.setattr(parity, "LEAST_AGREEMENT", 0.0)
    monkeypatch.setattr(parity, "MOST_POINTS", 100.0)
    folder = tmp_path / "1-int8"
    made = CliRunner().invoke(application(quantise.main), ["--output", str(folder), "--phantoms", "1"])
    assert made.exit_code == 0, made.output
    spec = ModelSpec.from_file(folder / "spec.json")
    assert spec.version.endswith("-int8")
    engine = choose_engine(spec, folder / "weights.safetensors", EngineSettings("openvino", "int8"))
    assert engine.precision == "int8"
    assert engine.run(np.zeros((1, 64, 96, 3), np.uint8)).shape == (1, 3, 64, 96)
