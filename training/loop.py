"""The training loop: a source of samples in, checkpoints and a log in a run folder, a trained network out."""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import typer
from torch.utils.data import DataLoader
from tqdm import tqdm

from handler.spec import ModelSpec
from training.recipe import Recipe
from training.samples import PhantomSource, SampleBatches, Source
from training.trainer import Start, Trainer, from_nothing

CHECKPOINT = "checkpoint.pt"


def run(
    spec: ModelSpec,
    recipe: Recipe,
    folder: Path,
    device: torch.device,
    source: Source | None = None,
    start: Start = from_nothing,
    data: Mapping[str, Any] | None = None,
) -> Trainer:
    """Train to `recipe.steps`, checkpointing into `folder`; resumes where a checkpoint lies there.

    Without a `source` it learns from phantoms. Raises ValueError where the checkpoint is of another
    recipe, network or `data`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / CHECKPOINT
    trainer = Trainer(spec, recipe, device, from_nothing if checkpoint.exists() else start, data)
    if checkpoint.exists():
        trainer.resume(checkpoint)
    source = source or PhantomSource(
        recipe.seed, recipe.crop_px, spec.sampling.working_mpp, recipe.rich_stroma
    )
    batches = SampleBatches(source, recipe.batch_size, trainer.step_number)
    loader = DataLoader(batches, batch_size=None, num_workers=_drawers(device), prefetch_factor=4)
    started = time.monotonic()
    _learn(trainer, loader, folder)
    trainer.save(checkpoint)
    typer.echo(f"trained to step {trainer.step_number} in {time.monotonic() - started:.0f} s")
    return trainer


def _learn(trainer: Trainer, loader: DataLoader[Any], folder: Path) -> None:
    recipe = trainer.recipe
    progress = tqdm(total=recipe.steps, initial=trainer.step_number, unit="step", smoothing=0.05)
    with (folder / "log.jsonl").open("a", encoding="utf-8") as log, progress:
        for batch in loader:
            if trainer.step_number >= recipe.steps:
                break
            loss = trainer.step(*batch)
            progress.update()
            progress.set_postfix(loss=f"{loss:.3f}")
            log.write(json.dumps({"step": trainer.step_number, "loss": round(loss, 4)}) + "\n")
            if trainer.step_number % recipe.checkpoint_every == 0:
                trainer.save(folder / CHECKPOINT)
                log.flush()


def _drawers(device: torch.device) -> int:
    """Return how many processes draw samples: beside a GPU every core but one, beside a CPU one."""
    return max(1, (os.cpu_count() or 1) - 1) if device.type == "cuda" else 1
