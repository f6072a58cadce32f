"""How near masks made from points come to the truth, on phantoms, where the truth is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from handler.nuclei import IMMUNONEGATIVE, IMMUNOPOSITIVE
from training.annotations import Annotation
from training.masks.mcconnell2021 import MASK_PX, paper_mask
from training.masks.watershed import watershed_mask
from training.phantoms import Phantom, draw_phantom
from training.phantoms.files import UNSEEN_SEED

Measured = tuple[NDArray[np.uint8], NDArray[np.uint8], int, int]
"""Class map of a mask, class map of the truth, nuclei in the mask, nuclei in truth."""


@dataclass(frozen=True)
class Agreement:
    """Intersection over union of each class over all pixels, and mean absolute error of counts."""

    iou_immunonegative: float
    iou_immunopositive: float
    count_error_percent: float

    @classmethod
    def of(cls, fields: Sequence[Measured]) -> Self:
        """Add up the fields."""
        counts = [100 * abs(found - true) / max(true, 1) for *_, found, true in fields]
        return cls(_iou(fields, IMMUNONEGATIVE), _iou(fields, IMMUNOPOSITIVE), float(np.mean(counts)))


def _iou(fields: Sequence[Measured], label: int) -> float:
    both = sum(int(((mask == label) & (truth == label)).sum()) for mask, truth, *_ in fields)
    either = sum(int(((mask == label) | (truth == label)).sum()) for mask, truth, *_ in fields)
    return both / either if either else 1.0


def compare_on_phantoms(count: int, side_px: int, mpp: float) -> tuple[Agreement, Agreement]:
    """Return the agreement of the paper's masks and of the project's, both at 256 x 256."""
    phantoms = [draw_phantom(UNSEEN_SEED + k, side_px, side_px, mpp) for k in range(count)]
    return Agreement.of([_paper(p) for p in phantoms]), Agreement.of([_watershed(p) for p in phantoms])


def _paper(phantom: Phantom) -> Measured:
    mask = paper_mask(phantom.rgb, _annotation(phantom))
    return (
        mask.classes,
        _small(phantom.class_map),
        mask.immunopositive + mask.immunonegative,
        _nuclei(phantom),
    )


def _watershed(phantom: Phantom) -> Measured:
    mask = watershed_mask(phantom.rgb, _annotation(phantom), phantom.mpp)
    return (
        _small(mask.classes),
        _small(phantom.class_map),
        len(np.unique(mask.instances)) - 1,
        _nuclei(phantom),
    )


def _small(classes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(classes, (MASK_PX, MASK_PX), interpolation=cv2.INTER_NEAREST), np.uint8)


def _nuclei(phantom: Phantom) -> int:
    return int(phantom.instance_map.max())


def _annotation(phantom: Phantom) -> Annotation:
    points = np.array([(p.x, p.y) for p in phantom.points], float).reshape(-1, 2)
    return Annotation(points, np.array([p.label_id for p in phantom.points], np.int64))
