"""The one place that knows how engines are made: version and wish in, something that runs tiles out."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
import yaml
from numpy.typing import NDArray

from benchmark.places import CONFIG, RUNS, SPEC, WEIGHTS
from handler.engines.choice import choose_engine
from handler.engines.interface import Engine, EngineSettings
from handler.spec import ModelSpec
from handler.tiling import TilePlan, plan_tiles
from handler.torchserve import WARM_SIDES_PX, HandlerSettings

PLAIN_TORCH = "plain PyTorch fp32"
ENGINES: Mapping[str, EngineSettings] = MappingProxyType(
    {
        "torch fp32": EngineSettings("torch", "fp32"),
        "openvino fp32": EngineSettings("openvino", "fp32"),
        "openvino bf16": EngineSettings("openvino", "bf16"),
        "openvino int8": EngineSettings("openvino", "int8"),
    }
)


class RunsTiles(Protocol):
    """What a raw forward needs: `run` takes full batches of tiles (n, h, w, 3) uint8, `lanes` at a time."""

    @property
    def lanes(self) -> int:
        """How many threads may run at the same time."""

    def batch_tiles(self, height_px: int, width_px: int) -> int:
        """Return the number of tiles in every batch of tiles of this size."""

    def run(self, tiles: NDArray[np.uint8]) -> Any:
        """Run one batch."""


def served_engine(folder: Path) -> Engine:
    """Build the engine that TorchServe's worker of this version builds on a CPU, warmed up as there."""
    config = yaml.safe_load((folder / CONFIG).read_text(encoding="utf-8"))
    settings = HandlerSettings.from_config(config.get("handler", {})).of_engine
    engine = choose_engine(ModelSpec.from_file(folder / SPEC), folder / WEIGHTS, settings)
    for side_px in WARM_SIDES_PX:
        engine.warm_up(side_px)
    return engine


def label(engine: Engine) -> str:
    """Name an engine as the tables do, such as `openvino bf16`."""
    return f"{engine.name} {engine.precision}"


def other_engines(folder: Path, served: str) -> Iterator[tuple[str, RunsTiles | str]]:
    """Yield every engine but the served one by name, or the sentence why this machine has none of it."""
    from benchmark.plain import PlainTorch  # noqa: PLC0415 - brings PyTorch, which takes seconds

    spec, weights = ModelSpec.from_file(folder / SPEC), folder / WEIGHTS
    yield PLAIN_TORCH, PlainTorch(spec, weights)
    for name, settings in ENGINES.items():
        if name == served:
            continue
        try:
            yield name, choose_engine(spec, _weights_for(settings, folder), settings)
        except Exception as error:  # a runtime that is not there fails in its own way
            yield name, f"{type(error).__name__}: {error}"


def _weights_for(settings: EngineSettings, folder: Path) -> Path:
    """Return the version's weights, or those that lie beside its network in 8 bits, where that was built."""
    quantised = RUNS / f"{folder.name}-int8" / WEIGHTS
    return quantised if settings.precision == "int8" and quantised.is_file() else folder / WEIGHTS


def tile_plan(spec: ModelSpec, height_px: int, width_px: int) -> TilePlan:
    """Return how scoring cuts a field at the working resolution."""
    return plan_tiles(height_px, width_px, spec.sampling.tile_px, spec.sampling.overlap_px)


def full_batches(tiles: Sequence[NDArray[np.uint8]], batch_tiles: int) -> list[NDArray[np.uint8]]:
    """Return batches of `batch_tiles` tiles, the last filled up with black."""
    padded = [*tiles, *[np.zeros_like(tiles[0])] * (-len(tiles) % batch_tiles)]
    return [np.stack(padded[at : at + batch_tiles]) for at in range(0, len(padded), batch_tiles)]


def gpu_engine(folder: Path, batch_tiles: int, side_px: int) -> Engine:
    """Build the engine of a version on the first GPU, warmed up for tiles of one size."""
    settings = EngineSettings(gpu_batch_tiles=batch_tiles)
    engine = choose_engine(ModelSpec.from_file(folder / SPEC), folder / WEIGHTS, settings, 0)
    engine.warm_up(side_px)
    return engine
