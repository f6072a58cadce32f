"""Parent and data in, a fine-tuned child in the run folder out: weights, and the spec that decodes them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from handler.network import save_weights
from handler.spec import ModelSpec
from training.fields import analyse_fields_with
from training.finetune.parameters import choose_parameters, look_at
from training.learning_data import LearningData
from training.loop import run
from training.recipe import Recipe
from training.start import from_version
from training.version_folder import SPEC, WEIGHTS, write_spec

MOST_FIELDS_FOR_PARAMETERS = 24


def recipe_of(steps: int, learning_rate: float, seed: int) -> Recipe:
    """Return the recipe of fine-tuning: few and small steps, statistics of batch normalisation as they are.

    A laboratory's few fields would spoil those; the parent's come from thousands of phantoms.
    """
    return Recipe(
        steps=steps,
        learning_rate=learning_rate,
        warm_up_steps=min(20, steps),
        decay_share=0.5,
        averaging=0.98,
        checkpoint_every=50,
        seed=seed,
        frozen_statistics=True,
    )


def mix_in(network: nn.Module, parent: Mapping[str, torch.Tensor], share: float) -> None:
    """Draw a network's weights this share of the way back to its parent's, in place.

    Keeps what both do well where a laboratory shows few fields (WiSE-FT, Wortsman et al. 2022).
    """
    with torch.no_grad():
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                value.lerp_(parent[name].to(value), share)


def tune(
    parent: Path,
    version: str,
    data: LearningData,
    recipe: Recipe,
    folder: Path,
    device: torch.device,
    parent_share: float,
    chooses: bool,
) -> ModelSpec:
    """Train the child into `folder` and return its spec, which lies beside its weights.

    `parent_share` of its weights stay the parent's. `chooses`: parameters of the decoding are chosen on the
    training part. Raises ValueError where the folder holds a training of other data or another recipe, or
    where the training diverged.
    """
    spec = replace(ModelSpec.from_file(parent / SPEC), version=version)
    source = data.source(spec, recipe, folder)
    identity = {**data.identity(), "parent": parent.name}
    trainer = run(spec, recipe, folder, device, source, from_version(parent / WEIGHTS), identity)
    if not all(value.half().isfinite().all() for value in trainer.average.module.state_dict().values()):
        raise ValueError("the training diverged; try a smaller --learning-rate, and --replace")
    mix_in(trainer.average.module, load_file(parent / WEIGHTS), parent_share)
    save_weights(trainer.average.module, folder / WEIGHTS)
    write_spec(folder, spec)
    if chooses:
        fields = data.training[:MOST_FIELDS_FOR_PARAMETERS]
        spec = choose_parameters(spec, look_at(analyse_fields_with(folder, data.mpp), fields), data.mpp)
        write_spec(folder, spec)
    return spec
