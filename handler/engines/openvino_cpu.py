"""OpenVINO as a runtime on CPUs: converted network in, planes of one tile a lane out.

Every lane is a core or a few, and takes one tile at a time. Batches gain nothing on a CPU
(docs/decisions/2026-11-24-tiles.md), and without them none is half empty and no tile's answer can depend on
its company.
"""

import queue
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from handler.engines.cache import cached, default_folder, key_of, versions_of
from handler.engines.conversion import NETWORK, ConversionError, convert_in_child
from handler.engines.cores import usable_cores
from handler.engines.interface import EngineSettings, Precision, check_full
from handler.engines.runtime import openvino
from handler.spec import NetworkSpec

INT8_NETWORK = "int8.xml"
"""Beside the weights of a version that was quantised."""

_MOST_LANES = 8
_KEPT_PRIMITIVES = 64
"""Operations compiled for sizes of tiles seen before; unlimited they take some 5 MB a size, for no speed."""


@dataclass(frozen=True)
class _Lane:
    """A request that computes one tile at a time, and the sizes it has memory and code for."""

    request: "openvino.InferRequest"
    warm: set[tuple[int, int]] = field(default_factory=set)

    def finish(self, size: tuple[int, int]) -> None:
        """Wait for a tile of this size."""
        self.request.wait()
        self.warm.add(size)


class OpenVinoEngine:
    """OpenVINO on the CPU; `lanes` requests that any thread may use, one tile each."""

    name = "openvino"
    device = "cpu"

    def __init__(self, network: Path, precision: Precision, settings: EngineSettings) -> None:
        threads = settings.threads or usable_cores()
        self.lanes = min(threads, _MOST_LANES)
        self.precision: str = precision
        compiled = _compiled(network, _options(precision, threads, self.lanes))
        self._free: queue.SimpleQueue[_Lane] = queue.SimpleQueue()
        for _ in range(self.lanes):
            self._free.put(_Lane(compiled.create_infer_request()))

    def batch_tiles(self, height_px: int, width_px: int) -> int:
        """Return 1, whatever the size."""
        return 1

    def batch_sizes(self, height_px: int, width_px: int) -> tuple[int, ...]:
        """Return 1 alone, whatever the size."""
        return (1,)

    def run(self, tiles: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return planes (1, planes, h, w) of one tile (1, h, w, 3); waits where every lane is busy."""
        check_full(tiles, (1,))
        lane = self._free.get()
        try:
            planes: NDArray[np.uint8] = lane.request.infer([tiles], share_inputs=True)[0]
            lane.warm.add(tiles.shape[1:3])
        finally:
            self._free.put(lane)
        return planes

    def warm_up(self, height_px: int, width_px: int | None = None) -> None:
        """Run every lane once that has not seen such tiles: each then has memory and code for this size."""
        size = height_px, width_px or height_px
        glass = np.full((1, *size, 3), 255, np.uint8)
        with ExitStack() as lanes:  # whatever fails, each lane is waited for and given back
            for _ in range(self.lanes):
                lane = self._free.get()
                lanes.callback(self._free.put, lane)
                if size not in lane.warm:
                    lane.request.start_async([glass], share_inputs=True)
                    lanes.callback(lane.finish, size)


def openvino_engine(
    spec: NetworkSpec, weights: Path, precision: Precision, settings: EngineSettings, cache: Path | None
) -> OpenVinoEngine:
    """Build the engine of a version; raises ConversionError, or RuntimeError where int8 was not built."""
    if precision == "int8":
        return OpenVinoEngine(_int8_network(weights), precision, settings)
    return OpenVinoEngine(converted(spec, weights, cache), precision, settings)


def converted(spec: NetworkSpec, weights: Path, cache: Path | None = None) -> Path:
    """Return the converted network, from the cache where it was converted before."""
    key = key_of(spec, weights, versions_of() | {"openvino": openvino.get_version()})
    made = cached(cache or default_folder(), key, lambda folder: convert_in_child(spec, weights, folder))
    return made / NETWORK


def computes_in_bf16() -> bool:
    """Tell whether the CPU multiplies in bfloat16; where it cannot, OpenVINO would only imitate it."""
    return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def _compiled(network: Path, options: dict[str, str]) -> "openvino.CompiledModel":
    """Compile in a thread that ends with it.

    The CPU plug-in gives the thread that compiles a stack for signals, and takes it away when the model goes:
    several models in the main thread leave it one that is gone, and the next signal kills the process.
    Raises ConversionError where OpenVINO does not take the network.
    """
    core = openvino.Core()
    try:
        with ThreadPoolExecutor(1) as alone:
            return alone.submit(core.compile_model, core.read_model(network), "CPU", options).result()
    except RuntimeError as error:
        raise ConversionError(f"OpenVINO does not take {network.name}: {str(error)[:200]}") from error


def _options(precision: Precision, threads: int, lanes: int) -> dict[str, str]:
    """Return OpenVINO's settings; threads are not tied to cores, as others share the machine.

    What of an 8-bit network is not in 8 bits runs in 32: in 16 it is a tenth faster, and parity fails.
    """
    return {
        "INFERENCE_PRECISION_HINT": "bf16" if precision == "bf16" else "f32",
        "INFERENCE_NUM_THREADS": str(threads),
        "NUM_STREAMS": str(lanes),
        "ENABLE_CPU_PINNING": "NO",
        "CPU_RUNTIME_CACHE_CAPACITY": str(_KEPT_PRIMITIVES),
    }


def _int8_network(weights: Path) -> Path:
    network = weights.with_name(INT8_NETWORK)
    if not network.is_file():
        raise RuntimeError(f"no {INT8_NETWORK} in this version: build it with make archive PRECISION=int8")
    return network
