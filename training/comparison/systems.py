"""Train and measure one compared system: spec and budget in, a run folder and a `Result` out.

Every system sees the same phantoms in the same order, with the same recipe and seed. A run that was stopped
goes on where it was; one that is done is not trained again.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from handler.network import build_network, save_weights
from handler.spec import ModelSpec
from training.comparison.speed import tiles_a_second
from training.evaluate import by_source
from training.measures import Summary, summarise
from training.scorers import in_process
from training.train import Recipe, run

COMPARED = Path(__file__).resolve().parents[1] / "compared"
BASELINE = Path(__file__).resolve().parents[2] / "model_store" / "ki67" / "colour-1.0"
SYSTEMS = {
    "fcrn-a": "FCRN-A",
    "fcrn-b": "FCRN-B",
    "deeplabv3-mobilenetv2": "modified DeepLabV3, MobileNetV2",
    "deeplabv3-xception": "modified DeepLabV3, Xception",
    "pathonet": "PathoNet",
    "unet-resnet50": "U-Net, ResNet50 (proposed)",
}
"""Name of the spec and of the system, in the order of the paper's Table 2."""

_WINDOW_SHARE = 0.05
_LONGEST_AVERAGING = 0.998


@dataclass(frozen=True)
class Budget:
    """What every system gets: crops of `crop_px` at the working resolution, `batch_size` a step."""

    steps: int
    batch_size: int
    crop_px: int
    seed: int

    @property
    def recipe(self) -> Recipe:
        """The recipe, with a warm-up and a running average of the weights that fit so many steps.

        The average reaches back over a twentieth of the training; a longer one would measure its beginning.
        """
        window = max(_WINDOW_SHARE * self.steps, 1.0)
        return Recipe(
            steps=self.steps,
            batch_size=self.batch_size,
            crop_px=self.crop_px,
            seed=self.seed,
            warm_up_steps=max(1, min(100, self.steps // 6)),
            averaging=min(1.0 - 1.0 / window, _LONGEST_AVERAGING),
            checkpoint_every=50,
        )


@dataclass(frozen=True)
class Result:
    """One system: its size, what training cost (None: no training, or unknown), its speed, its figures."""

    system: str
    parameters: int
    training_seconds: float | None
    tiles_a_second: float
    figures: dict[str, Summary]


def train_system(name: str, budget: Budget, folder: Path, device: torch.device) -> None:
    """Train the system called `name` in `SYSTEMS` into `folder`, unless that is done already.

    Raises ValueError where the folder holds a training with another budget.
    """
    record = folder / "training.json"
    if record.exists() and json.loads(record.read_text(encoding="utf-8"))["budget"] == asdict(budget):
        return
    spec_file = COMPARED / f"{name}.json"
    before, started = _steps_done(folder), time.monotonic()
    trainer = run(ModelSpec.from_file(spec_file), budget.recipe, folder, device)
    seconds, steps = time.monotonic() - started, trainer.step_number - before
    save_weights(trainer.average.module, folder / "weights.safetensors")
    (folder / "spec.json").write_bytes(spec_file.read_bytes())
    told = {
        "budget": asdict(budget),
        "seconds": round(seconds / steps * trainer.step_number, 1) if steps else None,
    }
    record.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def _steps_done(folder: Path) -> int:
    """Return the step of the last checkpoint in `folder`, from where a training goes on."""
    checkpoint = folder / "checkpoint.pt"
    return int(torch.load(checkpoint, weights_only=True)["step"]) if checkpoint.exists() else 0


def measure_system(system: str, version_folder: Path, fields: Sequence[Path]) -> Result:
    """Measure a trained system, or the baseline, on folders of annotated fields at 0.25 microns per pixel."""
    spec = ModelSpec.from_file(version_folder / "spec.json")
    results = by_source(in_process(version_folder), fields, mpp=0.25, radius_um=6.0, pictures=None)
    return Result(
        system=system,
        parameters=sum(each.numel() for each in build_network(spec.network).parameters()),
        training_seconds=_training_seconds(version_folder),
        tiles_a_second=tiles_a_second(spec, version_folder / "weights.safetensors"),
        figures={source: summarise(found) for source, found in results.items()},
    )


def _training_seconds(folder: Path) -> float | None:
    record = folder / "training.json"
    if not record.exists():
        return None
    seconds: float | None = json.loads(record.read_text(encoding="utf-8"))["seconds"]
    return seconds
