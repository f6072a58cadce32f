"""Full batches of tiles in, per-pixel probabilities out; the only module of scoring that runs a network.

Flow: tiles (n, tile, tile, 3) uint8 RGB -> normalise -> network -> (n, tile, tile, outputs) float32 in 0..1.
Another runtime is another class behind `Engine`.
"""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from handler.network import build_network, load_weights, to_probabilities
from handler.spec import ModelSpec, NetworkSpec

logger = logging.getLogger(__name__)

Precision = Literal["fp32", "bf16"]


class Engine(Protocol):
    """Runs the network on batches of exactly `batch_tiles` tiles; the caller fills the last one up."""

    @property
    def name(self) -> str:
        """Name of the runtime."""

    @property
    def precision(self) -> str:
        """Number format the network runs in."""

    @property
    def device(self) -> str:
        """Device in the runtime's own words."""

    @property
    def batch_tiles(self) -> int:
        """Number of tiles in every batch."""

    def run(self, tiles: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return probabilities (batch_tiles, tile, tile, outputs) float32 of the tiles' pixels."""


@dataclass(frozen=True)
class EngineSettings:
    """How the network is run; None leaves the choice to the device.

    `precision`: fp32 on a CPU and bf16 on a GPU unless told. `threads` within one network operation: as
    many as there are cores unless told.
    """

    cpu_batch_tiles: int = 4
    gpu_batch_tiles: int = 32
    precision: Precision | None = None
    threads: int | None = None


class TorchEngine:
    """PyTorch in inference mode, channels last; results do not depend on a tile's place in the batch."""

    name = "torch"

    def __init__(
        self,
        network: torch.nn.Module,
        spec: NetworkSpec,
        device: torch.device,
        batch_tiles: int,
        precision: Precision,
    ) -> None:
        self._device = device
        self._network = network.eval().to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._outputs = spec.outputs
        self._mean = torch.tensor(spec.mean, device=device).view(1, 3, 1, 1) * 255.0
        self._std = torch.tensor(spec.std, device=device).view(1, 3, 1, 1) * 255.0
        self.batch_tiles = batch_tiles
        self.precision: str = precision

    @property
    def device(self) -> str:
        """Device in PyTorch's words, such as cpu or cuda:0."""
        return str(self._device)

    @torch.inference_mode()
    def run(self, tiles: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return probabilities of one full batch; raises ValueError where the batch is not full."""
        if len(tiles) != self.batch_tiles:
            raise ValueError(f"a batch has {self.batch_tiles} tiles, not {len(tiles)}")
        pixels = torch.from_numpy(tiles).to(self._device).permute(0, 3, 1, 2).float()
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self.precision == "bf16"):
            logits = self._network((pixels - self._mean) / self._std)
        probabilities = to_probabilities(logits.float(), self._outputs).permute(0, 2, 3, 1)
        result: NDArray[np.float32] = probabilities.contiguous().cpu().numpy()
        return result


def choose_engine(spec: ModelSpec, weights: Path, settings: EngineSettings, gpu: int | None) -> TorchEngine:
    """Build the engine of a version on GPU number `gpu`, or on the CPU where it is None or no GPU works.

    Raises RuntimeError where the weights do not fit the network.
    """
    on_gpu = gpu is not None and torch.cuda.is_available()
    device = torch.device(f"cuda:{gpu}" if on_gpu else "cpu")
    _prepare_torch(settings)
    network = build_network(spec.network)
    load_weights(network, weights)
    batch_tiles = settings.gpu_batch_tiles if on_gpu else settings.cpu_batch_tiles
    precision = settings.precision or ("bf16" if on_gpu else "fp32")
    logger.info("engine: torch %s on %s, %d tiles a batch", precision, device, batch_tiles)
    return TorchEngine(network, spec.network, device, batch_tiles, precision)


def _prepare_torch(settings: EngineSettings) -> None:
    """Fix what would let one tile have two answers."""
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
