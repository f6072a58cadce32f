"""How fast a system scores: spec and weights in, tiles of 256 x 256 a second on this CPU out.

In PyTorch, which runs all of the compared networks in the same way.
"""

import time
from pathlib import Path

import numpy as np

from handler.engines.choice import choose_engine
from handler.engines.interface import EngineSettings
from handler.spec import ModelSpec
from training.phantoms import draw_phantom
from training.phantoms.files import UNSEEN_SEED

TILE_PX = 256
TILES = 4
REPEATS = 5


def tiles_a_second(spec: ModelSpec, weights: Path) -> float:
    """Return the median over rounds of four tiles, the first left out; the same loop for every system."""
    engine = choose_engine(spec, weights, EngineSettings("torch"))
    phantoms = [draw_phantom(UNSEEN_SEED + k, TILE_PX, TILE_PX, 0.5) for k in range(TILES)]
    tiles = [phantom.rgb[None] for phantom in phantoms]
    engine.run(tiles[0])
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        for tile in tiles:
            engine.run(tile)
        seconds.append(time.perf_counter() - started)
    return TILES / float(np.median(seconds))
