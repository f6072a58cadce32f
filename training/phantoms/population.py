"""Which nuclei and impostors stand where: placement and stain of every object in a field.

Flow: laboratory and tissue architecture -> list of `Cell`. Kinds that the index counts: immunonegative
and immunopositive. Lymphocytes are annotated but not counted. All other kinds are background.
"""

import numpy as np
from numpy.typing import NDArray

from training.phantoms.cell import Cell, Kind
from training.phantoms.laboratory import Laboratory
from training.phantoms.nucleus import NucleusShape, NucleusStain
from training.phantoms.stroma import cytoplasms, squeezed, strands
from training.phantoms.tissue import Tissue


def populate(rng: np.random.Generator, laboratory: Laboratory, tissue: Tissue, mpp: float) -> list[Cell]:
    """Draw every object of a field, in the order in which they are painted: a pale one hides no dark one."""
    shape = tissue.lumen.shape
    spacing_px = laboratory.nucleus_diameter_um * laboratory.spacing / mpp
    centres = _clumped(rng, _scattered(rng, shape, spacing_px), laboratory.clump_share, spacing_px)
    cells = [_cell(rng, laboratory, tissue, x, y, mpp) for x, y in centres]
    specks, wisps = (
        [
            draw(rng, laboratory, rng.uniform(0, shape[1]), rng.uniform(0, shape[0]), mpp)
            for _ in range(rng.poisson(per_mm2 * shape[0] * shape[1] * mpp**2 / 1e6))
        ]
        for draw, per_mm2 in ((_debris, laboratory.debris_per_mm2), (_wisp, laboratory.wisps_per_mm2))
    )
    ghosts = [c for c in cells if c is not None and c.kind is Kind.GHOST]
    solid = [c for c in cells if c is not None and c.kind is not Kind.GHOST]
    solid.sort(key=lambda cell: cell.stain.haematoxylin + cell.stain.dab)
    if laboratory.stroma is None:
        return wisps + ghosts + solid + specks
    below = strands(rng, laboratory, shape, mpp) + wisps + cytoplasms(rng, laboratory, solid)
    return below + ghosts + solid + specks


def _scattered(rng: np.random.Generator, shape: tuple[int, int], spacing_px: float) -> NDArray[np.float64]:
    """Return shuffled points (n, 2) x, y on a strongly jittered hexagonal grid that overhangs the field."""
    rows = np.arange(-spacing_px, shape[0] + spacing_px, spacing_px * 0.866)
    columns = np.arange(-spacing_px, shape[1] + spacing_px, spacing_px)
    ys, xs = np.meshgrid(rows, columns, indexing="ij")
    xs = xs + (np.arange(len(rows)) % 2)[:, None] * spacing_px / 2
    points = np.stack([xs.ravel(), ys.ravel()], 1)
    points += rng.normal(0, 0.26 * spacing_px, points.shape)
    rng.shuffle(points)
    return points


def _clumped(
    rng: np.random.Generator, points: NDArray[np.float64], share: float, spacing_px: float
) -> NDArray[np.float64]:
    """Draw a share of the points towards clump centres, until nuclei touch and overlap."""
    members = rng.random(len(points)) < share
    centres = points[rng.random(len(points)) < 0.06]
    if not len(centres) or not members.any():
        return points
    distance = np.linalg.norm(points[members][:, None] - centres[None], axis=2)
    nearest = centres[distance.argmin(axis=1)]
    moved = points.copy()
    pull = rng.uniform(0.2, 0.7, (int(members.sum()), 1)) * (distance.min(axis=1) < 4 * spacing_px)[:, None]
    moved[members] += pull * (nearest - points[members])
    return moved


def _cell(
    rng: np.random.Generator, laboratory: Laboratory, tissue: Tissue, x: float, y: float, mpp: float
) -> Cell | None:
    height, width = tissue.lumen.shape
    at = (int(np.clip(y, 0, height - 1)), int(np.clip(x, 0, width - 1)))
    if tissue.lumen[at]:
        return None
    kind = _kind(rng, laboratory, bool(tissue.epithelium[at]))
    if kind is None:
        return None
    soft = kind is Kind.GHOST or rng.random() < 0.12
    outline, stain = _shape(rng, laboratory, kind, x, y, mpp), _stain(rng, laboratory, kind)
    if laboratory.stroma is not None and kind.is_counted and tissue.epithelium[at]:
        outline = squeezed(rng, laboratory.stroma, outline)
    return Cell(kind, outline, stain, soft)


