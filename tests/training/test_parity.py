"""The parity gate passes what scores alike and nothing else."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
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
from training.parity import Difference, compare, drawn_fields, engines_of, measure, together
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


def test_in_a_sparse_field_one_nucleus_is_forgiven_and_two_are_not(analysis: FieldAnalysis) -> None:
    turned = difference(analysis, (30, 20), (29, 21))
    assert (turned.changed_nuclei, turned.is_forgiven, turned.holds) == (1, True, True)
    assert difference(analysis, (30, 20), (30, 21)).holds
    assert not difference(analysis, (30, 20), (28, 22)).holds
    assert not difference(analysis, (5, 45), (6, 46)).holds


def test_nothing_is_forgiven_in_a_field_of_hardly_any_nuclei(analysis: FieldAnalysis) -> None:
    assert difference(analysis, (10, 10), (9, 11)).holds
    assert not difference(analysis, (10, 9), (9, 10)).holds


def test_a_field_of_200_is_held_to_half_a_point(analysis: FieldAnalysis) -> None:
    assert difference(analysis, (100, 100), (99, 101)).holds
    assert not difference(analysis, (100, 100), (98, 102)).holds
    assert difference(analysis, (100, 99), (99, 100)).is_forgiven


def test_no_nuclei_are_like_no_nuclei_and_like_nothing_else(analysis: FieldAnalysis) -> None:
    assert difference(analysis, (0, 0), (0, 0)).holds
    for before, after in (((0, 0), (0, 1)), ((0, 30), (0, 0)), ((0, 0), (0, 30))):
        changed = difference(analysis, before, after)
        assert (changed.points, changed.category_kept, changed.holds) == (100.0, False, False)


def test_a_category_may_change_within_half_a_point_of_its_boundary_only(analysis: FieldAnalysis) -> None:
    assert difference(analysis, (100, 900), (99, 901)).category_kept
    assert not difference(analysis, (120, 880), (90, 910)).category_kept
    assert not difference(analysis, (106, 894), (99, 901)).category_kept


def test_one_nucleus_that_changes_the_category_of_a_sparse_field_fails(analysis: FieldAnalysis) -> None:
    for before, after in (((1, 19), (2, 18)), ((2, 20), (3, 19)), ((21, 79), (20, 80))):
        changed = difference(analysis, before, after)
        assert (changed.changed_nuclei, changed.category_kept, changed.holds) == (1, False, False)


def test_sparse_fields_together_may_not_all_err_to_the_same_side(analysis: FieldAnalysis) -> None:
    up, down = (difference(analysis, (30, 70), after) for after in ((31, 69), (29, 71)))
    assert all(row.is_forgiven for row in (up, down))
    (balanced,), (biased,) = together([up, down, up, down]), together([up, up, up, up])
    assert (balanced.points, balanced.holds) == (0.0, True)
    assert (biased.nuclei, biased.points, biased.holds) == (400, 1.0, False)


def test_fields_of_many_nuclei_are_not_pooled_nor_are_engines_mixed(analysis: FieldAnalysis) -> None:
    many, few = difference(analysis, (300, 700), (301, 699)), difference(analysis, (30, 70), (30, 70))
    assert together([many, many, few]) == []
    pooled = together([few, few, replace(few, engine="other"), replace(few, engine="other"), many])
    assert [(row.engine, row.fields, row.nuclei) for row in pooled] == [("x", 2, 200), ("other", 2, 200)]


def test_where_there_is_a_gpu_it_is_compared_too(monkeypatch: pytest.MonkeyPatch) -> None:
    for is_there, names in ((False, []), (True, ["torch bf16 on a GPU"])):
        monkeypatch.setattr(torch.cuda, "is_available", lambda answer=is_there: answer)
        found = engines_of(DEFAULT_VERSION)
        assert [candidate.name for candidate in found if candidate.gpu == 0] == names


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_scores_like_the_reference_on_phantoms() -> None:
    differences = measure(DEFAULT_VERSION, drawn_fields(3), (parity.ON_GPU,))
    assert all(row.holds for row in differences), differences


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


@pytest.mark.long
def test_the_command_says_so_by_its_exit_status(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "parity.json"
    passed = CliRunner().invoke(application(parity.main), ["--phantoms", "1", "--json", str(file)])
    assert passed.exit_code == 0, passed.output
    assert '"engine": "openvino bf16"' in file.read_text()
    monkeypatch.setattr(parity, "LEAST_AGREEMENT", 1.1)
    assert CliRunner().invoke(application(parity.main), ["--phantoms", "1"]).exit_code == 1
    assert CliRunner().invoke(application(parity.main), [str(tmp_path)]).exit_code == 2


@pytest.mark.long
def test_eight_bits_that_fail_are_not_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(quantise, "CALIBRATION_TILES", 2)
    monkeypatch.setattr(parity, "LEAST_AGREEMENT", 1.1)
    options = ["--output", str(tmp_path / "out" / "1-int8"), "--phantoms", "1"]
    refused = CliRunner().invoke(application(quantise.main), options)
    assert refused.exit_code == 1
    assert "nothing was written" in refused.output
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.long
def test_eight_bits_that_pass_make_a_version_of_their_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(quantise, "CALIBRATION_TILES", 2)
    monkeypatch.setattr(parity, "LEAST_AGREEMENT", 0.0)
    monkeypatch.setattr(parity, "MOST_POINTS", 100.0)
    folder = tmp_path / "1-int8"
    made = CliRunner().invoke(application(quantise.main), ["--output", str(folder), "--phantoms", "1"])
    assert made.exit_code == 0, made.output
    assert "1 phantoms only, no real field" in made.output
    assert "checked on 1 phantoms only, no real field" in (folder / "MODEL_CARD.md").read_text()
    assert json.loads((folder / "parity.json").read_text())["differences"][0]["engine"] == "openvino int8"
    spec = ModelSpec.from_file(folder / "spec.json")
    assert spec.version.endswith("-int8")
    engine = choose_engine(spec, folder / "weights.safetensors", EngineSettings("openvino", "int8"))
    assert engine.precision == "int8"
    assert engine.run(np.zeros((1, 64, 96, 3), np.uint8)).shape == (1, 3, 64, 96)


@pytest.mark.parametrize("held", ["notes.txt", "spec.json", "weights.safetensors"])
def test_a_folder_of_something_else_is_neither_written_nor_removed(tmp_path: Path, held: str) -> None:
    folder = tmp_path / "thesis"
    folder.mkdir()
    (folder / held).write_text('{"version": "1.1"}')
    refused = CliRunner().invoke(application(quantise.main), ["--output", str(folder), "--phantoms", "1"])
    assert refused.exit_code == 1
    assert "is there already" in refused.output
    assert (folder / held).read_text() == '{"version": "1.1"}'


def test_an_earlier_folder_in_8_bits_may_be_replaced_unless_it_holds_more(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text('{"version": "1.1-int8"}')
    (tmp_path / "int8.xml").write_text("")
    quantise.refuse_other(tmp_path, "1.1-int8")
    (tmp_path / "my-notes.txt").write_text("")
    with pytest.raises(quantise.TakenError, match=r"my-notes\.txt"):
        quantise.refuse_other(tmp_path, "1.1-int8")
