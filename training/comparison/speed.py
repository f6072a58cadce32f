"""How fast a system scores: spec and weights in, tiles of 256 x 256 a second on this CPU out."""

import time
from pathlib import Path

import numpy as np

from handler.engine import EngineSettings, choose_engine
from handler.spec import ModelSpec
from training.phantoms import draw_phantom
from training.phantoms.files import UNSEEN_SEED

TILE_PX = 256
BATCH_TILES = 4
REPEATS = 5


def tiles_a_second(spec: ModelSpec, weights: Path) -> float:
    """Return the median over batches of four tiles, the first left out; the same loop for every system."""
    engine = choose_engine(spec, weights, EngineSettings(cpu_batch_tiles=BATCH_TILES), gpu=None)
    phantoms = [draw_phantom(UNSEEN_SEED + k, TILE_PX, TILE_PX, 0.5) for k in range(BATCH_TILES)]
    tiles = np.stack([phantom.rgb for phantom in phantoms])
    engine.run(tiles)
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        engine.run(tiles)
        seconds.append(time.perf_counter() - started)
    return BATCH_TILES / float(np.median(seconds))
