"""The comparison trains every system under one budget, never twice, and tells it in one table."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from handler.spec import ModelSpec, NetworkSpec
from tests.commands import application
from training.comparison import __main__ as command
from training.comparison.systems import SYSTEMS, Budget, Result, measure_system, train_system
from training.comparison.table import Circumstances, as_json, as_markdown
from training.measures import Summary
from training.phantoms.files import UNSEEN_SEED, write_phantoms
from training.samples import PhantomSource, SampleBatches
from training.train import Trainer

CPU = torch.device("cpu")
BUDGET = Budget(steps=1, batch_size=2, crop_px=64, seed=0)
HOW = Circumstances("make comparison", Budget(300, 8, 160, 0), 2, "cpu")
RESULTS = [
    Result("baseline", 0, None, 3.14, {"phantoms": Summary(2, 0.5, 0.25, 0.125, 3.0, 4.04, -1.5)}),
    Result("U-Net", 32_521_540, 99.6, 12.34, {"phantoms": Summary(2, 0.91, 0.9, 0.8, 1.25, 2.0, 0.5)}),
]


def test_the_table_has_a_row_a_system_with_its_cost_speed_and_figures() -> None:
    rows = [line for line in as_markdown(RESULTS, HOW).splitlines() if line.startswith("|")]
    assert len(rows) == 2 + len(RESULTS)
    assert rows[2] == "| baseline | none | none | 3.1 | 0.500 | 0.250 | 0.125 | 4.0 | 3.0 | -1.5 |"
    assert rows[3] == "| U-Net | 32.5 M | 100 s | 12.3 | 0.910 | 0.900 | 0.800 | 2.0 | 1.2 | +0.5 |"


def test_the_document_tells_command_budget_and_machine() -> None:
    told = " ".join(as_markdown(RESULTS, HOW).split())
    for part in ("`make comparison`", "2 processor cores", "2400 phantoms", "300 batches of 8", "160 x 160"):
        assert part in told


def test_the_json_holds_the_same_figures_unrounded() -> None:
    document = json.loads(as_json(RESULTS, HOW))
    assert document["budget"]["steps"] == 300
    assert document["systems"][1]["figures"]["phantoms"]["index_mean_absolute_error"] == 1.25


def test_a_short_training_is_averaged_over_its_end_and_not_its_beginning() -> None:
    assert replace(BUDGET, steps=300).recipe.averaging == pytest.approx(1 - 1 / 15)
    assert replace(BUDGET, steps=5000).recipe.averaging == pytest.approx(1 - 1 / 250)
    assert replace(BUDGET, steps=50_000).recipe.averaging == 0.998
    assert BUDGET.recipe.averaging == 0.0


def test_what_batch_normalisation_has_seen_is_averaged_like_the_weights() -> None:
    spec = ModelSpec("ki67", "0.1", NetworkSpec(architecture="FCRN-A", encoder="none"))
    trainer = Trainer(spec, replace(BUDGET.recipe, averaging=0.5), CPU)
    seen = []
    for batch, _ in zip(SampleBatches(PhantomSource(0, 64, 0.5), 2, 0), range(3), strict=False):
        trainer.step(*batch)
        seen.append({name: value.clone() for name, value in trainer.network.state_dict().items()})
    averaged = trainer.average.module.state_dict()
    for name in ("contracting.0.1.running_mean", "contracting.0.1.running_var", "contracting.0.0.weight"):
        expected = 0.25 * seen[0][name] + 0.25 * seen[1][name] + 0.5 * seen[2][name]
        assert torch.allclose(averaged[name], expected, atol=1e-6), name


@pytest.mark.long
def test_the_command_compares_a_system_with_the_baseline_and_trains_it_only_once(tmp_path: Path) -> None:
    options = [
        "--system",
        "fcrn-a",
        "--steps",
        "1",
        "--phantoms",
        "1",
        "--batch-size",
        "2",
        "--crop-px",
        "64",
    ]
    options += ["--folder", str(tmp_path / "runs"), "--output", str(tmp_path / "docs")]
    first = CliRunner().invoke(application(command.main), options)
    assert first.exit_code == 0, first.output
    systems = json.loads((tmp_path / "docs" / "comparison.json").read_text())["systems"]
    assert [each["system"] for each in systems] == ["colour separation (no training)", "FCRN-A"]
    assert systems[1]["training_seconds"] > 0
    assert all(each["figures"]["phantoms"]["fields"] == 1 for each in systems)
    weights = tmp_path / "runs" / "fcrn-a" / "weights.safetensors"
    written = weights.stat().st_mtime_ns
    train_system("fcrn-a", BUDGET, tmp_path / "runs" / "fcrn-a", CPU)
    assert weights.stat().st_mtime_ns == written
    other = CliRunner().invoke(application(command.main), [*options, "--seed", "1"])
    assert other.exit_code == 2
    assert "another --folder" in " ".join(other.output.replace("│", " ").split())


def test_a_system_that_nobody_knows_is_a_usage_error() -> None:
    result = CliRunner().invoke(application(command.main), ["--system", "alexnet"])
    assert result.exit_code == 2
    assert next(iter(SYSTEMS)) in result.output


def test_the_time_of_a_resumed_training_is_that_of_all_its_steps(tmp_path: Path) -> None:
    train_system("fcrn-a", BUDGET, tmp_path, CPU)
    (tmp_path / "training.json").unlink()
    train_system("fcrn-a", BUDGET, tmp_path, CPU)
    assert json.loads((tmp_path / "training.json").read_text())["seconds"] is None  # no step was left
    write_phantoms(tmp_path / "fields", 1, UNSEEN_SEED, 128, 128)
    result = measure_system("FCRN-A", tmp_path, [tmp_path / "fields"])
    assert (result.parameters, result.training_seconds) == (1_366_884, None)
    assert result.tiles_a_second > 0
