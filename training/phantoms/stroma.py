"""What makes stroma hard to tell from tumour: cell bodies, fibres, nuclei that only their place gives away.

Flow: a laboratory whose `stroma` was drawn, and its cells -> more cells, all background.
"""

from dataclasses import replace

import numpy as np

from training.phantoms.cell import Cell, Kind
from training.phantoms.laboratory import Laboratory, Stroma
from training.phantoms.nucleus import NucleusShape, NucleusStain

_MOST_HALF_AXIS_PX = 30.0
_MOST_STRAND_PX = 42.0


def cytoplasms(rng: np.random.Generator, laboratory: Laboratory, cells: list[Cell]) -> list[Cell]:
    """Return the bodies that some of these cells have: pale, ragged, to one side of the nucleus."""
    return [_cytoplasm(rng, laboratory, cell) for cell in cells if _has_body(rng, laboratory, cell)]


def _has_body(rng: np.random.Generator, laboratory: Laboratory, cell: Cell) -> bool:
    share = 0.0 if laboratory.stroma is None else laboratory.stroma.cytoplasm_share
    brown = cell.kind is Kind.IMMUNOPOSITIVE and rng.random() < laboratory.cytoplasm_dab
    return brown or rng.random() < share


def _cytoplasm(rng: np.random.Generator, laboratory: Laboratory, cell: Cell) -> Cell:
    s, reach = cell.shape, rng.uniform(1.1, 1.9)
    side, away = rng.uniform(0, 2 * np.pi), rng.uniform(0.0, 1.1) * s.half_width_px
    shape = NucleusShape(
        s.x_px + away * np.cos(side),
        s.y_px + away * np.sin(side),
        min(s.half_length_px * reach, _MOST_HALF_AXIS_PX),
        min(s.half_width_px * reach, _MOST_HALF_AXIS_PX),
        s.angle + rng.normal(0, 0.3),
        tuple(rng.normal(0, 0.13, 4).clip(-0.25, 0.25)),
        tuple(rng.uniform(0, 6.3, 4)),
    )
    brown = cell.kind is Kind.IMMUNOPOSITIVE and rng.random() < 0.7
    dab = rng.uniform(0.03, 0.25) * cell.stain.dab if brown else 0.0
    haematoxylin = rng.uniform(0.05, 0.25 if laboratory.is_pale else 0.45) * laboratory.counterstain_density
    return Cell(Kind.CYTOPLASM, shape, NucleusStain(haematoxylin, dab, 0.3, 0.4, 0.0), rng.random() < 0.3)


def strands(
    rng: np.random.Generator, laboratory: Laboratory, shape_px: tuple[int, int], mpp: float
) -> list[Cell]:
    """Return streaks of fibre and folds, tinted like the counterstain."""
    per_mm2 = 0.0 if laboratory.stroma is None else laboratory.stroma.strands_per_mm2
    count = rng.poisson(per_mm2 * shape_px[0] * shape_px[1] * mpp**2 / 1e6)
    return [
        _strand(rng, laboratory, rng.uniform(0, shape_px[1]), rng.uniform(0, shape_px[0]), mpp)
        for _ in range(count)
    ]


def _strand(rng: np.random.Generator, laboratory: Laboratory, x: float, y: float, mpp: float) -> Cell:
    half_length, half_width = rng.uniform(6.0, 18.0) / mpp, rng.uniform(0.7, 2.4) / mpp
    lobes, phases = tuple(rng.normal(0, 0.1, 4).clip(-0.2, 0.2)), tuple(rng.uniform(0, 6.3, 4))
    angle = rng.uniform(0, np.pi)
    shape = NucleusShape(x, y, min(half_length, _MOST_STRAND_PX), half_width, angle, lobes, phases)
    haematoxylin = laboratory.counterstain_density * rng.uniform(0.1, 0.35 if laboratory.is_pale else 0.7)
    return Cell(Kind.STRAND, shape, NucleusStain(haematoxylin, 0.0, 0.4, 0.3, 0.0), rng.random() < 0.5)


def squeezed(rng: np.random.Generator, stroma: Stroma, shape: NucleusShape) -> NucleusShape:
    """Return a tumour nucleus, now and then pressed by its neighbours: like one of stroma, save its place."""
    if rng.random() >= stroma.misshapen_share:
        return shape
    size, stretch = rng.uniform(0.65, 1.0), rng.uniform(1.0, 1.9)
    return replace(
        shape,
        half_length_px=shape.half_length_px * size * stretch**0.5,
        half_width_px=shape.half_width_px * size / stretch**0.5,
        lobes=tuple((np.array(shape.lobes) + rng.normal(0, 0.06, 4)).clip(-0.2, 0.2)),
    )
