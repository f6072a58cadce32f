"""Fine-tune a shipped version on a laboratory's own points, and say whether it became better."""

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from handler.spec import ModelSpec
from training.datasets import FORMATS, read_dataset
from training.fields import measure_fields
from training.finetune.comparison import Comparison, worse_by
from training.finetune.held_out import HELD_OUT, parts_of
from training.finetune.report import MADE_BY, Counted, Outcome
from training.finetune.tuning import recipe_of, tune
from training.learning_data import LearningData
from training.loop import CHECKPOINT
from training.phantoms.files import UNSEEN_SEED, write_phantoms
from training.prepared import Masks
from training.train import set_threads, torch_device
from training.version_folder import (
    CONFIG,
    SPEC,
    WEIGHTS,
    find_version,
    new_folder,
    write_json,
    write_version,
)

_PHANTOM_MPP = 0.25


def main(
    data: Annotated[
        Path, typer.Option(exists=True, file_okay=False, help="the laboratory's annotated fields")
    ],
    version: Annotated[str, typer.Option(help="name of the new version, such as 1.1-lab")],
    parent: Annotated[
        str | None, typer.Option(help="version, or its folder, to start from; the newest that ships")
    ] = None,
    form: Annotated[str | None, typer.Option("--format", help=f"of the data: {', '.join(FORMATS)}")] = None,
    held_out: Annotated[
        Path | None,
        typer.Option(
            exists=True, file_okay=False, help="fields to compare on; 30 % of the patients or slides"
        ),
    ] = None,
    mpp: Annotated[float, typer.Option(help="microns per pixel of the fields", min=0.05, max=5)] = 0.25,
    steps: Annotated[int, typer.Option(help="batches of 8 crops to learn from", min=1)] = 100,
    learning_rate: Annotated[float, typer.Option(min=1e-7)] = 2e-4,
    phantom_share: Annotated[
        float, typer.Option(help="of the crops, phantoms: against forgetting", min=0, max=0.95)
    ] = 0.5,
    parent_share: Annotated[
        float, typer.Option(help="of the weights, what stays the parent's: for robustness", min=0, max=1)
    ] = 0.5,
    chooses: Annotated[
        bool, typer.Option("--choose-parameters/--keep-parameters", help="of the decoding and the stain")
    ] = False,
    phantoms: Annotated[int, typer.Option(help="unseen phantoms to compare on too", min=0)] = 8,
    accept_worse: Annotated[
        bool, typer.Option("--accept-worse", help="let it be archived even if worse")
    ] = False,
    output: Annotated[
        Path | None, typer.Option(help="version folder to write; model_store/ki67/VERSION")
    ] = None,
    replaces: Annotated[bool, typer.Option("--replace", help="start anew, over an earlier one")] = False,
    folder: Annotated[
        Path | None, typer.Option(help="run folder, resumed if it holds a checkpoint; runs/VERSION")
    ] = None,
    seed: Annotated[int, typer.Option(help="draws splits and samples", min=0, max=9)] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda")] = "auto",
    threads: Annotated[int, typer.Option(help="CPU threads, 0: all", min=0)] = 0,
) -> None:
    """Fine-tune a version; the exit status is 1 where it became worse and that is not accepted."""
    set_threads(threads)
    run_folder = folder or Path("runs") / version
    try:
        target = new_folder(version, output, MADE_BY, replaces)
        if replaces:
            (run_folder / CHECKPOINT).unlink(missing_ok=True)
        start = find_version(parent)
        parts = parts_of(data, form, held_out, seed)
        learnt = LearningData(parts, Masks.watershed, mpp, phantom_share)
        recipe = recipe_of(steps, learning_rate, seed)
        place = torch_device(device)
        child = tune(start, version, learnt, recipe, run_folder, place, parent_share, chooses)
        comparisons = compare(start, run_folder, learnt, phantoms)
    except ValueError as error:  # of names, data, the run folder, or a training that diverged
        raise typer.BadParameter(str(error)) from error
    outcome = Outcome(
        version=version,
        parent=ModelSpec.from_file(start / SPEC),
        child=child,
        recipe=recipe,
        phantom_share=phantom_share,
        parent_share=parent_share,
        learnt=Counted.of(parts["training"]),
        held_out=Counted.of(parts[HELD_OUT]),
        comparisons=comparisons,
        worse_by=worse_by(comparisons[0].parent, comparisons[0].child),
        accepted=accept_worse,
    )
    _write(outcome, target, run_folder, start)
    if outcome.worse_by and not accept_worse:
        typer.echo("More fields, fewer steps or a smaller --learning-rate may help; --accept-worse keeps it.")
        raise typer.Exit(1)


def compare(parent: Path, child: Path, learnt: LearningData, phantoms: int) -> list[Comparison]:
    """Measure both versions on the held-out fields, and on unseen phantoms."""
    fields = learnt.splits[HELD_OUT]
    both = [measure_fields(version, fields, learnt.mpp, version.name) for version in (parent, child)]
    comparisons = [Comparison.of(HELD_OUT, *both)]
    if phantoms:
        with tempfile.TemporaryDirectory() as name:
            write_phantoms(Path(name), phantoms, UNSEEN_SEED, mpp=_PHANTOM_MPP)
            drawn = read_dataset(Path(name), "shidc")
            both = [measure_fields(v, drawn, _PHANTOM_MPP, f"{v.name}, phantoms") for v in (parent, child)]
        comparisons.append(Comparison.of("phantoms", *both))
    return comparisons


def _write(outcome: Outcome, target: Path, run_folder: Path, parent: Path) -> None:
    metrics = outcome.to_json() | {c.name.replace(" ", "_"): asdict(c.child) for c in outcome.comparisons}
    config = parent / CONFIG if (parent / CONFIG).is_file() else find_version(None) / CONFIG
    write_version(target, outcome.child, run_folder / WEIGHTS, config, outcome.to_card(), metrics)
    write_json(target / "report.json", outcome.to_json())
    (target / "report.md").write_text(outcome.to_markdown(), encoding="utf-8")
    typer.echo(outcome.to_markdown())
    typer.echo(f"wrote the version and report.md to {target}")


if __name__ == "__main__":
    typer.run(main)
