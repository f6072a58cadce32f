"""PyTorch as a runtime: the reference on a CPU, and what computes on a GPU.

Flow: tiles -> `ScoringModule` in inference mode, channels last -> planes. On a GPU the passes of the sizes
that were warmed up are recorded once and replayed: Python and the launching of kernels then cost nothing.
"""

import logging
import threading
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from handler.engines.interface import EngineSettings, check_full
from handler.engines.module import ScoringModule, load_module
from handler.spec import ModelSpec

logger = logging.getLogger(__name__)

_PASSES_BEFORE_RECORDING = 3
_UNIT_PX = 256 * 256


class TorchEngine:
    """PyTorch on the CPU; one tile at a time, as one operation already uses every core."""

    name = "torch"
    lanes = 1

    def __init__(self, module: ScoringModule, device: torch.device, precision: str) -> None:
        self._device = device
        self._module = module.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._lock = threading.Lock()
        self.precision = precision

    @property
    def device(self) -> str:
        """Device in PyTorch's words, such as cpu or cuda:0."""
        return str(self._device)

    def batch_tiles(self, height_px: int, width_px: int) -> int:
        """Return 1, whatever the size."""
        return 1

    def run(self, tiles: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return planes (n, planes, h, w) of one full batch; raises ValueError where it is not full."""
        check_full(tiles, self.batch_tiles(*tiles.shape[1:3]))
        with self._lock, torch.inference_mode():
            result: NDArray[np.uint8] = self._forward(torch.from_numpy(tiles)).cpu().numpy()
        return result

    def warm_up(self, side_px: int) -> None:
        """Run once, so that memory is allocated."""
        self.run(np.full((self.batch_tiles(side_px, side_px), side_px, side_px, 3), 255, np.uint8))

    def _forward(self, tiles: torch.Tensor) -> torch.Tensor:
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self.precision == "bf16"):
            planes: torch.Tensor = self._module(tiles.to(self._device))
        return planes


class CudaEngine(TorchEngine):
    """PyTorch on a GPU, in batches of a fixed number of pixels; two lanes: one stacks while one computes."""

    lanes = 2

    def __init__(self, module: ScoringModule, device: torch.device, precision: str, batch_px: int) -> None:
        super().__init__(module, device, precision)
        self._batch_px = batch_px
        self._recorded: dict[torch.Size, tuple[torch.cuda.CUDAGraph, torch.Tensor, torch.Tensor]] = {}

    def batch_tiles(self, height_px: int, width_px: int) -> int:
        """Return as many tiles as the batch has pixels for, at least one."""
        return max(1, self._batch_px // (height_px * width_px))

    def warm_up(self, side_px: int) -> None:
        """Record one pass of a full batch of such tiles."""
        shape = (self.batch_tiles(side_px, side_px), side_px, side_px, 3)
        with self._lock, torch.inference_mode(), torch.cuda.device(self._device):
            tiles = torch.zeros(shape, dtype=torch.uint8, device=self._device)
            self._recorded[tiles.shape] = self._record(tiles)

    def _record(self, tiles: torch.Tensor) -> tuple[torch.cuda.CUDAGraph, torch.Tensor, torch.Tensor]:
        """Run on a stream of its own until everything is allocated, then record: as CUDA graphs demand."""
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(_PASSES_BEFORE_RECORDING):
                super()._forward(tiles)
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            planes = super()._forward(tiles)
        return graph, tiles, planes

    def _forward(self, tiles: torch.Tensor) -> torch.Tensor:
        if tiles.shape not in self._recorded:
            return super()._forward(tiles)
        graph, recorded_tiles, planes = self._recorded[tiles.shape]
        recorded_tiles.copy_(tiles)
        graph.replay()
        return planes


def torch_engine(spec: ModelSpec, weights: Path, settings: EngineSettings, gpu: int | None) -> TorchEngine:
    """Build the engine of a version on a GPU or the CPU; raises RuntimeError where the weights do not fit."""
    _prepare_torch(settings)
    module = load_module(spec.network, weights, folded=False)
    if gpu is None:
        return TorchEngine(module, torch.device("cpu"), settings.precision or "fp32")
    device = torch.device(f"cuda:{gpu}")
    batch_px = settings.gpu_batch_tiles * _UNIT_PX
    return CudaEngine(module, device, settings.precision or "bf16", batch_px)


def _prepare_torch(settings: EngineSettings) -> None:
    """Fix what would let one tile have two answers."""
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
