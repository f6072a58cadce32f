"""A laboratory's habits drawn at random: stains, counterstain, tissue, optics, camera.

Networks trained on one narrow prior fail in the next hospital, so every field comes from a laboratory
of its own. All lengths are microns, all strengths optical densities.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from handler.stain import DAB, HAEMATOXYLIN

REDDISH_DAB = (0.30, 0.68, 0.67)
"""Optical density of aged or strongly developed DAB, whose brown leans to red."""
BLUISH_HAEMATOXYLIN = (0.78, 0.58, 0.24)
GREYISH_HAEMATOXYLIN = (0.62, 0.62, 0.48)
_PALE = 0.14


@dataclass(frozen=True)
class Stroma:
    """How much there is in a laboratory's fields that looks like tumour nuclei and is none.

    `misshapen_share`: of the tumour nuclei, those that look like nuclei of stroma.
    """

    cell_share: float
    spindle_share: float
    shrunken_share: float
    misshapen_share: float
    cytoplasm_share: float
    giant_share: float
    strands_per_mm2: float


@dataclass(frozen=True)
class Laboratory:
    """How one laboratory stains, and how one microscope photographs it."""

    haematoxylin_vector: NDArray[np.float32]
    dab_vector: NDArray[np.float32]
    counterstain_density: float
    counterstain_spread: float
    dab_density: float
    dab_spread: float
    tan_negative_share: float
    negative_dab_share: float
    granularity: float
    chromatin_contrast: float
    rim_contrast: float
    stroma_density: float
    stroma_dab_density: float
    cytoplasm_dab: float
    nucleus_diameter_um: float
    diameter_spread: float
    elongation: float
    irregularity: float
    spacing: float
    positive_share: float
    epithelium_share: float
    lumen_share: float
    lymphocyte_share: float
    spindle_share: float
    debris_per_mm2: float
    wisps_per_mm2: float
    ghost_share: float
    clump_share: float
    blur_um: float
    defocus_um: float
    sharpening: float
    white_rgb: NDArray[np.float32]
    vignetting: float
    gamma: float
    contrast: float
    saturation: float
    noise: float
    jpeg_quality: int
    stroma: Stroma | None = None

    @property
    def is_pale(self) -> bool:
        """Whether the counterstain is so pale that it hardly shows cytoplasm and fibres."""
        return self.counterstain_density < _PALE

    @property
    def palest_share(self) -> float:
        """Share of the usual counterstain below which a nucleus out of focus is no longer counted.

        Observers count whatever can be seen where all is pale, and only clear nuclei where most are.
        """
        return float(np.interp(self.counterstain_density, (0.12, 0.28), (0.22, 0.38)))

    @property
    def dab_boundary(self) -> float:
        """DAB density above which this laboratory calls a nucleus immunopositive: relative to its stain."""
        return float(np.clip(0.22 * self.dab_density, 0.1, 0.32))


def draw_laboratory(rng: np.random.Generator) -> Laboratory:
    """Draw a laboratory; ranges come from looking at fields of several real ones."""
    soft = rng.random() < 0.45
    counterstain = float(np.exp(rng.uniform(np.log(0.065), np.log(0.52))))
    pale = counterstain < _PALE
    positive_share = _positive_share(rng)
    return Laboratory(
        haematoxylin_vector=_haematoxylin(rng),
        dab_vector=_mixed(rng, DAB, REDDISH_DAB, 0.05),
        counterstain_density=counterstain,
        counterstain_spread=rng.uniform(0.15, 0.4),
        dab_density=float(np.exp(rng.uniform(np.log(0.32), np.log(2.3)))),
        dab_spread=rng.uniform(0.15, 0.6),
        tan_negative_share=rng.choice([0.0, rng.uniform(0.0, 0.4)]) if positive_share > 0.1 else 0.0,
        negative_dab_share=rng.uniform(0.0, 0.08),
        granularity=rng.uniform(0.0, 0.9),
        chromatin_contrast=rng.uniform(0.1, 0.55),
        rim_contrast=rng.uniform(0.0, 0.6),
        stroma_density=min(counterstain * rng.uniform(0.0, 0.35), 0.13),
        stroma_dab_density=counterstain
        * rng.choice([rng.uniform(0.0, 0.1), rng.uniform(0.0, 0.35)], p=[0.7, 0.3]),
        cytoplasm_dab=rng.choice([0.0, rng.uniform(0.0, 0.35)]),
        nucleus_diameter_um=rng.uniform(5.5, 11.0),
        diameter_spread=rng.uniform(0.08, 0.3),
        elongation=rng.uniform(1.05, 1.6),
        irregularity=rng.uniform(0.02, 0.16),
        spacing=rng.uniform(1.15, 1.9),
        positive_share=positive_share,
        epithelium_share=rng.uniform(0.2, 1.0),
        lumen_share=rng.choice([0.0, rng.uniform(0.0, 0.3)]),
        lymphocyte_share=rng.choice([0.0, rng.uniform(0.0, 0.12)]),
        spindle_share=rng.uniform(0.0, 1.0),
        debris_per_mm2=rng.choice([0.0, rng.uniform(0.0, 1200.0)]),
        wisps_per_mm2=rng.choice([0.0, rng.uniform(0.0, 3000.0)], p=[0.3, 0.7]),
        ghost_share=0.0 if pale else rng.uniform(0.0, 0.3),
        clump_share=rng.choice([0.0, rng.uniform(0.0, 0.4)]),
        blur_um=rng.uniform(0.5, 1.1) if soft else rng.uniform(0.1, 0.5),
        defocus_um=rng.uniform(0.5, 1.6),
        sharpening=rng.choice([0.0, rng.uniform(0.0, 0.8 if soft else 1.6)]),
        white_rgb=_white(rng),
        vignetting=rng.uniform(0.0, 0.15),
        gamma=rng.uniform(0.85, 1.2),
        contrast=rng.uniform(0.9, 1.3),
        saturation=rng.uniform(0.7, 1.3),
        noise=rng.uniform(0.3, 2.0 if pale else 4.0),
        jpeg_quality=int(rng.integers(45, 98)),
    )


def draw_stroma(rng: np.random.Generator) -> Stroma:
    """Draw how rich in stroma a laboratory's fields are; after what version 1.0 invented in real ones."""
    return Stroma(
        cell_share=rng.uniform(0.45, 0.95),
        spindle_share=rng.uniform(0.2, 1.0),
        shrunken_share=rng.uniform(0.0, 0.5),
        misshapen_share=rng.choice([0.0, rng.uniform(0.0, 0.4)], p=[0.4, 0.6]),
        cytoplasm_share=rng.choice([0.0, rng.uniform(0.0, 0.6)], p=[0.35, 0.65]),
        giant_share=rng.choice([0.0, rng.uniform(0.0, 0.3)]),
        strands_per_mm2=rng.choice([0.0, rng.uniform(0.0, 1500.0)], p=[0.4, 0.6]),
    )


