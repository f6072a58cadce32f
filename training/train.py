"""Train a version's network on phantoms: spec in; checkpoints, then weights, spec and measured metrics out.

Flow: phantom seeds -> crops -> loss -> AdamW; a running average of the weights is what ships. Stops at
`--steps`; started again with the same run folder it resumes from the last checkpoint.
"""

import json
import os
import tempfile
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader
from tqdm import tqdm

from handler.network import build_network, save_weights
from handler.spec import ModelSpec
from training.evaluate import by_source, report
from training.losses import segmentation_loss
from training.phantoms.files import UNSEEN_SEED, write_phantoms
from training.samples import PhantomBatches
from training.scorers import in_process


@dataclass(frozen=True)
class Recipe:
    """How to train; lengths in pixels at the working resolution."""

    steps: int
    batch_size: int = 8
    crop_px: int = 160
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    warm_up_steps: int = 100
    decay_share: float = 0.35
    averaging: float = 0.998
    checkpoint_every: int = 100
    seed: int = 0

    @property
    def identity(self) -> dict[str, Any]:
        """What must not change while a training goes on; the number of steps may."""
        return {
            name: value for name, value in asdict(self).items() if name not in ("steps", "checkpoint_every")
        }

    def rate_at(self, step: int) -> float:
        """Return the learning rate: a linear rise, a plateau, and a linear fall over the last share."""
        rise = min((step + 1) / self.warm_up_steps, 1.0)
        fall = min((self.steps - step) / max(self.decay_share * self.steps, 1.0), 1.0)
        return self.learning_rate * max(min(rise, fall), 0.0)


class Trainer:
    """Network, optimiser and running average, with one step and a checkpoint as its verbs."""

    def __init__(self, spec: ModelSpec, recipe: Recipe, device: torch.device) -> None:
        torch.manual_seed(recipe.seed)
        self.spec, self.recipe, self.device, self.step_number = spec, recipe, device, 0
        network = build_network(spec.network)
        silence_residual_branches(network)
        self.network = network.to(device).to(memory_format=torch.channels_last)
        self.average = AveragedModel(
            self.network,
            multi_avg_fn=get_ema_multi_avg_fn(recipe.averaging),  # type: ignore[no-untyped-call]
            use_buffers=True,
        )
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(),
            lr=recipe.learning_rate,
            weight_decay=recipe.weight_decay,
            fused=True,
        )
        self._mean = torch.tensor(spec.network.mean, device=device).view(1, 3, 1, 1) * 255
        self._std = torch.tensor(spec.network.std, device=device).view(1, 3, 1, 1) * 255

    def step(self, rgb: torch.Tensor, classes: torch.Tensor, interior: torch.Tensor) -> float:
        """Learn from one batch and return its loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.rate_at(self.step_number)
        pixels = rgb.to(self.device).movedim(-1, 1).float().contiguous(memory_format=torch.channels_last)
        self.network.train()
        with self._precision():
            logits = self.network((pixels - self._mean) / self._std)
        loss = segmentation_loss(logits.float(), classes.to(self.device), interior.to(self.device))
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimiser.step()
        self.average.update_parameters(self.network)
        self.step_number += 1
        return float(loss.detach())

    def _precision(self) -> AbstractContextManager[Any]:
        """Use bf16 where the device computes it natively; elsewhere it is slower than fp32."""
        if self.device.type == "cuda" or _cpu_has_bf16():
            return torch.autocast(self.device.type, torch.bfloat16)
        return nullcontext()

    @property
    def _identity(self) -> dict[str, Any]:
        """Recipe, network and working resolution: what must not change between two stops."""
        network = json.dumps(asdict(self.spec.network))
        resolution = {"network": network, "working_mpp": self.spec.sampling.working_mpp}
        return self.recipe.identity | resolution

    def save(self, path: Path) -> None:
        """Write a checkpoint whole or not at all."""
        partial = path.with_suffix(".partial")
        state = {
            "recipe": self._identity,
            "step": self.step_number,
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }
        torch.save(state, partial)
        partial.replace(path)

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint that `save` wrote; raises ValueError where another recipe made it."""
        state = torch.load(path, map_location=self.device, weights_only=True)
        if state["recipe"] != self._identity:
            raise ValueError(f"{path} was made with {state['recipe']}; train into another folder")
        self.step_number = state["step"]
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])


