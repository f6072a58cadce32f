"""PyTorch as a runtime: the reference on a CPU, and what computes on a GPU.

Flow: tiles -> `ScoringModule` in inference mode, channels last -> planes. On a GPU the passes of the sizes
that were warmed up are recorded once and replayed: Python and the launching of kernels then cost nothing.

A lone tile does not pay for a full batch: a GPU has batches of 1, 2, 4, 8 ... tiles too. But another number
of tiles may be another algorithm, which rounds otherwise, and nobody's answer may depend on who else asks. So
warming up compares them, and only those that give a tile the same bits as the full batch are used.
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
        """Return the most tiles that a batch takes: 1, whatever the size."""
        return self.batch_sizes(height_px, width_px)[-1]

    def batch_sizes(self, height_px: int, width_px: int) -> tuple[int, ...]:
        """Return 1 alone, whatever the size."""
        return (1,)

    def run(self, tiles: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return planes (n, planes, h, w) of one full batch; raises ValueError where it is not full."""
        check_full(tiles, self.batch_sizes(*tiles.shape[1:3]))
        with self._lock, torch.inference_mode():
            result: NDArray[np.uint8] = self._forward(torch.from_numpy(tiles)).cpu().numpy()
        return result

    def warm_up(self, height_px: int, width_px: int | None = None) -> None:
        """Run once, so that memory is allocated."""
        width_px = width_px or height_px
        self.run(np.full((self.batch_tiles(height_px, width_px), height_px, width_px, 3), 255, np.uint8))

    def _forward(self, tiles: torch.Tensor) -> torch.Tensor:
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self.precision == "bf16"):
            planes: torch.Tensor = self._module(tiles.to(self._device))
        return planes


class BatchingEngine(TorchEngine):
    """PyTorch in batches of at most `batch_px` pixels, of a few numbers of tiles that give the same bits.

    Two lanes: one stacks while one computes.
    """

    lanes = 2

    def __init__(self, module: ScoringModule, device: torch.device, precision: str, batch_px: int) -> None:
        super().__init__(module, device, precision)
        self._batch_px = batch_px
        self._alike: dict[tuple[int, int], tuple[int, ...]] = {}

    def batch_sizes(self, height_px: int, width_px: int) -> tuple[int, ...]:
        """Return the full batch's number of tiles, and for sizes warmed up those that were found alike."""
        return self._alike.get((height_px, width_px)) or (self._most_tiles(height_px, width_px),)

    def warm_up(self, height_px: int, width_px: int | None = None) -> None:
        """Run batches of every number of tiles, and keep those in which a tile has the same bits."""
        width_px = width_px or height_px
        tile = np.random.default_rng(0).integers(0, 256, (height_px, width_px, 3), np.uint8)
        sizes = steps_to(self._most_tiles(height_px, width_px))
        with self._lock, torch.inference_mode():
            answers = {size: self._prepared(np.stack([tile] * size)) for size in reversed(sizes)}
        expected = answers[sizes[-1]][:1]
        alike = tuple(size for size in sizes if size == sizes[-1] or (answers[size] == expected).all())
        self._alike[height_px, width_px] = alike
        logger.info("tiles of %d x %d px run in batches of %s", height_px, width_px, alike)

    def _most_tiles(self, height_px: int, width_px: int) -> int:
        return max(1, self._batch_px // (height_px * width_px))

    def _prepared(self, tiles: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Do what a first batch of so many tiles waits for, and return the planes of these."""
        planes: NDArray[np.uint8] = self._forward(torch.from_numpy(tiles)).cpu().numpy()
        return planes


def steps_to(most: int) -> tuple[int, ...]:
    """Return 1, 2, 4 ... and `most`: any number of tiles fills more than half of the next of them."""
    return (*(2**power for power in range((most - 1).bit_length())), most)


class CudaEngine(BatchingEngine):
    """PyTorch on a GPU: batches of the sizes warmed up are recorded as CUDA graphs, which share memory.

    They may, as one replays at a time and its planes are copied before the next.
    """

    def __init__(self, module: ScoringModule, device: torch.device, precision: str, batch_px: int) -> None:
        super().__init__(module, device, precision, batch_px)
        self._recorded: dict[torch.Size, tuple[torch.cuda.CUDAGraph, torch.Tensor, torch.Tensor]] = {}
        self._pool = torch.cuda.graph_pool_handle()
        self._told: set[torch.Size] = set()

    def _prepared(self, tiles: NDArray[np.uint8]) -> NDArray[np.uint8]:
        with torch.cuda.device(self._device):
            on_gpu = torch.from_numpy(tiles).to(self._device)
            self._recorded[on_gpu.shape] = self._record(on_gpu)
            return super()._prepared(tiles)

    def _record(self, tiles: torch.Tensor) -> tuple[torch.cuda.CUDAGraph, torch.Tensor, torch.Tensor]:
        """Run on a stream of its own until everything is allocated, then record: as CUDA graphs demand."""
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(_PASSES_BEFORE_RECORDING):
                super()._forward(tiles)
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool):
            planes = super()._forward(tiles)
        return graph, tiles, planes

    def _forward(self, tiles: torch.Tensor) -> torch.Tensor:
        if tiles.shape not in self._recorded:
            self._tell(tiles.shape)
            return super()._forward(tiles)
        graph, recorded_tiles, planes = self._recorded[tiles.shape]
        recorded_tiles.copy_(tiles)
        graph.replay()
        return planes

    def _tell(self, shape: torch.Size) -> None:
        """Say once of a size that starting with it would have made it faster."""
        if shape not in self._told:
            self._told.add(shape)
            logger.info("tiles of %d x %d px are not recorded: name them in warmTilesPx", *shape[1:3])


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
