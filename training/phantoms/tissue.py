"""What lies between nuclei: stroma, cytoplasm, lumen, haze. Nothing here is ever counted."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.phantoms.laboratory import Laboratory
from training.phantoms.texture import fibrous_noise, smooth_noise


@dataclass(frozen=True)
class Tissue:
    """Architecture (height, width): where epithelium and lumen lie, and the densities of the ground."""

    epithelium: NDArray[np.bool_]
    lumen: NDArray[np.bool_]
    haematoxylin: NDArray[np.float32]
    dab: NDArray[np.float32]


def draw_tissue(
    rng: np.random.Generator, laboratory: Laboratory, shape: tuple[int, int], mpp: float
) -> Tissue:
    """Draw nests of epithelium in stroma, with lumens, on a ground of fibres and haze."""
    nests = smooth_noise(rng, shape, rng.uniform(25, 90) / mpp)
    holes = smooth_noise(rng, shape, rng.uniform(20, 60) / mpp)
    epithelium = nests > np.quantile(nests[::4, ::4], 1 - laboratory.epithelium_share)
    lumen_level = (
        np.quantile(holes[::4, ::4], 1 - laboratory.lumen_share) if laboratory.lumen_share > 0 else np.inf
    )
    lumen = holes > lumen_level
    filled = cv2.GaussianBlur((~lumen).astype(np.float32), (0, 0), rng.uniform(0.6, 3.0) / mpp)
    fibres = fibrous_noise(rng, shape, rng.uniform(20, 60) / mpp, rng.uniform(1.2, 4.0) / mpp)
    grains = smooth_noise(rng, shape, rng.uniform(1.0, 3.0) / mpp)
    clouds = smooth_noise(rng, shape, rng.uniform(8, 40) / mpp)
    patches = np.clip(0.5 + smooth_noise(rng, shape, rng.uniform(15, 50) / mpp), 0, 1)
    stroma = 1 + rng.uniform(0.1, 0.5) * fibres * patches + 0.2 * grains + 0.4 * clouds
    cytoplasm = 1 + 0.25 * grains + 0.45 * clouds
    nest = cv2.GaussianBlur(epithelium.astype(np.float32), (0, 0), 2.0 / mpp)
    ground = nest * cytoplasm * rng.uniform(0.4, 1.3) + (1 - nest) * stroma
    ground = np.maximum(ground, 0) * filled
    haze = np.maximum(1 + 0.5 * clouds + 0.3 * smooth_noise(rng, shape, 2.0 / mpp), 0) * filled
    brown = laboratory.stroma_dab_density * (0.6 * ground + 0.4 * haze)
    return Tissue(
        epithelium,
        lumen,
        (laboratory.stroma_density * ground).astype(np.float32),
        brown.astype(np.float32),
    )