def _positive_share(rng: np.random.Generator) -> float:
    """Return a share of immunopositive nuclei: none now and then, low often, anything up to 0.9."""
    return float(rng.choice([0.0, rng.uniform(0.0, 0.25), rng.uniform(0.0, 0.9)], p=[0.08, 0.42, 0.5]))


def _haematoxylin(rng: np.random.Generator) -> NDArray[np.float32]:
    other = BLUISH_HAEMATOXYLIN if rng.random() < 0.5 else GREYISH_HAEMATOXYLIN
    return _mixed(rng, HAEMATOXYLIN, other, 0.05)


def _mixed(
    rng: np.random.Generator, a: tuple[float, ...], b: tuple[float, ...], jitter: float
) -> NDArray[np.float32]:
    """Return a unit vector between `a` and `b`, a little off the line."""
    share = rng.beta(1.0, 1.8)
    vector = np.abs((1 - share) * np.array(a) + share * np.array(b) + rng.normal(0, jitter, 3))
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def _white(rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the colour of clear glass: grey to warm, now and then greenish or bluish."""
    level = rng.uniform(205, 252)
    warmth = rng.normal(0.0, 0.03)
    tint = np.array(
        [1 + 0.5 * warmth, 1 + rng.normal(0, 0.012), 1 - 1.5 * abs(warmth) * rng.choice([1, 1, -0.3])]
    )
    return np.clip(level * tint, 150, 255).astype(np.float32)
