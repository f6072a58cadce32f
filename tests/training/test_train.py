"""Training lowers the loss, resumes where it stopped, and ignores what it must."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from typer.testing import CliRunner

from handler.network import build_network, load_weights, save_weights
from handler.spec import ModelSpec, NetworkSpec
from tests.commands import application
from tests.training.datasets.published import write_shidc
from training.losses import dice_loss, segmentation_loss, softmax_dice_loss
from training.phantoms import draw_phantom
from training.presets import PAPER, PRESETS, PROJECT
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


def test_training_goes_on_from_a_parents_weights(tmp_path: Path) -> None:
    parent, child = tmp_path / "parent", tmp_path / "child"
    write_small_version(parent, "resnet18")
    options = ["--spec", str(parent / "spec.json"), "--folder", str(child), "--phantoms", "0", "--steps", "1"]
    options += ["--crop-px", "64", "--batch-size", "2", "--learning-rate", "1e-6"]
    result = CliRunner().invoke(application(main), [*options, "--parent", str(parent)])
    assert result.exit_code == 0, result.output
    before, after = (load_file(folder / "weights.safetensors") for folder in (parent, child))
    kernel = "encoder.conv1.weight"
    assert torch.allclose(before[kernel].float(), after[kernel].float(), atol=1e-3)


def test_a_parent_of_another_network_is_a_usage_error(tmp_path: Path) -> None:
    write_small_version(tmp_path / "parent", "resnet34")
    write_small_version(tmp_path / "own", "resnet18")
    spec, parent = str(tmp_path / "own" / "spec.json"), str(tmp_path / "parent")
    folder = str(tmp_path / "child")
    options = ["--spec", spec, "--folder", folder, "--parent", parent, "--steps", "1"]
    result = CliRunner().invoke(application(main), options)
    assert result.exit_code == 2
    assert "another network" in result.output


def write_small_version(folder: Path, encoder: str) -> None:
    spec = replace(SMALL, network=NetworkSpec(encoder=encoder))
    folder.mkdir()
    (folder / "spec.json").write_text(json.dumps(asdict(spec)))
    torch.manual_seed(1)
    save_weights(build_network(spec.network), folder / "weights.safetensors")


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


def test_a_network_without_interior_learns_too() -> None:
    classes = torch.tensor([[[0, 1], [2, IGNORED]]])
    logits = torch.zeros(1, 3, 2, 2, requires_grad=True)
    for loss in (segmentation_loss, softmax_dice_loss):
        value = loss(logits, classes, torch.zeros(1, 2, 2))
        value.backward()  # type: ignore[no-untyped-call]
        assert torch.isfinite(value)
    assert logits.grad is not None
    assert not logits.grad[..., 1, 1].any()


def test_the_papers_loss_is_dice_and_nothing_else() -> None:
    logits, classes = torch.randn(1, 3, 4, 4), torch.randint(0, 3, (1, 4, 4))
    expected = float(dice_loss(logits.softmax(1), classes))
    assert float(softmax_dice_loss(logits, classes, torch.ones(1, 4, 4))) == expected


def test_a_batch_in_which_nothing_is_known_costs_a_number() -> None:
    nothing = torch.full((1, 4, 4), IGNORED)
    assert torch.isfinite(dice_loss(torch.full((1, 3, 4, 4), 1 / 3), nothing))


def test_the_papers_recipe_is_the_published_one() -> None:
    preset = PRESETS[PAPER]
    spec, recipe = ModelSpec.from_file(preset.spec), preset.recipe
    assert spec.network.outputs == ("background", "immunonegative", "immunopositive")
    assert (spec.network.architecture, spec.network.encoder) == ("Unet", "resnet50")
    assert (spec.sampling.whole_field_px, spec.decoding.preset) == (256, "mcconnell2021")
    assert (recipe.loss, recipe.optimiser, preset.epochs) == ("dice", "adam", 10)
    assert {recipe.rate_at(step) for step in range(recipe.steps)} == {0.001}
    assert (recipe.averaging, recipe.augmented, recipe.weight_decay) == (0.0, False, 0.0)


def test_without_averaging_the_network_itself_ships() -> None:
    trainer = Trainer(SMALL, replace(RECIPE, averaging=0.0, optimiser="adam"), CPU)
    trainer.step(*next(iter(SampleBatches(PHANTOMS, 2, 0))))
    trainer.step(*next(iter(SampleBatches(PHANTOMS, 2, 1))))
    pairs = zip(trainer.network.parameters(), trainer.average.module.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_a_checkpoint_of_before_recipes_had_a_loss_resumes(tmp_path: Path) -> None:
    run(SMALL, RECIPE, tmp_path, CPU)
    state = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    for name in ("loss", "optimiser", "gradient_norm", "augmented", "frozen_statistics"):
        del state["recipe"][name]
    torch.save(state, tmp_path / "checkpoint.pt")
    assert run(SMALL, replace(RECIPE, steps=3), tmp_path, CPU).step_number == 3


@pytest.fixture
def fields(tmp_path: Path) -> Path:
    for number in range(3):
        write_shidc(tmp_path / "fields", f"p1_000{number}_1", draw_phantom(40 + number, 128, 128, 0.25))
    return tmp_path / "fields"


def trained(tmp_path: Path, fields: Path, preset: str, *more: str) -> Path:
    """Train a small network by the command on fields and return the run folder."""
    spec = json.loads(PRESETS[preset].spec.read_text())
    spec["network"]["encoder"] = "resnet18"
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    options = ["--preset", preset, "--spec", str(tmp_path / "spec.json"), "--data", str(fields), *more]
    places = ["--folder", str(tmp_path / "run"), "--phantoms", "0", "--batch-size", "2"]
    result = CliRunner().invoke(application(main), [*options, *places])
    assert result.exit_code == 0, result.output
    return tmp_path / "run"


@pytest.mark.long
def test_the_papers_recipe_learns_from_whole_fields_for_its_epochs(tmp_path: Path, fields: Path) -> None:
    folder = trained(tmp_path, fields, PAPER, "--random-start", "--epochs", "2")
    (lying,) = (folder / "fields").iterdir()
    assert lying.name.endswith("-mcconnell2021-0.25")
    assert len((folder / "log.jsonl").read_text().splitlines()) == 2  # two fields in a batch
    assert json.loads((folder / "metrics.json").read_text())["validation"]["fields"] == 1


@pytest.mark.long
def test_the_projects_recipe_learns_from_fields_and_phantoms_and_resumes_on_the_same_data_only(
    tmp_path: Path, fields: Path
) -> None:
    options = ("--crop-px", "64", "--phantom-share", "0.5", "--splits", str(tmp_path / "given.json"))
    names = [f"p1_000{number}_1" for number in range(3)]
    given = {"training": names[:2], "validation": [], "test": names[2:]}
    (tmp_path / "given.json").write_text(json.dumps({"seed": 0, "splits": given}))
    folder = trained(tmp_path, fields, PROJECT, *options, "--steps", "1")
    trained(tmp_path, fields, PROJECT, *options, "--steps", "2")
    assert [json.loads(line)["step"] for line in (folder / "log.jsonl").read_text().splitlines()] == [1, 2]
    assert json.loads((folder / "splits.json").read_text())["splits"] == given
    with pytest.raises(AssertionError, match="train into another folder"):
        trained(tmp_path, fields, PROJECT, *options, "--steps", "2", "--phantom-share", "0.25")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--preset", "own"], "no preset 'own'"),
        (["--epochs", "2"], "--epochs counts passes over --data"),
        (["--data", ".", "--format", "tiff"], "no data set format 'tiff'"),
        (["--encoder-weights", "nowhere.pth"], "nowhere.pth is no file of weights alone"),
    ],
)
def test_what_cannot_be_done_is_a_usage_error(tmp_path: Path, options: list[str], told: str) -> None:
    result = CliRunner().invoke(application(main), [*options, "--folder", str(tmp_path / "run")])
    assert result.exit_code == 2
    assert told in " ".join(result.output.replace("│", " ").split())
