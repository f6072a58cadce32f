"""Rounds, raw forward and sections, with engines that cost nothing."""

import threading
import time
from pathlib import Path

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray

from benchmark.errors import CannotMeasureError
from benchmark.figures import MS, Figures
from benchmark.places import SPEC, WEIGHTS, version_folder
from benchmark.raw import tiles_per_s
from benchmark.rounds import Probe, run_rounds
from benchmark.sections.catalogue import BY_DEFAULT, SECTIONS, with_needs
from benchmark.sections.sweep import Point, configured, grid
from model_store import DEFAULT_VERSION

TILES = np.zeros((6, 4, 4, 3), np.uint8)


class SleepingEngine:
    """Takes 20 ms a batch, and remembers how many ran at the same time."""

    def __init__(self, batch_tiles: int, lanes: int) -> None:
        self._batch_tiles, self.lanes = batch_tiles, lanes
        self.most_at_once, self._at_once, self._lock = 0, 0, threading.Lock()

    def batch_tiles(self, height_px: int, width_px: int) -> int:
        assert (height_px, width_px) == TILES.shape[1:3]
        return self._batch_tiles

    def run(self, tiles: NDArray[np.uint8]) -> None:
        assert len(tiles) == self._batch_tiles
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        time.sleep(0.02)
        with self._lock:
            self._at_once -= 1


class FailingEngine(SleepingEngine):
    def run(self, tiles: NDArray[np.uint8]) -> None:
        raise RuntimeError("out of order")


def test_all_lanes_are_busy_and_their_tiles_are_counted() -> None:
    engine = SleepingEngine(batch_tiles=4, lanes=2)
    speed = tiles_per_s(engine, TILES, 0.3)
    assert engine.most_at_once == 2
    assert 0 < speed <= 2 * 4 / 0.02 * 1.05


def test_an_engine_that_fails_is_told_and_nothing_hangs() -> None:
    with pytest.raises(RuntimeError, match="out of order"):
        tiles_per_s(FailingEngine(1, 2), TILES, 0.1)


def test_every_round_measures_every_probe_in_turn() -> None:
    order: list[str] = []

    def probe(name: str) -> Probe:
        def measure(figures: Figures) -> None:
            order.append(name)
            figures.add(name, MS, len(order))

        return Probe(name, measure)

    figures = Figures()
    run_rounds([probe("raw"), probe("server")], 3, figures, lambda text: None)
    assert order == ["raw", "server"] * 3
    assert figures.figures["server"].rounds == (2, 4, 6)


def test_a_probe_that_fails_is_left_out_and_the_others_go_on() -> None:
    tried: list[str] = []

    def fail(figures: Figures) -> None:
        tried.append("fail")
        raise CannotMeasureError("the server died")

    figures = Figures()
    probes = [Probe("bad", fail), Probe("good", lambda figures: figures.add("good", MS, 1.0))]
    run_rounds(probes, 2, figures, lambda text: None)
    assert tried == ["fail"]
    assert figures.failures == {"bad": "the server died"}
    assert figures.figures["good"].rounds == (1.0, 1.0)


def test_what_is_compared_with_torchserve_brings_torchserve_along() -> None:
    assert with_needs(["gateway"]) == ["torchserve", "gateway"]
    assert with_needs(["memory", "raw"]) == ["raw", "memory"]
    assert set(SECTIONS) - set(BY_DEFAULT) == {"sweep"}


def test_a_point_of_the_sweep_changes_its_settings_and_nothing_else(tmp_path: Path) -> None:
    version = version_folder(DEFAULT_VERSION)
    folder = configured(tmp_path / "point", version, Point(16, 5, 2, 1))
    before, after = (yaml.safe_load((each / "model-config.yaml").read_text()) for each in (version, folder))
    changed = {"batchSize": 16, "maxBatchDelay": 5, "minWorkers": 2, "maxWorkers": 2}
    assert after == before | changed | {"handler": before["handler"] | {"threads": 1}}
    assert (folder / WEIGHTS).samefile(version / WEIGHTS)
    assert (folder / SPEC).samefile(version / SPEC)


def test_the_points_of_the_sweep_have_names_of_their_own() -> None:
    points = list(grid())
    assert len({point.name for point in points}) == len(points) > 10
