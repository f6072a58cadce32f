"""One training: batches in, a network and its running average out, with a checkpoint to go on from."""

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from handler.network import build_network
from handler.spec import ModelSpec
from training.losses import LOSSES
from training.recipe import Recipe

Start = Callable[[nn.Module], None]
"""Puts the first weights into a network that was built at random."""


def from_nothing(_network: nn.Module) -> None:
    """Keep the random weights."""


class Trainer:
    """Network, optimiser and running average, with one step and a checkpoint as its verbs.

    `data` names what is learnt from beside phantoms: a checkpoint of other data is refused.
    """

    def __init__(
        self,
        spec: ModelSpec,
        recipe: Recipe,
        device: torch.device,
        start: Start = from_nothing,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        torch.manual_seed(recipe.seed)
        self.spec, self.recipe, self.device, self.step_number = spec, recipe, device, 0
        self._data = dict(data or {})
        network = build_network(spec.network)
        silence_residual_branches(network)
        start(network)
        self.network = network.to(device).to(memory_format=torch.channels_last)
        self.average = AveragedModel(
            self.network,
            multi_avg_fn=get_ema_multi_avg_fn(recipe.averaging),  # type: ignore[no-untyped-call]
            use_buffers=True,
        )
        self.optimiser = _optimiser(recipe, self.network)
        self._loss = LOSSES[recipe.loss]
        self._mean = torch.tensor(spec.network.mean, device=device).view(1, 3, 1, 1) * 255
        self._std = torch.tensor(spec.network.std, device=device).view(1, 3, 1, 1) * 255

    def step(self, rgb: torch.Tensor, classes: torch.Tensor, interior: torch.Tensor) -> float:
        """Learn from one batch and return its loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.rate_at(self.step_number)
        pixels = rgb.to(self.device).movedim(-1, 1).float().contiguous(memory_format=torch.channels_last)
        self._train_mode()
        with self._precision():
            logits = self.network((pixels - self._mean) / self._std)
        loss = self._loss(logits.float(), classes.to(self.device), interior.to(self.device))
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.gradient_norm)
        self.optimiser.step()
        self.average.update_parameters(self.network)
        self.step_number += 1
        return float(loss.detach())

    def _train_mode(self) -> None:
        self.network.train()
        if self.recipe.frozen_statistics:
            for module in self.network.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()

    def _precision(self) -> AbstractContextManager[Any]:
        """Use bf16 where the device computes it natively; elsewhere it is slower than fp32."""
        if self.device.type == "cuda" or _cpu_has_bf16():
            return torch.autocast(self.device.type, torch.bfloat16)
        return nullcontext()

    @property
    def _identity(self) -> dict[str, Any]:
        """Recipe, network, working resolution and data: what must not change between two stops."""
        network = json.dumps(asdict(self.spec.network))
        resolution = {"network": network, "working_mpp": self.spec.sampling.working_mpp}
        return self.recipe.identity | resolution | self._data

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
        """Go on from a checkpoint that `save` wrote; raises ValueError where another recipe made it.

        What an older checkpoint does not name had the default of today.
        """
        state = torch.load(path, map_location=self.device, weights_only=True)
        made_with = Recipe(steps=1).identity | state["recipe"]
        if made_with != self._identity:
            differing = sorted(
                name
                for name in made_with.keys() | self._identity.keys()
                if made_with.get(name) != self._identity.get(name)
            )
            raise ValueError(f"{path} was made with other {', '.join(differing)}; train into another folder")
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


def _optimiser(recipe: Recipe, network: nn.Module) -> torch.optim.Optimizer:
    kind = torch.optim.AdamW if recipe.optimiser == "adamw" else torch.optim.Adam
    return kind(network.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True)


def _cpu_has_bf16() -> bool:
    return bool(torch.cpu._is_avx512_bf16_supported()) or bool(torch.cpu._is_amx_tile_supported())
