"""Phantoms as files: image, points (SHIDC form), class map and instance map of each, and a contact sheet."""

import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from training.phantoms.field import Phantom, draw_phantom

UNSEEN_SEED = 10_000_000
"""Seeds from here on are for measuring; training draws from 0 up and never gets so far."""
_SHEET_COLUMNS = 6
_SHEET_TILE_PX = 256


def write_phantom(
    folder: Path, width_px: int, height_px: int, mpp: float, rich_stroma: bool, seed: int
) -> NDArray[np.uint8]:
    """Write one phantom into `folder` and return its thumbnail for the contact sheet."""
    phantom = draw_phantom(seed, width_px, height_px, mpp, rich_stroma=rich_stroma)
    stem = f"phantom-{seed:06d}"
    _write_png(folder / f"{stem}.png", np.ascontiguousarray(phantom.rgb[..., ::-1]))
    _write_png(folder / "class_maps" / f"{stem}.png", phantom.class_map)
    _write_png(folder / "instance_maps" / f"{stem}.png", phantom.instance_map.astype(np.uint16))
    points = json.dumps([asdict(point) for point in phantom.points])
    (folder / f"{stem}.json").write_text(points, encoding="utf-8")
    return _thumbnail(phantom)


def _write_png(path: Path, image: NDArray[np.uint8] | NDArray[np.uint16]) -> None:
    _, data = cv2.imencode(".png", image)
    path.write_bytes(data.tobytes())


def _thumbnail(phantom: Phantom) -> NDArray[np.uint8]:
    """Return the middle of the field beside the same piece with its outlines drawn in."""
    height, width = phantom.class_map.shape
    side = min(height, width, _SHEET_TILE_PX)
    y, x = (height - side) // 2, (width - side) // 2
    window = (slice(y, y + side), slice(x, x + side))
    plain, drawn = phantom.rgb[window], phantom.rgb[window].copy()
    owners = phantom.instance_map[window]
    edges = cv2.morphologyEx(owners.astype(np.float32), cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)) > 0
    for label, colour in ((1, (0, 110, 255)), (2, (255, 40, 40))):
        reach = cv2.dilate((phantom.class_map[window] == label).astype(np.uint8), np.ones((2, 2), np.uint8))
        drawn[edges & (reach > 0)] = colour
    tiles = [
        cv2.resize(t, (_SHEET_TILE_PX, _SHEET_TILE_PX), interpolation=cv2.INTER_AREA) for t in (plain, drawn)
    ]
    return np.hstack(tiles).astype(np.uint8)


def contact_sheet(thumbnails: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Lay thumbnails of one size out in rows."""
    columns = min(_SHEET_COLUMNS // 2, len(thumbnails))
    blank = np.full_like(thumbnails[0], 255)
    padded = thumbnails + [blank] * (-len(thumbnails) % columns)
    return np.vstack([np.hstack(padded[i : i + columns]) for i in range(0, len(padded), columns)])


def write_phantoms(
    folder: Path,
    count: int,
    seed: int,
    width_px: int = 512,
    height_px: int = 512,
    mpp: float = 0.25,
    workers: int = 2,
    *,
    rich_stroma: bool = False,
) -> list[NDArray[np.uint8]]:
    """Write phantoms of the seeds from `seed` on into `folder`; return their thumbnails."""
    for part in ("class_maps", "instance_maps"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    draw = partial(write_phantom, folder, width_px, height_px, mpp, rich_stroma)
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        return list(tqdm(pool.map(draw, range(seed, seed + count)), total=count, unit="phantom"))
