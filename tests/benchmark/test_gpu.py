"""The GPU's section, with a stand-in where there is no GPU."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from benchmark.bench import Bench, Options
from benchmark.figures import Figures
from benchmark.sections import gpu
from model_store import DEFAULT_VERSION


class StandIn:
    """Finds no nuclei, in no time."""

    name, precision, device, lanes = "torch", "bf16", "cuda:0", 2

    def __init__(self, folder: Path, batch_tiles: int, side_px: int) -> None:
        self._batch_tiles = batch_tiles

    def batch_tiles(self, height_px: int, width_px: int) -> int:
        return self._batch_tiles

    def batch_sizes(self, height_px: int, width_px: int) -> tuple[int, ...]:
        return (self._batch_tiles,)

    def run(self, tiles: NDArray[np.uint8]) -> NDArray[np.uint8]:
        assert len(tiles) == self._batch_tiles
        return np.zeros((len(tiles), 3, *tiles.shape[1:3]), np.uint8)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(Options(DEFAULT_VERSION, rounds=2, seconds=0.1), tmp_path, whole=False)


def measured(bench: Bench) -> Figures:
    figures = Figures()
    for probe in gpu.probes(bench):
        probe.measure(figures)
    return figures


def test_a_machine_without_gpu_says_so(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    figures = measured(bench)
    assert not figures.figures
    assert any("no GPU" in note for note in figures.notes)


def test_the_handler_is_compared_with_the_raw_loop_at_the_best_batch_size(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(gpu, "gpu_engine", StandIn)
    monkeypatch.setattr(gpu, "AT_ONCE", 8)
    figures = measured(bench)
    raw = {batch: figures.figures[f"gpu.raw.{batch}"].median for batch in gpu.BATCHES}
    assert figures.figures["gpu.batch"].median == max(raw, key=lambda batch: raw[batch])
    assert len(figures.figures["ratio.gpu"].rounds) == 2
    assert figures.figures["gpu.latency"].median > 0
