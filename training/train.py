"""Train a version's network: preset and data in; checkpoints, then weights, spec and measured metrics out.

Flow: phantoms drawn on the fly, or crops of an annotated data set mixed with them -> loss -> optimiser; a
running average of the weights is what ships. Stops at `--steps`; started again with the same run folder it
resumes from the last checkpoint.
"""

import json
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

from handler.network import save_weights
from handler.spec import ModelSpec
from training.annotated import epochs_to_steps
from training.datasets import FORMATS, DataSetError, read_dataset
from training.datasets.splits import read_splits, write_splits
from training.evaluate import by_source, report
from training.fields import measure_fields
from training.learning_data import LearningData, by_split
from training.loop import CHECKPOINT, run
from training.measures import summarise
from training.phantoms.files import UNSEEN_SEED, write_phantoms
from training.prepared import Masks
from training.presets import PRESETS, PROJECT, Preset
from training.recipe import Recipe
from training.scorers import in_process
from training.start import RANDOM, from_encoder, from_version
from training.trainer import Start, Trainer, from_nothing
from training.version_folder import SPEC, WEIGHTS, VersionError, find_version

__all__ = ["Recipe", "Trainer", "main", "run"]

SPLITS = "splits.json"


def main(
    preset: Annotated[str, typer.Option(help=f"recipe: {', '.join(PRESETS)}")] = PROJECT,
    spec: Annotated[Path | None, typer.Option(help="spec.json of the version to train; the preset's")] = None,
    folder: Annotated[
        Path | None,
        typer.Option(help="run folder, resumed if it holds a checkpoint; runs/ and the spec's version"),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="annotated data set; without: phantoms")
    ] = None,
    form: Annotated[str | None, typer.Option("--format", help=f"of the data: {', '.join(FORMATS)}")] = None,
    splits: Annotated[
        Path | None, typer.Option(exists=True, help="splits file; drawn 70/15/15 by patient or slide")
    ] = None,
    masks: Annotated[Masks | None, typer.Option(help="how points become class maps; the preset's")] = None,
    mpp: Annotated[float, typer.Option(help="microns per pixel of the data set", min=0.05, max=5)] = 0.25,
    phantom_share: Annotated[
        float, typer.Option(help="of the samples, phantoms among a data set's", min=0, max=0.95)
    ] = 0.0,
    phantoms: Annotated[int, typer.Option(help="unseen phantoms to measure on at the end", min=0)] = 50,
    steps: Annotated[int | None, typer.Option(help="batches to learn from, in all", min=1)] = None,
    epochs: Annotated[int | None, typer.Option(help="instead of --steps, with --data", min=1)] = None,
    batch_size: Annotated[int | None, typer.Option(min=2)] = None,
    crop_px: Annotated[int | None, typer.Option(help="side of a crop, a multiple of 32", min=64)] = None,
    learning_rate: Annotated[float | None, typer.Option(min=1e-6)] = None,
    seed: Annotated[int, typer.Option(help="draws samples, splits and the first weights", min=0, max=9)] = 0,
    encoder_weights: Annotated[
        str | None, typer.Option(help="imagenet, or a file of the encoder's state dict; the preset's")
    ] = None,
    parent: Annotated[
        str | None, typer.Option(help="version, by name or folder, whose weights training starts from")
    ] = None,
    rich_stroma: Annotated[
        bool, typer.Option("--rich-stroma", help="phantoms full of what is easily taken for tumour nuclei")
    ] = False,
    random_start: Annotated[bool, typer.Option("--random-start", help="start from random weights")] = False,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda")] = "auto",
    threads: Annotated[int, typer.Option(help="CPU threads, 0: all", min=0)] = 0,
) -> None:
    """Train a network on phantoms made on the fly, or on an annotated data set; run again to resume."""
    chosen = _preset(preset)
    recipe = replace(
        chosen.recipe,
        seed=seed,
        rich_stroma=rich_stroma,
        steps=steps or chosen.recipe.steps,
        batch_size=batch_size or chosen.recipe.batch_size,
        crop_px=crop_px or chosen.recipe.crop_px,
        learning_rate=learning_rate or chosen.recipe.learning_rate,
    )
    if recipe.crop_px % 32:
        raise typer.BadParameter("--crop-px must be a multiple of 32")
    if epochs is not None and (data is None or steps is not None):
        raise typer.BadParameter("--epochs counts passes over --data, and goes without --steps")
    set_threads(threads)
    spec_file = spec or chosen.spec
    passes = epochs or (chosen.epochs if steps is None else None)
    first_weights = RANDOM if random_start else encoder_weights or chosen.encoder_weights
    try:
        model = ModelSpec.from_file(spec_file)
        folder = folder or Path("runs") / model.version
        start = _start(model, parent, first_weights, folder)
        learnt = _learning_data(data, form, splits, masks or chosen.masks, mpp, phantom_share, seed, folder)
        trainer = _trained(model, recipe, folder, torch_device(device), start, learnt, passes)
    except ValueError as error:  # of the data set, the first weights, the spec or the checkpoint
        raise typer.BadParameter(str(error)) from error
    save_weights(trainer.average.module, folder / "weights.safetensors")
    (folder / "spec.json").write_bytes(spec_file.read_bytes())
    figures = measure_on_phantoms(folder, phantoms) if phantoms else {}
    figures |= _held_out_figures(folder, learnt)
    (folder / "metrics.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    typer.echo(f"wrote weights.safetensors, spec.json and metrics.json to {folder}")


def _preset(name: str) -> Preset:
    if name not in PRESETS:
        raise typer.BadParameter(f"no preset {name!r}; there are {', '.join(PRESETS)}")
    return PRESETS[name]


def set_threads(threads: int) -> None:
    """Compute on so many CPU threads; 0 leaves the choice to PyTorch."""
    if threads:
        torch.set_num_threads(threads)


def torch_device(name: str) -> torch.device:
    """Return the device of a name; `auto` is a GPU where there is one."""
    return torch.device(("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name)


def _start(spec: ModelSpec, parent: str | None, encoder_weights: str, folder: Path) -> Start:
    """Return the first weights; a training that is resumed needs none. Raises StartError, VersionError."""
    if (folder / CHECKPOINT).exists():
        return from_nothing
    if parent is not None:
        return _from_parent(spec, find_version(parent))
    if encoder_weights == RANDOM:
        return from_nothing
    return from_encoder(spec.network, encoder_weights)


def _from_parent(spec: ModelSpec, parent: Path) -> Start:
    if ModelSpec.from_file(parent / SPEC).network != spec.network:
        raise VersionError(f"{parent.name} has another network than this spec; name a parent with the same")
    return from_version(parent / WEIGHTS)


def _learning_data(
    data: Path | None,
    form: str | None,
    splits: Path | None,
    masks: Masks,
    mpp: float,
    phantom_share: float,
    seed: int,
    folder: Path,
) -> LearningData | None:
    """Read the data set and split it; the splits are written into the run folder. Raises DataSetError."""
    if data is None:
        return None
    given = read_splits(splits) if splits is not None else None
    parts = by_split(read_dataset(data, form), given, seed)
    folder.mkdir(parents=True, exist_ok=True)
    names = {split: [field.name for field in part] for split, part in parts.items()}
    if (folder / SPLITS).exists() and read_splits(folder / SPLITS) != names:
        raise DataSetError(f"{folder / SPLITS} holds other splits; train into another folder")
    write_splits(folder / SPLITS, names, seed)
    return LearningData(parts, masks, mpp, phantom_share)


def _trained(
    spec: ModelSpec,
    recipe: Recipe,
    folder: Path,
    device: torch.device,
    start: Start,
    learnt: LearningData | None,
    epochs: int | None,
) -> Trainer:
    """Train on phantoms, or on a data set for so many epochs (None: the recipe's steps)."""
    if learnt is None:
        return run(spec, recipe, folder, device, start=start)
    if epochs is not None:
        recipe = replace(recipe, steps=epochs_to_steps(epochs, learnt.training, recipe.batch_size))
    source = learnt.source(spec, recipe, folder)
    return run(spec, recipe, folder, device, source, start, learnt.identity())


def measure_on_phantoms(version_folder: Path, count: int) -> dict[str, Any]:
    """Return the figures of a version on phantoms that no training draws."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "phantoms"
        write_phantoms(folder, count, UNSEEN_SEED)
        results = by_source(in_process(version_folder), [folder], mpp=0.25, radius_um=6.0, pictures=None)
        return report(results)


def _held_out_figures(version_folder: Path, learnt: LearningData | None) -> dict[str, Any]:
    """Return the figures of every split but the training part; fields have no names there."""
    parts = {} if learnt is None else {k: v for k, v in learnt.splits.items() if v and k != "training"}
    return {
        split: asdict(summarise(measure_fields(version_folder, fields, learnt.mpp, split)))
        for split, fields in parts.items()
        if learnt is not None
    }


if __name__ == "__main__":
    typer.run(main)
