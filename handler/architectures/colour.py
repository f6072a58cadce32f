"""Colour separation, the baseline that learns nothing: pixels in, logits of thresholded stains out.

    pixels -> optical densities -> haematoxylin and DAB -> a threshold each -> masks -> distance to the edge

A threshold for each stain as in ImmunoRatio (Tuominen et al. 2010), by the method of Otsu (1979); the peaks
of the distance map split nuclei that touch, so that the default decoding is the usual watershed. Tiles should
be as large as fields: the thresholds are those of a tile.
"""

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from handler.spec import NetworkSpec, StainSpec
from handler.stain import measure_stain

OUTPUTS = ("background", "immunonegative", "immunopositive", "interior")

_SURE_LOGIT = 6.0
_SMOOTHING_PX = 0.7
_MOST_HAEMATOXYLIN, _MOST_DAB = 1.0, 0.6
"""Densities saturate here, so that a few near-black nuclei do not lift a threshold above pale ones."""
_LEAST_HAEMATOXYLIN, _LEAST_DAB = 0.10, 0.15
_RIM_PX = 4
_RADIUS_PX = 12.0
"""Depth at which the interior map is full; a large nucleus at 0.5 microns per pixel."""
_LEAST_SAMPLE_PX = 100


class ColourSeparation(nn.Module):
    """A network without weights, meant for 0.5 microns per pixel; runs on the CPU wherever its input lies.

    Raises ValueError where the spec's outputs are not `OUTPUTS`.
    """

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        if spec.outputs != OUTPUTS:
            raise ValueError(f"ColourSeparation has the outputs {', '.join(OUTPUTS)} and no others")
        self._mean = np.array(spec.mean, np.float32)
        self._std = np.array(spec.std, np.float32)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return logits (n, 4, h, w) of pixels (n, 3, h, w): sure of every class, or of the background."""
        normalised = pixels.detach().float().movedim(1, -1).cpu().numpy()
        levels = np.rint((normalised * self._std + self._mean) * 255.0)
        tiles = levels.clip(0, 255).astype(np.uint8)
        return torch.from_numpy(np.stack([_logits(tile) for tile in tiles])).to(pixels.device)


def _logits(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return logits (4, h, w) of one tile (h, w, 3); one of a single colour is all background."""
    if rgb.min() == rgb.max():
        empty = np.zeros(rgb.shape[:2], np.bool_)
        return _as_logits(empty, empty)
    return _as_logits(*separate(rgb))


def separate(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return masks (h, w) of immunonegative and immunopositive nuclei in `rgb` (h, w, 3).

    DAB above its threshold is immunopositive. Of the rest, the rims of positive nuclei aside, haematoxylin
    above its own threshold is immunonegative.
    """
    stain = measure_stain(rgb, StainSpec())
    dab, haematoxylin = _smooth(stain.dab_density), _smooth(stain.haematoxylin_density)
    positive = dab > max(_LEAST_DAB, otsu_threshold(dab, _MOST_DAB))
    rims = cv2.dilate(positive.astype(np.uint8), np.ones((2 * _RIM_PX + 1,) * 2, np.uint8)) > 0
    level = max(_LEAST_HAEMATOXYLIN, otsu_threshold(haematoxylin[~rims], _MOST_HAEMATOXYLIN))
    nuclei = _without_specks(positive | (haematoxylin > level))
    return nuclei & ~positive, nuclei & positive


def otsu_threshold(density: NDArray[np.float32], most: float) -> float:
    """Return the density that divides these best in two (Otsu 1979), above `most` taken as `most`.

    Too few pixels have no threshold: `most`.
    """
    if density.size < _LEAST_SAMPLE_PX:
        return most
    levels = np.rint(density.ravel().clip(0, most) * (255.0 / most)).astype(np.uint8)
    level, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return (float(level) + 0.5) * most / 255.0


def _smooth(density: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(density, (0, 0), _SMOOTHING_PX), np.float32)


def _without_specks(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    cross = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    return np.asarray(cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, cross) > 0)


def _as_logits(negative: NDArray[np.bool_], positive: NDArray[np.bool_]) -> NDArray[np.float32]:
    nuclei = negative | positive
    classes = np.where(np.stack([~nuclei, negative, positive]), _SURE_LOGIT, -_SURE_LOGIT)
    depth = cv2.distanceTransform(nuclei.astype(np.uint8), cv2.DIST_L2, 5) / _RADIUS_PX
    least = 1.0 / (1.0 + np.exp(_SURE_LOGIT))
    interior = np.asarray(depth, np.float32).clip(least, 1.0 - least)
    return np.concatenate([classes, np.log(interior / (1.0 - interior))[None]]).astype(np.float32)
