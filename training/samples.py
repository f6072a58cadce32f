"""Training samples without end: sample numbers in, batches of crops with their targets out.

Sample k is the same on every run and machine, so that a resumed training goes on where it stopped.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import IterableDataset

from training.phantoms import Phantom, draw_phantom

IGNORED = 255
_MARGIN_PX = 32
PHANTOMS_A_SEED = 1_000_000
"""Each training seed draws phantoms of its own; seeds 0 to 9 stay below those kept for measuring."""
SCALE_SPREAD = 0.18

Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class Sample:
    """One crop: `rgb` (h, w, 3) uint8, `classes` (h, w) uint8 with 255 ignored, `interior` (h, w) float32."""

    rgb: NDArray[np.uint8]
    classes: NDArray[np.uint8]
    interior: NDArray[np.float32]


Source = Callable[[int], Sample]
"""Draws the sample of a number, the same at every call."""


@dataclass(frozen=True)
class PhantomSource:
    """A phantom of its own for every sample number."""

    seed: int
    crop_px: int
    working_mpp: float
    rich_stroma: bool = False

    def __call__(self, number: int) -> Sample:
        """Draw one crop from one phantom."""
        return crop_of(
            self.seed * PHANTOMS_A_SEED + number, self.crop_px, self.working_mpp, rich_stroma=self.rich_stroma
        )


class SampleBatches(IterableDataset[Batch]):
    """Batches of a source's samples, from `first_batch` on.

    Yields rgb (n, h, w, 3) uint8, classes (n, h, w) int64 and interior (n, h, w) float32.
    """

    def __init__(self, source: Source, batch_size: int, first_batch: int) -> None:
        self._source, self._batch_size, self._first_batch = source, batch_size, first_batch

    def __iter__(self) -> Iterator[Batch]:
        """Yield batches for ever; with several loader workers each takes its share of the numbers."""
        worker = torch.utils.data.get_worker_info()
        number, stride = (worker.id, worker.num_workers) if worker else (0, 1)
        batch = self._first_batch + number
        while True:
            first = batch * self._batch_size
            yield collate([self._source(first + k) for k in range(self._batch_size)])
            batch += stride


def crop_of(seed: int, crop_px: int, working_mpp: float, *, rich_stroma: bool = False) -> Sample:
    """Draw a phantom at about the working resolution and cut one crop from it, turned and mirrored.

    One crop a phantom: a batch then shows as many laboratories as it has crops.
    """
    rng = np.random.default_rng([seed, 1])
    mpp = working_mpp * float(np.exp(rng.uniform(-SCALE_SPREAD, SCALE_SPREAD)))
    side = crop_px + _MARGIN_PX
    return _crop(rng, draw_phantom(seed, side, side, mpp, rich_stroma=rich_stroma), crop_px)


def _crop(rng: np.random.Generator, phantom: Phantom, crop_px: int) -> Sample:
    y, x = (int(rng.integers(0, side - crop_px + 1)) for side in phantom.class_map.shape)
    window = (slice(y, y + crop_px), slice(x, x + crop_px))
    classes = np.where(phantom.ignored, IGNORED, phantom.class_map)[window].astype(np.uint8)
    return turned(rng, Sample(phantom.rgb[window], classes, phantom.interior[window]))


def turned(rng: np.random.Generator, sample: Sample) -> Sample:
    """Return a sample in one of the eight ways it can lie."""
    turns, mirrored = int(rng.integers(0, 4)), bool(rng.integers(0, 2))

    def lain(plane: NDArray[Any]) -> NDArray[Any]:
        rotated = np.rot90(plane, turns)
        return np.ascontiguousarray(rotated[:, ::-1] if mirrored else rotated)

    return Sample(lain(sample.rgb), lain(sample.classes), lain(sample.interior))


def collate(samples: list[Sample]) -> Batch:
    """Stack samples into tensors."""
    return (
        torch.from_numpy(np.stack([s.rgb for s in samples])),
        torch.from_numpy(np.stack([s.classes for s in samples])).long(),
        torch.from_numpy(np.stack([s.interior for s in samples])),
    )
