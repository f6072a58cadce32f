"""What scoring asks of a runtime, and what a model's configuration may say about it.

Flow: tiles (n, height, width, 3) uint8 RGB -> `Engine.run` -> planes (n, planes, height, width) uint8, the
probability of each output but the background times 255.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

EngineName = Literal["auto", "torch", "openvino"]
Precision = Literal["fp32", "bf16", "int8"]


class Engine(Protocol):
    """Runs the network on full batches of tiles of one size; the caller fills the last one up.

    As many threads as `lanes` may call `run` at the same time. A tile's planes depend on that tile alone,
    and not on which of the batches that `batch_sizes` tells it is in.
    """

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
    def lanes(self) -> int:
        """Number of batches that gain from running at the same time."""

    def batch_tiles(self, height_px: int, width_px: int) -> int:
        """Return the most tiles that a batch of tiles of this size takes."""

    def batch_sizes(self, height_px: int, width_px: int) -> tuple[int, ...]:
        """Return the numbers of tiles that batches of this size may have, rising to `batch_tiles`."""

    def run(self, tiles: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return planes (n, planes, height, width); raises ValueError for a batch that is not full."""

    def warm_up(self, height_px: int, width_px: int | None = None) -> None:
        """Do for tiles of this size, square without a width, what a first batch would have to wait for."""


@dataclass(frozen=True)
class EngineSettings:
    """How the network is run; None leaves the choice to the machine.

    `precision`: on a CPU bf16 where it computes in it and OpenVINO is there, else fp32; on a GPU bf16.
    `threads`: cores to use. `gpu_batch_tiles`: tiles of 256 x 256 in a GPU's batches; of larger ones as many
    as have no more pixels. Raises ValueError for a precision that the engine does not have.
    """

    engine: EngineName = "auto"
    precision: Precision | None = None
    threads: int | None = None
    gpu_batch_tiles: int = 32

    def __post_init__(self) -> None:
        if self.engine == "torch" and self.precision == "int8":
            raise ValueError("precision int8 is OpenVINO's: choose engine openvino, or another precision")


def check_full(tiles: NDArray[np.uint8], batch_sizes: tuple[int, ...]) -> None:
    """Raise ValueError where a batch has none of these numbers of tiles."""
    if len(tiles) not in batch_sizes:
        allowed = " or ".join(map(str, batch_sizes))
        raise ValueError(f"a batch has {allowed} tiles, not {len(tiles)}")
