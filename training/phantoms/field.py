"""A whole phantom: seed in, photograph and exact ground truth out."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from handler.nuclei import IMMUNONEGATIVE, IMMUNOPOSITIVE
from training.phantoms.camera import photograph
from training.phantoms.cell import Cell, Kind
from training.phantoms.laboratory import Laboratory, draw_laboratory, draw_stroma
from training.phantoms.nucleus import Canvas, NucleusShape, NucleusStain, Patch, outline, paint
from training.phantoms.population import populate
from training.phantoms.texture import smooth_noise
from training.phantoms.tissue import Tissue, draw_tissue

_TEXTURE_MARGIN_PX = 96
_LEAST_VISIBLE_SHARE = 0.55
"""Annotators skip what lies under others or beyond the border of the field for about half or more."""
_LEAST_VISIBLE_UM2 = 11.0
_STROMA_STREAM = 3
_EDGE_WIDTHS = {Kind.GHOST: 2.5, Kind.CYTOPLASM: 2.0}
"""How much wider than a nucleus' the edge of a kind is."""


@dataclass(frozen=True)
class Point:
    """An annotated nucleus in SHIDC-B-Ki-67's form: pixels, and label 1, 2 or 3 (lymphocyte)."""

    x: int
    y: int
    label_id: int


@dataclass(frozen=True)
class Phantom:
    """A synthetic field and its truth; all planes are (height, width).

    `rgb` (height, width, 3) uint8. `class_map` 0 background, 1 immunonegative, 2 immunopositive.
    `instance_map` 0 background, 1..n the counted nuclei. `interior` 0..1, rising from each outline to its
    centre. `ignored` is true on nuclei hidden under others and on those that the border cuts in half, which
    are neither class, and on lymphocytes, unless stroma is rich: there they are background.
    """

    rgb: NDArray[np.uint8]
    class_map: NDArray[np.uint8]
    instance_map: NDArray[np.int32]
    interior: NDArray[np.float32]
    ignored: NDArray[np.bool_]
    points: tuple[Point, ...]
    mpp: float


@dataclass(frozen=True)
class _Truth:
    classes: NDArray[np.uint8]
    owners: NDArray[np.int32]
    interior: NDArray[np.float32]


def draw_phantom(
    seed: int, width_px: int = 256, height_px: int = 256, mpp: float = 0.5, *, rich_stroma: bool = False
) -> Phantom:
    """Draw the phantom of a seed; same seed, size, scale and stroma: same bytes.

    `rich_stroma` adds what is easily taken for tumour nuclei: cells of stroma, cytoplasm, fibres. Raises
    ValueError where the field is smaller than 32 pixels a side.
    """
    if min(width_px, height_px) < 32:
        raise ValueError("a phantom needs at least 32 pixels a side")
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    laboratory = draw_laboratory(rng)
    if rich_stroma:
        stroma = draw_stroma(np.random.default_rng([seed, _STROMA_STREAM]))
        laboratory = replace(laboratory, stroma=stroma)
    shape = (height_px, width_px)
    tissue = draw_tissue(rng, laboratory, shape, mpp)
    cells = populate(rng, laboratory, tissue, mpp)
    sharp, soft = _empty_canvas(rng, shape, mpp), _empty_canvas(rng, shape, mpp)
    truth = _Truth(np.zeros(shape, np.uint8), np.zeros(shape, np.int32), np.zeros(shape, np.float32))
    for number, cell in enumerate(cells, 1):
        _place(rng, laboratory, soft if cell.out_of_focus else sharp, truth, cell, number, mpp)
    haematoxylin, dab = _stacked(rng, laboratory, tissue, sharp, soft, mpp)
    rgb = photograph(rng, laboratory, haematoxylin, dab, mpp)
    return _with_visible_truth(rgb, truth, cells, mpp, lymphocytes_are_background=rich_stroma)


def _empty_canvas(rng: np.random.Generator, shape: tuple[int, int], mpp: float) -> Canvas:
    larger = (shape[0] + _TEXTURE_MARGIN_PX, shape[1] + _TEXTURE_MARGIN_PX)
    return Canvas(
        np.zeros(shape, np.float32),
        np.zeros(shape, np.float32),
        smooth_noise(rng, larger, rng.uniform(0.5, 1.2) / mpp),
        smooth_noise(rng, larger, rng.uniform(1.2, 3.0) / mpp),
    )


def _place(
    rng: np.random.Generator,
    laboratory: Laboratory,
    canvas: Canvas,
    truth: _Truth,
    cell: Cell,
    number: int,
    mpp: float,
) -> None:
    """Paint one object and its truth."""
    patch = outline(cell.shape, truth.classes.shape)
    if patch is None:
        return
    has_cytoplasm = cell.kind is Kind.IMMUNOPOSITIVE and laboratory.stroma is None
    if has_cytoplasm and rng.random() < laboratory.cytoplasm_dab:
        _paint_cytoplasm(rng, laboratory, canvas, cell)
    height, width = patch.radius.shape
    limit = (canvas.fine.shape[0] - height, canvas.fine.shape[1] - width)
    if min(limit) < 0:
        return
    at = (int(rng.integers(0, limit[0] + 1)), int(rng.integers(0, limit[1] + 1)))
    edge_px = rng.uniform(0.3, 1.0) / mpp * _EDGE_WIDTHS.get(cell.kind, 1.0)
    paint(canvas, patch, cell.stain, edge_px, at)
    _mark(truth, cell, patch, number)