def silence_residual_branches(network: nn.Module) -> None:
    """Start every residual block as the identity (Goyal et al. 2017): trains faster from nothing."""
    for module in network.modules():
        last_norm = getattr(module, "bn3", None)
        if isinstance(last_norm, nn.BatchNorm2d):
            nn.init.zeros_(last_norm.weight)


def _drawers(device: torch.device) -> int:
    """Return how many processes draw phantoms: beside a GPU every core but one, beside a CPU one."""
    return max(1, (os.cpu_count() or 1) - 1) if device.type == "cuda" else 1


def _cpu_has_bf16() -> bool:
    return bool(torch.cpu._is_avx512_bf16_supported()) or bool(torch.cpu._is_amx_tile_supported())


def run(spec: ModelSpec, recipe: Recipe, folder: Path, device: torch.device) -> Trainer:
    """Train to `recipe.steps`, checkpointing into `folder`; resumes where a checkpoint lies there."""
    folder.mkdir(parents=True, exist_ok=True)
    trainer, checkpoint = Trainer(spec, recipe, device), folder / "checkpoint.pt"
    if checkpoint.exists():
        trainer.resume(checkpoint)
    batches = PhantomBatches(
        recipe.seed, recipe.batch_size, recipe.crop_px, spec.sampling.working_mpp, trainer.step_number
    )
    loader = DataLoader(batches, batch_size=None, num_workers=_drawers(device), prefetch_factor=4)
    progress = tqdm(total=recipe.steps, initial=trainer.step_number, unit="step", smoothing=0.05)
    started = time.monotonic()
    with (folder / "log.jsonl").open("a", encoding="utf-8") as log, progress:
        for batch in loader:
            if trainer.step_number >= recipe.steps:
                break
            loss = trainer.step(*batch)
            progress.update()
            progress.set_postfix(loss=f"{loss:.3f}")
            log.write(json.dumps({"step": trainer.step_number, "loss": round(loss, 4)}) + "\n")
            if trainer.step_number % recipe.checkpoint_every == 0:
                trainer.save(checkpoint)
                log.flush()
    trainer.save(checkpoint)
    typer.echo(f"trained to step {trainer.step_number} in {time.monotonic() - started:.0f} s")
    return trainer


def main(
    spec: Annotated[Path, typer.Option(help="spec.json of the version to train")] = Path(
        "model_store/ki67/1.0/spec.json"
    ),
    folder: Annotated[
        Path, typer.Option(help="run folder: checkpoints and log; resumed if it holds one")
    ] = Path("runs/1.0"),
    phantoms: Annotated[int, typer.Option(help="unseen phantoms to measure on at the end", min=0)] = 50,
    steps: Annotated[int, typer.Option(help="batches to learn from, in all", min=1)] = 5000,
    batch_size: Annotated[int, typer.Option(min=2)] = 8,
    crop_px: Annotated[int, typer.Option(help="side of a crop, a multiple of 32", min=64)] = 160,
    learning_rate: Annotated[float, typer.Option(min=1e-6)] = 1e-3,
    seed: Annotated[int, typer.Option(help="draws the phantoms and the first weights", min=0, max=9)] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda")] = "auto",
    threads: Annotated[int, typer.Option(help="CPU threads, 0: all", min=0)] = 0,
) -> None:
    """Train a network on phantoms made on the fly; run again to resume."""
    if crop_px % 32:
        raise typer.BadParameter("--crop-px must be a multiple of 32")
    if threads:
        torch.set_num_threads(threads)
    name = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    recipe = Recipe(
        steps=steps, batch_size=batch_size, crop_px=crop_px, learning_rate=learning_rate, seed=seed
    )
    trainer = run(ModelSpec.from_file(spec), recipe, folder, torch.device(name))
    save_weights(trainer.average.module, folder / "weights.safetensors")
    (folder / "spec.json").write_bytes(spec.read_bytes())
    figures = measure_on_phantoms(folder, phantoms) if phantoms else {}
    (folder / "metrics.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    typer.echo(f"wrote weights.safetensors, spec.json and metrics.json to {folder}")


def measure_on_phantoms(version_folder: Path, count: int) -> dict[str, Any]:
    """Return the figures of a version on phantoms that no training draws."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "phantoms"
        write_phantoms(folder, count, UNSEEN_SEED)
        results = by_source(in_process(version_folder), [folder], mpp=0.25, radius_um=6.0, pictures=None)
        return report(results)


if __name__ == "__main__":
    typer.run(main)
