"""How a network is trained: what presets and commands choose, and the learning rate at each step."""

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Recipe:
    """How to train; lengths in pixels at the working resolution.

    `averaging` is the share that the running average keeps at each step; at 0 it is the network itself.
    `augmented` turns, mirrors, scales and tints annotated fields; phantoms vary by themselves.
    `frozen_statistics` keeps those of batch normalisation as they are. `gradient_norm` clips.
    `rich_stroma` is that of the phantoms.
    """

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
    loss: Literal["segmentation", "dice"] = "segmentation"
    optimiser: Literal["adamw", "adam"] = "adamw"
    gradient_norm: float = 5.0
    augmented: bool = True
    frozen_statistics: bool = False
    rich_stroma: bool = False

    @property
    def identity(self) -> dict[str, Any]:
        """What must not change while a training goes on; the number of steps may."""
        return {
            name: value for name, value in asdict(self).items() if name not in ("steps", "checkpoint_every")
        }

    def rate_at(self, step: int) -> float:
        """Return the learning rate: a linear rise, a plateau, and a linear fall over the last share."""
        rise = min((step + 1) / max(self.warm_up_steps, 1), 1.0)
        fall = min((self.steps - step) / max(self.decay_share * self.steps, 1.0), 1.0)
        return self.learning_rate * max(min(rise, fall), 0.0)
