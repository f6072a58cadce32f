"""The network with what goes before and after it, as one module: every runtime runs the same arithmetic.

Flow: tiles (n, height, width, 3) uint8 -> normalise -> network -> probabilities -> (n, planes, height, width)
uint8. Eight bits on both ends: a quarter of the memory to move, and what a probability map keeps anyway.
"""

from pathlib import Path

import torch
from torch import nn

from handler.engines.folding import fold_upsampling
from handler.network import build_network, load_weights, to_probabilities
from handler.spec import NetworkSpec


class ScoringModule(nn.Module):
    """`network` from pixels to planes; the background's plane is left out, as it is the rest."""

    def __init__(self, network: nn.Module, spec: NetworkSpec) -> None:
        super().__init__()
        self.mean: torch.Tensor
        self.std: torch.Tensor
        self.network = network
        self._outputs = spec.outputs
        self.register_buffer("mean", torch.tensor(spec.mean).view(1, 3, 1, 1) * 255.0)
        self.register_buffer("std", torch.tensor(spec.std).view(1, 3, 1, 1) * 255.0)

    def forward(self, tiles: torch.Tensor) -> torch.Tensor:
        """Return planes (n, planes, h, w) uint8 of `tiles` (n, h, w, 3) uint8."""
        pixels = tiles.permute(0, 3, 1, 2).float()
        logits = self.network((pixels - self.mean) / self.std)
        probabilities = to_probabilities(logits.float(), self._outputs)[:, 1:]
        return (probabilities * 255.0 + 0.5).to(torch.uint8)


def load_module(spec: NetworkSpec, weights: Path, *, folded: bool) -> ScoringModule:
    """Build the module of a version, ready to infer; raises RuntimeError where the weights do not fit.

    `folded`: with its upsampling folded into the convolutions after it, which changes nothing but the speed.
    """
    network = build_network(spec)
    load_weights(network, weights)
    network.eval()
    if folded:
        fold_upsampling(network)
    return ScoringModule(network, spec).eval()
