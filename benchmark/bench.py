"""What measurements share, made when first needed: images, engine, archives, running servers, a folder."""

from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from benchmark import images
from benchmark.engines import label, served_engine
from benchmark.images import ImageSet
from benchmark.naive.archive import NAME as NAIVE
from benchmark.naive.archive import VERSION as NAIVE_VERSION
from benchmark.naive.archive import build_naive_archive
from benchmark.places import SPEC, version_folder
from benchmark.servers.target import Magazine
from benchmark.servers.torchserve import TorchServe, running_torchserve
from benchmark.servers.whole import Whole, running_whole
from handler.engines.interface import Engine
from handler.spec import ModelSpec
from model_store.archive import build_archive


@dataclass(frozen=True)
class Options:
    """How much is measured: `seconds` a measurement, in `rounds`; `memory_requests` in all."""

    version: str
    rounds: int = 3
    seconds: float = 6.0
    memory_requests: int = 5000

    @property
    def warm_up_s(self) -> float:
        """Seconds of load before a measurement counts."""
        return min(2.0, max(0.5, self.seconds / 3))


class Bench:
    """Everything lives in `folder`; `with` stops the servers."""

    def __init__(self, options: Options, folder: Path, *, whole: bool) -> None:
        self.options, self.folder, self._whole_wanted = options, folder, whole
        self.version = version_folder(options.version)
        self.magazine = Magazine(folder / "bodies")
        self._servers = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop_servers()

    def stop_servers(self) -> None:
        """Stop what runs; what is asked for afterwards is started anew."""
        self._servers.close()
        for name in ("whole", "torchserve", "naive"):
            self.__dict__.pop(name, None)

    @cached_property
    def spec(self) -> ModelSpec:
        """The version's recipe."""
        return ModelSpec.from_file(self.version / SPEC)

    @cached_property
    def crops(self) -> ImageSet:
        """Crops of one tile."""
        return images.draw_crops()

    @cached_property
    def fields(self) -> ImageSet:
        """Whole fields."""
        return images.draw_fields()

    @cached_property
    def tiles(self) -> NDArray[np.uint8]:
        """The crops' pixels (n, 256, 256, 3)."""
        return np.stack([images.decode(file) for file in self.crops.files])

    @cached_property
    def engine(self) -> Engine:
        """The engine that TorchServe uses, in this process."""
        return served_engine(self.version)

    @property
    def raw(self) -> str:
        """Name of the raw forward that servers are compared with."""
        return f"raw.{label(self.engine)}"

    @cached_property
    def archive(self) -> Path:
        """The version's archive."""
        return build_archive(self.options.version, self.folder / "archives")

    @cached_property
    def whole(self) -> Whole:
        """All that `make run` starts."""
        return self._servers.enter_context(running_whole(self.folder / "whole", self.options.version))

    @cached_property
    def torchserve(self) -> TorchServe:
        """TorchServe with our handler: the gateway's own where there is one."""
        if self._whole_wanted:
            return self.whole.torchserve
        return self._servers.enter_context(self.new_torchserve("ours"))

    @cached_property
    def naive(self) -> TorchServe:
        """TorchServe with the naive handler."""
        archive = build_naive_archive(self.version, self.folder / "naive-archives")
        starting = running_torchserve([archive], self.folder / "naive", NAIVE_VERSION, NAIVE)
        return self._servers.enter_context(starting)

    def new_torchserve(self, folder: str, archive: Path | None = None) -> AbstractContextManager[TorchServe]:
        """Return the context manager of a TorchServe of its own."""
        return running_torchserve([archive or self.archive], self.folder / folder, self.options.version)