def _kind(rng: np.random.Generator, laboratory: Laboratory, in_epithelium: bool) -> Kind | None:
    draw = rng.random()
    if draw < laboratory.ghost_share * 0.5:
        return Kind.GHOST
    if rng.random() < laboratory.lymphocyte_share * (0.3 if in_epithelium else 1.0):
        return Kind.LYMPHOCYTE
    stroma = laboratory.stroma
    if not in_epithelium and rng.random() < (0.45 if stroma is None else stroma.cell_share):
        return _kind_in_stroma(rng, laboratory)
    if rng.random() < 0.06:
        return None
    positive = rng.random() < laboratory.positive_share * (1.0 if in_epithelium else 0.6)
    return Kind.IMMUNOPOSITIVE if positive else Kind.IMMUNONEGATIVE


def _kind_in_stroma(rng: np.random.Generator, laboratory: Laboratory) -> Kind | None:
    stroma = laboratory.stroma
    if rng.random() >= (laboratory.spindle_share if stroma is None else stroma.spindle_share):
        return None
    return Kind.SHRUNKEN if stroma is not None and rng.random() < stroma.shrunken_share else Kind.SPINDLE


def _shape(
    rng: np.random.Generator, laboratory: Laboratory, kind: Kind, x: float, y: float, mpp: float
) -> NucleusShape:
    size = float(np.exp(rng.normal(0, laboratory.diameter_spread)))
    radius_um = 0.5 * float(np.clip(laboratory.nucleus_diameter_um * size, 4.2, 22.0))
    elongation = float(np.exp(abs(rng.normal(0, np.log(laboratory.elongation) + 0.05))))
    if rng.random() < 0.08:
        elongation = rng.uniform(1.6, 2.6)
    if kind is Kind.LYMPHOCYTE:
        radius_um, elongation = rng.uniform(2.3, 3.2), rng.uniform(1.0, 1.15)
    if kind is Kind.SPINDLE:
        radius_um, elongation = rng.uniform(1.6, 2.8), rng.uniform(2.8, 8.0)
    irregularity = laboratory.irregularity
    if laboratory.stroma is not None:
        radius_um, elongation, irregularity = _beside_stroma(rng, laboratory, kind, radius_um, elongation)
    root = elongation**0.5
    bumps = rng.normal(0, irregularity, 4) * (1.0, 0.8, 0.5, 0.35)
    return NucleusShape(
        x_px=x,
        y_px=y,
        half_length_px=radius_um * root / mpp,
        half_width_px=radius_um / root / mpp,
        angle=rng.uniform(0, np.pi),
        lobes=tuple(np.clip(bumps, -0.2, 0.2)),
        phases=tuple(rng.uniform(0, 2 * np.pi, 4)),
    )


def _beside_stroma(
    rng: np.random.Generator, laboratory: Laboratory, kind: Kind, radius_um: float, elongation: float
) -> tuple[float, float, float]:
    """Return radius, elongation and irregularity where stroma is rich; lymphocytes are the smallest there."""
    irregularity, usual_um = laboratory.irregularity, laboratory.nucleus_diameter_um
    giant_share = 0.0 if laboratory.stroma is None else laboratory.stroma.giant_share
    if kind is Kind.IMMUNOPOSITIVE and rng.random() < giant_share:
        return min(radius_um * rng.uniform(1.3, 2.0), 11.0), elongation, irregularity + 0.05
    if kind is Kind.LYMPHOCYTE:
        return min(radius_um, rng.uniform(0.28, 0.36) * usual_um), elongation, irregularity
    if kind is Kind.SPINDLE:
        return rng.uniform(1.7, 3.3), rng.uniform(2.1, 7.0), irregularity
    if kind is Kind.SHRUNKEN:
        return min(rng.uniform(1.4, 2.6), 0.3 * usual_um), rng.uniform(1.0, 2.2), irregularity + 0.06
    return radius_um, elongation, irregularity


