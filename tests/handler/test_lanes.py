"""Batches are full across the borders of fields, and what fails in one field is that field's alone."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from handler.errors import ProblemError
from handler.lanes import Lanes

Tile = NDArray[np.uint8]


class RecordingEngine:
    """Answers with what it saw and keeps count of its batches; a tile of 13s makes it fail.

    `sizes`: numbers of tiles in its batches. It answers `planes` planes, and for `surplus` tiles too many.
    """

    name, precision, device, lanes = "recording", "fp32", "none", 2

    def __init__(self, *sizes: int, planes: int = 3, surplus: int = 0) -> None:
        self.sizes, self.planes, self.surplus = sizes, planes, surplus
        self.batches: list[tuple[tuple[int, ...], int]] = []
        self._lock = threading.Lock()

    def batch_tiles(self, height_px: int, width_px: int) -> int:
        return self.sizes[-1]

    def batch_sizes(self, height_px: int, width_px: int) -> tuple[int, ...]:
        return self.sizes

    def warm_up(self, height_px: int, width_px: int | None = None) -> None:
        pass

    def run(self, tiles: Tile) -> Tile:
        with self._lock:
            self.batches.append((tiles.shape, int(tiles.reshape(len(tiles), -1).any(1).sum())))
        if (tiles == 13).all(axis=(1, 2, 3)).any():
            raise RuntimeError("a tile that no engine can bear")
        answered = range(len(tiles) + self.surplus)
        return np.stack([np.moveaxis(tiles[k % len(tiles)], 2, 0)[: self.planes] for k in answered])


def tile(value: int, side: int = 32) -> Tile:
    return np.full((side, side, 3), value, np.uint8)


def run(engine: RecordingEngine, tiles: list[tuple[str, Tile]]) -> list[tuple[str, int | type[ProblemError]]]:
    return [
        (key, type(planes) if isinstance(planes, ProblemError) else int(planes[0, 0, 0]))
        for key, planes in Lanes[str](engine, 3).run(tiles, set())
    ]


def test_batches_are_filled_across_fields_and_only_the_last_is_not_full() -> None:
    engine = RecordingEngine(4)
    tiles = [("a", tile(1)), ("a", tile(2)), ("a", tile(3)), ("b", tile(4)), ("c", tile(5)), ("c", tile(6))]
    assert run(engine, tiles) == [("a", 1), ("a", 2), ("a", 3), ("b", 4), ("c", 5), ("c", 6)]
    assert sorted(used for _, used in engine.batches) == [2, 4]
    assert {shape for shape, _ in engine.batches} == {(4, 32, 32, 3)}


def test_tiles_of_another_size_fill_batches_of_their_own() -> None:
    engine = RecordingEngine(2)
    tiles = [("a", tile(1)), ("b", tile(2, 64)), ("a", tile(3)), ("b", tile(4, 64)), ("c", tile(5))]
    assert sorted(run(engine, tiles)) == [("a", 1), ("a", 3), ("b", 2), ("b", 4), ("c", 5)]
    assert sorted(used for _, used in engine.batches) == [1, 2, 2]


def test_planes_of_a_field_come_in_the_order_of_its_tiles() -> None:
    tiles = [("ab"[value % 2], tile(value)) for value in range(1, 60) if value != 13]
    answers = run(RecordingEngine(3), tiles)
    for key in "ab":
        assert [value for k, value in answers if k == key] == [int(t[0, 0, 0]) for k, t in tiles if k == key]


@pytest.mark.parametrize("batch", [1, 4])
def test_a_batch_that_fails_fails_only_the_field_that_made_it(batch: int) -> None:
    tiles = [("a", tile(1)), ("b", tile(2)), ("b", tile(13)), ("c", tile(4)), ("c", tile(5))]
    answers = run(RecordingEngine(batch), tiles)
    assert [answer for answer in answers if answer[0] != "b"] == [("a", 1), ("c", 4), ("c", 5)]
    assert ("b", ProblemError) in answers


def test_no_more_tiles_are_cut_than_the_lanes_can_take() -> None:
    engine = RecordingEngine(1)
    cut: list[int] = []

    def tiles() -> Iterator[tuple[str, Tile]]:
        for value in range(100, 130):
            cut.append(value)
            yield "a", tile(value)

    answers = Lanes[str](engine, 3).run(tiles(), set())
    next(answers)
    assert len(cut) <= 2 * engine.lanes + 1


@pytest.mark.parametrize(("tiles", "computed"), [(1, 1), (2, 2), (3, 4), (5, 8), (8, 8), (9, 9), (11, 12)])
def test_the_last_batch_is_the_smallest_that_the_engine_has_for_what_is_left(
    tiles: int, computed: int
) -> None:
    engine = RecordingEngine(1, 2, 4, 8)
    assert run(engine, [("a", tile(20 + k)) for k in range(tiles)]) == [("a", 20 + k) for k in range(tiles)]
    assert sum(shape[0] for shape, _ in engine.batches) == computed


@pytest.mark.parametrize("wrong", [{"planes": 1}, {"planes": 2}, {"surplus": 1}, {"surplus": -1}], ids=str)
def test_an_engine_that_answers_too_few_or_too_many_planes_fails_the_fields_and_nothing_else(
    wrong: dict[str, int],
) -> None:
    answers = run(RecordingEngine(2, **wrong), [("a", tile(1)), ("a", tile(2)), ("b", tile(3))])
    assert answers == [("a", ProblemError), ("b", ProblemError)]


def test_after_a_failure_no_more_of_that_field_is_computed() -> None:
    engine = RecordingEngine(1)
    tiles = [("a", tile(13)), *[("a", tile(14 + k)) for k in range(64)], ("b", tile(1))]
    dropped: set[str] = set()
    answers = list(Lanes[str](engine, 3).run(iter(tiles), dropped))
    assert isinstance(answers[0][1], ProblemError)
    assert dropped == {"a"}
    assert answers[-1][0] == "b"
    assert len(engine.batches) <= 2 + engine.lanes


def test_of_a_field_that_its_owner_dropped_nothing_is_computed() -> None:
    engine = RecordingEngine(1)
    (answer,) = Lanes[str](engine, 3).run([("a", tile(1)), ("b", tile(2))], {"a"})
    assert answer[0] == "b"
    assert len(engine.batches) == 1
