"""Recipes by name, each with the spec of what it trains: the project's own, and the paper's.

`mcconnell2021` is section 3.1 of McConnell et al. 2021: whole fields at 256 x 256, U-Net with an ImageNet
ResNet50 encoder, softmax over three classes, Dice loss, Adam at 0.001, 10 epochs, every weight trained. The
batch size is ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from training.prepared import Masks
from training.recipe import Recipe
from training.start import IMAGENET, RANDOM
from training.version_folder import DEFAULT_VERSION, SPEC

PROJECT, PAPER = "ki67", "mcconnell2021"
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Preset:
    """A recipe, the `spec.json` of what it trains, the masks it learns from, and its first weights.

    `epochs` takes the place of the recipe's steps where a data set is learnt from. `encoder_weights` is
    `imagenet` or `random`.
    """

    recipe: Recipe
    spec: Path
    masks: Masks
    epochs: int | None
    encoder_weights: str


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        PROJECT: Preset(
            recipe=Recipe(steps=5000),
            spec=DEFAULT_VERSION / SPEC,
            masks=Masks.watershed,
            epochs=None,
            encoder_weights=RANDOM,
        ),
        PAPER: Preset(
            recipe=Recipe(
                steps=5000,
                crop_px=256,
                learning_rate=1e-3,
                weight_decay=0.0,
                warm_up_steps=1,
                decay_share=0.0,
                averaging=0.0,
                loss="dice",
                optimiser="adam",
                gradient_norm=float("inf"),
                augmented=False,
            ),
            spec=_HERE / "mcconnell2021.json",
            masks=Masks.mcconnell2021,
            epochs=10,
            encoder_weights=IMAGENET,
        ),
    }
)
