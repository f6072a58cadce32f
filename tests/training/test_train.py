"""Training lowers the loss, resumes where it stopped, and ignores what it must."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from handler.network import build_network, load_weights, save_weights
from handler.spec import ModelSpec, NetworkSpec
from tests.commands import application
from training.losses import dice_loss, segmentation_loss
from training.samples import IGNORED, PhantomSource, SampleBatches, crop_of
from training.train import Recipe, Trainer, main, run

SMALL = ModelSpec(name="ki67", version="0.1", network=NetworkSpec(encoder="resnet18"))
RECIPE = Recipe(steps=2, batch_size=2, crop_px=64, warm_up_steps=1, checkpoint_every=1)
CPU = torch.device("cpu")
PHANTOMS = PhantomSource(0, 64, 0.5)


def test_learning_from_one_batch_lowers_its_loss() -> None:
    trainer = Trainer(SMALL, replace(RECIPE, steps=100), CPU)
    batch = next(iter(SampleBatches(PHANTOMS, 2, 0)))
    losses = [trainer.step(*batch) for _ in range(8)]
    assert losses[-1] < 0.9 * losses[0]


def test_a_stopped_training_resumes_at_its_step(tmp_path: Path) -> None:
    run(SMALL, RECIPE, tmp_path, CPU)
    resumed = run(SMALL, replace(RECIPE, steps=3), tmp_path, CPU)
    assert resumed.step_number == 3
    assert len((tmp_path / "log.jsonl").read_text().splitlines()) == 3


def test_samples_are_the_same_on_every_run() -> None:
    first, second = crop_of(5, 64, 0.5), crop_of(5, 64, 0.5)
    assert (first.rgb == second.rgb).all()
    assert (first.classes == second.classes).all()
    assert (first.interior == second.interior).all()


def test_batches_continue_where_an_earlier_run_stopped() -> None:
    whole = iter(SampleBatches(PHANTOMS, 2, 0))
    next(whole)
    second = next(iter(SampleBatches(PHANTOMS, 2, 1)))
    assert torch.equal(next(whole)[0], second[0])


def test_ignored_pixels_cost_nothing() -> None:
    logits = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    classes = torch.zeros(1, 8, 8, dtype=torch.long)
    classes[:, :, :4] = IGNORED
    spoiled = logits.clone()
    spoiled[..., :4] += 50.0
    interior = torch.zeros(1, 8, 8)
    assert segmentation_loss(logits, classes, interior) == pytest.approx(
        float(segmentation_loss(spoiled, classes, interior)), abs=1e-5
    )


def test_dice_of_a_perfect_prediction_is_nearly_zero() -> None:
    classes = torch.tensor([[[0, 1], [2, 2]]])
    perfect = torch.nn.functional.one_hot(classes, 3).movedim(-1, 1).float()
    assert float(dice_loss(perfect, classes)) == pytest.approx(0.0, abs=1e-6)


def test_the_rate_rises_stays_and_falls() -> None:
    recipe = Recipe(steps=1000, learning_rate=1.0, warm_up_steps=100, decay_share=0.2)
    rates = [recipe.rate_at(step) for step in (0, 99, 500, 900, 999)]
    assert rates == pytest.approx([0.01, 1.0, 1.0, 0.5, 0.005])


def test_weights_survive_a_round_trip_in_half_precision(tmp_path: Path) -> None:
    network, other = build_network(SMALL.network), build_network(SMALL.network)
    save_weights(network, tmp_path / "w.safetensors")
    load_weights(other, tmp_path / "w.safetensors")
    assert all(
        torch.allclose(a.float(), b.float(), atol=1e-3)
        for a, b in zip(network.state_dict().values(), other.state_dict().values(), strict=True)
    )


def test_a_checkpoint_of_another_recipe_is_refused(tmp_path: Path) -> None:
    run(SMALL, RECIPE, tmp_path, CPU)
    with pytest.raises(ValueError, match="another folder"):
        run(SMALL, replace(RECIPE, seed=1), tmp_path, CPU)


def test_the_command_writes_weights_spec_and_measured_metrics(tmp_path: Path) -> None:
    spec = {"name": "ki67", "version": "0.1", "network": {"encoder": "resnet18"}}
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    folder = tmp_path / "run"
    options = [
        "--spec",
        str(tmp_path / "spec.json"),
        "--folder",
        str(folder),
        "--steps",
        "1",
        "--phantoms",
        "1",
    ]
    result = CliRunner().invoke(application(main), [*options, "--batch-size", "2", "--crop-px", "64"])
    assert result.exit_code == 0, result.output
    assert json.loads((folder / "metrics.json").read_text())["phantoms"]["fields"] == 1
    assert json.loads((folder / "spec.json").read_text()) == spec
    assert (folder / "weights.safetensors").stat().st_size < 70_000_000
