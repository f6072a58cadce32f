"""Training samples without end: phantom seeds in, crops with their targets out.

Sample k is the same on every run and machine, so that a resumed training goes on where it stopped.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import IterableDataset

from training.phantoms import Phantom, draw_phantom

IGNORED = 255
_MARGIN_PX = 32
PHANTOMS_A_SEED = 1_000_000
"""Each training seed draws phantoms of its own; seeds 0 to 9 stay below those kept for measuring."""
_SCALE_SPREAD = 0.18


@dataclass(frozen=True)
class Sample:
    """One crop: `rgb` (h, w, 3) uint8, `classes` (h, w) uint8 with 255 ignored, `interior` (h, w) float32."""

    rgb: NDArray[np.uint8]
    classes: NDArray[np.uint8]
    interior: NDArray[np.float32]


class PhantomBatches(IterableDataset[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]):
    """Batches of crops from phantoms drawn on the fly, from `first_batch` on.

    Yields rgb (n, h, w, 3) uint8, classes (n, h, w) int64 and interior (n, h, w) float32.
    """

    def __init__(
        self, seed: int, batch_size: int, crop_px: int, working_mpp: float, first_batch: int
    ) -> None:
        self._seed, self._batch_size, self._crop_px = seed, batch_size, crop_px
        self._working_mpp, self._first_batch = working_mpp, first_batch

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
        """Yield batches for ever; with several loader workers each takes its share of the numbers."""
        worker = torch.utils.data.get_worker_info()
        number, stride = (worker.id, worker.num_workers) if worker else (0, 1)
        batch = self._first_batch + number
        while True:
            yield collate(self._samples(batch))
            batch += stride

    def _samples(self, batch: int) -> list[Sample]:
        first = self._seed * PHANTOMS_A_SEED + batch * self._batch_size
        return [crop_of(first + k, self._crop_px, self._working_mpp) for k in range(self._batch_size)]


def crop_of(seed: int, crop_px: int, working_mpp: float) -> Sample:
    """Draw a phantom at about the working resolution and cut one crop from it, turned and mirrored.

    One crop a phantom: a batch then shows as many laboratories as it has crops.
    """
    rng = np.random.default_rng([seed, 1])
    mpp = working_mpp * float(np.exp(rng.uniform(-_SCALE_SPREAD, _SCALE_SPREAD)))
    side = crop_px + _MARGIN_PX
    return _crop(rng, draw_phantom(seed, side, side, mpp), crop_px)


def _crop(rng: np.random.Generator, phantom: Phantom, crop_px: int) -> Sample:
    y, x = (int(rng.integers(0, side - crop_px + 1)) for side in phantom.class_map.shape)
    window = (slice(y, y + crop_px), slice(x, x + crop_px))
    classes = np.where(phantom.ignored, IGNORED, phantom.class_map)[window]
    turns, mirrored = int(rng.integers(0, 4)), bool(rng.integers(0, 2))
    planes = [np.rot90(plane, turns) for plane in (phantom.rgb[window], classes, phantom.interior[window])]
    rgb, turned, interior = (np.ascontiguousarray(p[:, ::-1] if mirrored else p) for p in planes)
    return Sample(rgb, turned.astype(np.uint8), interior.astype(np.float32))


def collate(samples: list[Sample]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Stack samples into tensors."""
    return (
        torch.from_numpy(np.stack([s.rgb for s in samples])),
        torch.from_numpy(np.stack([s.classes for s in samples])).long(),
        torch.from_numpy(np.stack([s.interior for s in samples])),
    )
