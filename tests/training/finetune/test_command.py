"""Fine-tuning from end to end, phantoms playing the laboratory: version, report, refusal when worse."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner, Result

from handler.network import build_network, load_weights
from handler.spec import ModelSpec, StainSpec
from model_store import DEFAULT_VERSION
from model_store.archive import ArchiveError, build_archive_of_folder
from tests.commands import application
from tests.imports import ROOT
from tests.training.datasets.published import write_shidc
from training.datasets import read_dataset
from training.fields import analyse_fields_with, compared
from training.finetune.__main__ import main
from training.finetune.parameters import choose_parameters, cost, dab_threshold_of, decoded, look_at
from training.finetune.tuning import mix_in, recipe_of
from training.measures import summarise
from training.phantoms import draw_phantom
from training.trainer import Trainer

pytestmark = pytest.mark.long
SHIPPED = ROOT / "model_store" / "ki67" / DEFAULT_VERSION


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("laboratory")
    for number in range(4):
        write_shidc(folder, f"p7_000{number}_1", draw_phantom(500 + number, 256, 256, mpp=0.25))
    return folder


def told_by(result: Result) -> str:
    """The words of an error, without the box around them."""
    return " ".join(result.output.replace("│", " ").split())


def finetune(laboratory: Path, folder: Path, *more: str) -> Result:
    options = ["--data", str(laboratory), "--version", "0.1-lab", "--parent", str(SHIPPED), "--steps", "1"]
    places = ["--output", str(folder / "version"), "--folder", str(folder / "run")]
    return CliRunner().invoke(application(main), [*options, *places, *more])


@pytest.fixture(scope="module")
def tuned(laboratory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Result]]:
    folder = tmp_path_factory.mktemp("tuned")
    yield (
        folder / "version",
        finetune(laboratory, folder, "--learning-rate", "1e-7", "--phantoms", "1", "--choose-parameters"),
    )


def test_it_ends_with_a_version_that_is_archived(tuned: tuple[Path, Result], tmp_path: Path) -> None:
    version, result = tuned
    assert result.exit_code == 0, result.output
    spec = ModelSpec.from_file(version / "spec.json")
    assert spec.version == "0.1-lab"
    load_weights(build_network(spec.network), version / "weights.safetensors")
    assert build_archive_of_folder(version, tmp_path).is_file()


def test_the_report_compares_parent_and_child_on_held_out_fields_and_phantoms(
    tuned: tuple[Path, Result],
) -> None:
    version, _ = tuned
    report = json.loads((version / "report.json").read_text())
    assert report["parent"] == DEFAULT_VERSION
    assert report["trained_on"]["fields"] + report["compared_on"]["fields"] == 4
    for fields, count in (("held out", report["compared_on"]["fields"]), ("phantoms", 1)):
        both = report["comparisons"][fields]
        assert both["parent"]["fields"] == both["child"]["fields"] == count
    assert report["compared_with_parent"] == {"worse_by": [], "accepted": False}
    assert "| held out (" in (version / "report.md").read_text()
    assert f"not worse than {DEFAULT_VERSION}" in (version / "MODEL_CARD.md").read_text()


def test_no_file_of_the_version_names_a_field(tuned: tuple[Path, Result]) -> None:
    version, _ = tuned
    texts = [path.read_text() for path in version.iterdir() if path.suffix in (".md", ".json")]
    assert len(texts) == 5
    assert not any("p7_" in text for text in texts)


def test_a_folder_that_is_there_is_not_written_over(laboratory: Path, tuned: tuple[Path, Result]) -> None:
    result = finetune(laboratory, tuned[0].parent)
    assert result.exit_code == 2
    assert "is there already" in told_by(result)


@pytest.fixture(scope="module")
def spoiled(laboratory: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    folder = tmp_path_factory.mktemp("spoiled")
    more = ("--learning-rate", "0.05", "--phantoms", "0", "--parent-share", "0")
    return folder / "version", finetune(laboratory, folder, *more)


def test_a_child_worse_than_its_parent_is_told_by_which_rule_and_not_archived(
    spoiled: tuple[Path, Result], tmp_path: Path
) -> None:
    version, result = spoiled
    assert result.exit_code == 1
    assert "F1 immunonegative fell from" in result.output
    with pytest.raises(ArchiveError, match=r"worse than its parent: .*fell from.*--accept-worse"):
        build_archive_of_folder(version, tmp_path)


def test_what_is_accepted_though_worse_is_archived(spoiled: tuple[Path, Result], tmp_path: Path) -> None:
    metrics = json.loads((spoiled[0] / "metrics.json").read_text())
    metrics["compared_with_parent"]["accepted"] = True
    (spoiled[0] / "metrics.json").write_text(json.dumps(metrics))
    assert build_archive_of_folder(spoiled[0], tmp_path).is_file()


def test_a_training_that_diverged_is_told(laboratory: Path, tmp_path: Path) -> None:
    result = finetune(laboratory, tmp_path, "--learning-rate", "1e9")
    assert result.exit_code == 2
    assert "diverged; try a smaller --learning-rate" in told_by(result)
    assert not (tmp_path / "version").exists()


def test_fields_that_stand_on_both_sides_are_refused(laboratory: Path, tmp_path: Path) -> None:
    result = finetune(laboratory, tmp_path, "--held-out", str(laboratory))
    assert result.exit_code == 2
    assert "leaking" in told_by(result)


def test_too_few_slides_ask_for_held_out_fields(tmp_path: Path) -> None:
    write_shidc(tmp_path / "one", "p7_0001_1", draw_phantom(500, 64, 64))
    result = finetune(tmp_path / "one", tmp_path)
    assert result.exit_code == 2
    assert "--held-out FOLDER" in told_by(result)


def test_weights_are_drawn_back_to_the_parents_by_a_share() -> None:
    network = torch.nn.Linear(1, 1)
    torch.nn.init.constant_(network.weight, 4.0)
    torch.nn.init.constant_(network.bias, 0.0)
    mix_in(network, {"weight": torch.zeros(1, 1), "bias": torch.ones(1)}, share=0.25)
    assert (float(network.weight.detach()), float(network.bias.detach())) == (3.0, 0.25)


def test_statistics_of_batch_normalisation_stay_the_parents() -> None:
    spec = ModelSpec.from_file(SHIPPED / "spec.json")
    small = replace(spec, network=replace(spec.network, encoder="resnet18"))
    trainer = Trainer(small, replace(recipe_of(2, 1e-3, 0), batch_size=2), torch.device("cpu"))
    before = {name: v.clone() for name, v in trainer.network.state_dict().items()}
    rgb = torch.randint(0, 256, (2, 64, 64, 3), dtype=torch.uint8)
    trainer.step(rgb, torch.zeros(2, 64, 64, dtype=torch.long), torch.zeros(2, 64, 64))
    after = trainer.network.state_dict()
    assert torch.equal(before["encoder.bn1.running_mean"], after["encoder.bn1.running_mean"])
    assert not torch.equal(before["encoder.bn1.weight"], after["encoder.bn1.weight"])


def test_chosen_parameters_cost_no_more_than_the_parents(laboratory: Path) -> None:
    spec = ModelSpec.from_file(SHIPPED / "spec.json")
    bad = replace(spec, thresholds=replace(spec.thresholds, probability=0.6))
    seen = look_at(analyse_fields_with(SHIPPED, 0.25), read_dataset(laboratory, "shidc")[:2])
    chosen = choose_parameters(bad, seen, mpp=0.25)
    assert chosen.network == spec.network
    results = [
        cost(summarise([compared(f.field, decoded(s, f.seen), 0.25) for f in seen])) for s in (bad, chosen)
    ]
    assert results[1] <= results[0]


def test_the_threshold_of_a_kept_map_follows_other_numbers_of_stain(laboratory: Path) -> None:
    spec = ModelSpec.from_file(SHIPPED / "spec.json")
    (seen,) = look_at(analyse_fields_with(SHIPPED, 0.25), read_dataset(laboratory, "shidc")[:1])
    assert dab_threshold_of(seen.seen, spec.stain) == pytest.approx(seen.seen.dab_threshold, abs=0.01)
    assert dab_threshold_of(seen.seen, StainSpec(floor=0.3, ceiling=0.3)) == pytest.approx(0.3)
