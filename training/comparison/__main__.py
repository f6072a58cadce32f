"""Compare the systems of the paper's Table 2 and the colour baseline under one equal budget."""

import os
import shlex
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import torch
import typer
from tqdm import tqdm

from training.comparison.systems import BASELINE, SYSTEMS, Budget, Result, measure_system, train_system
from training.comparison.table import Circumstances, as_json, as_markdown
from training.phantoms.files import UNSEEN_SEED, write_phantoms


def train_all(names: Sequence[str], budget: Budget, folder: Path, device: torch.device) -> None:
    """Train each system into a folder of its own name; those that are done are passed over."""
    progress = tqdm(names, unit="system", file=sys.stderr)
    for name in progress:
        progress.set_description(name)
        try:
            train_system(name, budget, folder / name, device)
        except ValueError as error:
            raise typer.BadParameter(
                f"{error}; take another --folder, or remove {folder / name}", param_hint="--folder"
            ) from error


def measure_all(names: Sequence[str], folder: Path, phantoms: int, data: Sequence[Path]) -> list[Result]:
    """Measure the baseline and each trained system on phantoms that no training draws, and on `data`."""
    with tempfile.TemporaryDirectory() as scratch:
        unseen = Path(scratch) / "phantoms"
        write_phantoms(unseen, phantoms, UNSEEN_SEED)
        versions = {"colour separation (no training)": BASELINE}
        versions |= {SYSTEMS[name]: folder / name for name in names}
        fields = [unseen, *data]
        return [measure_system(system, version, fields) for system, version in versions.items()]


def main(
    steps: Annotated[int, typer.Option(help="batches each system learns from", min=1)] = 300,
    phantoms: Annotated[int, typer.Option(help="unseen phantoms to measure on", min=1)] = 50,
    data: Annotated[
        list[Path] | None,
        typer.Option(exists=True, file_okay=False, help="images with JSON points to measure on too"),
    ] = None,
    folder: Annotated[Path, typer.Option(help="run folders; resumed where they hold checkpoints")] = Path(
        "runs/comparison"
    ),
    output: Annotated[Path, typer.Option(help="folder for comparison.md and comparison.json")] = Path(
        "docs/model"
    ),
    system: Annotated[
        list[str] | None, typer.Option(help=f"one of them alone (repeat it): {', '.join(SYSTEMS)}")
    ] = None,
    batch_size: Annotated[int, typer.Option(min=2)] = 8,
    crop_px: Annotated[int, typer.Option(help="side of a crop, a multiple of 32", min=64)] = 160,
    seed: Annotated[int, typer.Option(help="draws the phantoms and the first weights", min=0, max=9)] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda: where to train")] = "auto",
    threads: Annotated[int, typer.Option(help="CPU threads, 0: all", min=0)] = 0,
) -> None:
    """Train the compared systems under one equal budget, measure all, and write one table."""
    names = system or list(SYSTEMS)
    if unknown := sorted(set(names) - SYSTEMS.keys()):
        raise typer.BadParameter(f"no such system: {', '.join(unknown)}; there are {', '.join(SYSTEMS)}")
    if crop_px % 32:
        raise typer.BadParameter("--crop-px must be a multiple of 32")
    if threads:
        torch.set_num_threads(threads)
    where = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    started, budget = time.monotonic(), Budget(steps, batch_size, crop_px, seed)
    train_all(names, budget, folder, torch.device(where))
    results = measure_all(names, folder, phantoms, data or [])
    _write(results, Circumstances(_command(), budget, os.cpu_count() or 1, where), output)
    typer.echo(f"{len(results)} systems in {time.monotonic() - started:.0f} s")


def _command() -> str:
    options = shlex.join(sys.argv[1:])
    return f'make comparison ARGS="{options}"' if options else "make comparison"


def _write(results: Sequence[Result], circumstances: Circumstances, output: Path) -> None:
    output.mkdir(parents=True, exist_ok=True)
    document = as_markdown(results, circumstances)
    (output / "comparison.md").write_text(document, encoding="utf-8")
    (output / "comparison.json").write_text(as_json(results, circumstances), encoding="utf-8")
    typer.echo(document)
    typer.echo(f"wrote comparison.md and comparison.json to {output}")


if __name__ == "__main__":
    typer.run(main)