def _stain(rng: np.random.Generator, laboratory: Laboratory, kind: Kind) -> NucleusStain:
    haematoxylin = laboratory.counterstain_density * float(
        np.exp(rng.normal(0, laboratory.counterstain_spread))
    )
    dab = laboratory.negative_dab_share * min(laboratory.dab_density, 1.0) * rng.uniform(0, 1)
    contrast, granularity = laboratory.chromatin_contrast, 0.3
    if kind is Kind.IMMUNOPOSITIVE:
        dab, granularity = _positive_dab(rng, laboratory), laboratory.granularity * rng.uniform(0, 1)
        haematoxylin *= rng.uniform(0.1, 1.2)
    elif kind is Kind.IMMUNONEGATIVE and rng.random() < laboratory.tan_negative_share:
        dab = rng.uniform(0.1, 0.75) * laboratory.dab_boundary
    elif kind is Kind.LYMPHOCYTE:
        haematoxylin, contrast = haematoxylin * rng.uniform(1.2, 1.7), 0.5 * contrast
    elif kind is Kind.SPINDLE:
        haematoxylin *= rng.uniform(0.3, 1.1 if laboratory.stroma is None else 1.5)
    elif kind is Kind.SHRUNKEN:
        haematoxylin, contrast = haematoxylin * rng.uniform(0.9, 1.9), 0.5 * contrast
    elif kind is Kind.GHOST:
        haematoxylin *= rng.uniform(0.06, laboratory.palest_share)
        dab = rng.choice([0.0, rng.uniform(0.02, 0.08) * laboratory.dab_density])
    haematoxylin = max(haematoxylin, 0.045 if kind is not Kind.GHOST and dab < 0.2 else 0.0)
    return NucleusStain(haematoxylin, dab, contrast, granularity, laboratory.rim_contrast * rng.uniform(0, 1))


def _positive_dab(rng: np.random.Generator, laboratory: Laboratory) -> float:
    spread = float(np.exp(rng.normal(0, laboratory.dab_spread)))
    weak = rng.uniform(0.35, 0.6) if rng.random() < 0.15 else 1.0
    return float(np.clip(laboratory.dab_density * spread * weak, 1.3 * laboratory.dab_boundary, 2.6))


def _wisp(rng: np.random.Generator, laboratory: Laboratory, x: float, y: float, mpp: float) -> Cell:
    """Return a faint scrap of cytoplasm or fibre, smaller than a nucleus, or a still fainter, wider smear."""
    wide = laboratory.stroma is not None and rng.random() < 0.3
    radius, stretch = rng.uniform(*((2.0, 6.0) if wide else (0.9, 2.1))) / mpp, rng.uniform(1.1, 2.2)
    lobes = tuple(rng.normal(0, 0.12, 4).clip(-0.2, 0.2))
    shape = NucleusShape(
        x,
        y,
        radius * stretch,
        radius / stretch**0.5,
        rng.uniform(0, np.pi),
        lobes,
        tuple(rng.uniform(0, 6.3, 4)),
    )
    palest = (0.8 if wide else 1.3) * laboratory.palest_share
    haematoxylin = laboratory.counterstain_density * rng.uniform(0.1, palest)
    return Cell(Kind.WISP, shape, NucleusStain(haematoxylin, 0.0, 0.3, 0.3, 0.0), rng.random() < 0.5)


def _debris(rng: np.random.Generator, laboratory: Laboratory, x: float, y: float, mpp: float) -> Cell:
    """Return a brown or dark speck too small for a nucleus."""
    radius = rng.uniform(0.3, 1.3) / mpp
    stretch = rng.uniform(1.0, 1.6)
    lobes = tuple(rng.normal(0, 0.12, 4).clip(-0.25, 0.25))
    shape = NucleusShape(
        x, y, radius * stretch, radius, rng.uniform(0, np.pi), lobes, tuple(rng.uniform(0, 6.3, 4))
    )
    stain = NucleusStain(rng.uniform(0, 0.1), rng.uniform(0.2, 1.0) * laboratory.dab_density, 0.3, 0.3, 0.0)
    return Cell(Kind.DEBRIS, shape, stain, rng.random() < 0.2)
