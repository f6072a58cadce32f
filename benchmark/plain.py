"""What engines are compared with: weights and tiles in, logits of the network as one would write it down."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from handler.network import build_network, load_weights
from handler.spec import ModelSpec

PLAIN_BATCH = 8


class PlainTorch:
    """The network as one would write it down: fp32, eager, NCHW, batches of eight."""

    lanes = 1

    def __init__(self, spec: ModelSpec, weights: Path) -> None:
        self._network = build_network(spec.network)
        load_weights(self._network, weights)
        self._network.eval()
        self._mean, self._std = (
            torch.tensor(values).view(1, 3, 1, 1) for values in (spec.network.mean, spec.network.std)
        )

    def batch_tiles(self, height_px: int, width_px: int) -> int:
        """Return 8, whatever the size."""
        return PLAIN_BATCH

    @torch.inference_mode()
    def run(self, tiles: NDArray[np.uint8]) -> torch.Tensor:
        """Return logits (n, outputs, h, w) of tiles (n, h, w, 3)."""
        pixels = torch.from_numpy(tiles).permute(0, 3, 1, 2).contiguous().float() / 255.0
        logits: torch.Tensor = self._network((pixels - self._mean) / self._std)
        return logits