def _paint_cytoplasm(rng: np.random.Generator, laboratory: Laboratory, canvas: Canvas, cell: Cell) -> None:
    """Lay a pale brown cell body under a positive nucleus."""
    s, reach = cell.shape, rng.uniform(1.3, 1.8)
    body = NucleusShape(
        s.x_px + rng.normal(0, 0.2) * s.half_width_px,
        s.y_px + rng.normal(0, 0.2) * s.half_width_px,
        min(s.half_length_px * reach, 30.0),
        min(s.half_width_px * reach, 30.0),
        s.angle,
        s.lobes,
        s.phases,
    )
    patch = outline(body, canvas.dab.shape)
    if patch is not None and max(patch.radius.shape) < _TEXTURE_MARGIN_PX:
        stain = NucleusStain(0.0, rng.uniform(0.03, 0.18) * laboratory.dab_density, 0.3, 0.4, 0.0)
        paint(canvas, patch, stain, 4.0, (0, 0))


def _mark(truth: _Truth, cell: Cell, patch: Patch, number: int) -> None:
    if cell.kind.value <= 0:
        return
    inside = patch.radius < 1.0
    truth.owners[patch.window][inside] = number
    classes = {Kind.IMMUNOPOSITIVE: IMMUNOPOSITIVE, Kind.IMMUNONEGATIVE: IMMUNONEGATIVE}
    truth.classes[patch.window][inside] = classes.get(cell.kind, 0)
    truth.interior[patch.window][inside] = 1.0 - patch.radius[inside]


def _stacked(
    rng: np.random.Generator,
    laboratory: Laboratory,
    tissue: Tissue,
    sharp: Canvas,
    soft: Canvas,
    mpp: float,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Add the ground, the layer out of focus and the layer in focus."""
    sigma = max(laboratory.defocus_um * rng.uniform(0.5, 1.3) / mpp, 0.3)
    ground = smooth_noise(rng, sharp.dab.shape, 1.5 / mpp) * 0.01
    haematoxylin = (
        tissue.haematoxylin + cv2.GaussianBlur(soft.haematoxylin, (0, 0), sigma) + sharp.haematoxylin
    )
    dab = tissue.dab + cv2.GaussianBlur(soft.dab, (0, 0), sigma) + sharp.dab
    return np.maximum(haematoxylin + ground, 0), np.asarray(dab, np.float32)


def _with_visible_truth(
    rgb: NDArray[np.uint8], truth: _Truth, cells: list[Cell], mpp: float, *, lymphocytes_are_background: bool
) -> Phantom:
    """Number the nuclei one can see 1..n; what is mostly hidden or beyond the border is not counted."""
    visible = np.bincount(truth.owners.ravel(), minlength=len(cells) + 1)
    sizes = np.array([cell.shape.area_px for cell in cells])
    enough = visible[1:] >= np.maximum(_LEAST_VISIBLE_SHARE * sizes, _LEAST_VISIBLE_UM2 / mpp**2)
    counted = np.array([cell.kind.is_counted for cell in cells], bool) & enough
    numbers = np.zeros(len(cells) + 1, np.int32)
    numbers[1:][counted] = np.arange(1, counted.sum() + 1)
    instances = numbers[truth.owners]
    told = [False] + [lymphocytes_are_background and cell.kind is Kind.LYMPHOCYTE for cell in cells]
    is_counted = instances > 0
    return Phantom(
        rgb=rgb,
        class_map=np.where(is_counted, truth.classes, 0).astype(np.uint8),
        instance_map=instances,
        interior=np.where(is_counted, truth.interior, 0).astype(np.float32),
        ignored=(truth.owners > 0) & ~is_counted & ~np.array(told)[truth.owners],
        points=_points(truth.owners, cells, enough, visible),
        mpp=mpp,
    )


def _points(
    owners: NDArray[np.int32], cells: list[Cell], enough: NDArray[np.bool_], visible: NDArray[np.int64]
) -> tuple[Point, ...]:
    """Return a point a visible nucleus, at the centroid of what is seen of it."""
    ys, xs = np.nonzero(owners)
    of = owners[ys, xs]
    size = np.maximum(visible, 1)
    x, y = (np.bincount(of, weights, len(visible)) / size for weights in (xs, ys))
    return tuple(
        Point(round(float(x[i])), round(float(y[i])), cell.kind.value)
        for i, cell in enumerate(cells, 1)
        if cell.kind.value > 0 and enough[i - 1]
    )
