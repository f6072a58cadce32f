"""Samples from annotated fields: prepared fields in, the crop of a sample number out; mixed with phantoms."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.prepared import PreparedField
from training.samples import IGNORED, SCALE_SPREAD, Sample, Source, turned

_STREAM = 2
_GAMMA, _BRIGHTNESS, _TINT = 0.12, 0.08, 0.04
"""Spreads: enough for another day of the same laboratory's staining and lamp."""


@dataclass(frozen=True)
class FieldSource:
    """Every field once an epoch in an order of its own, from each one crop of `crop_px`.

    `augmented` also scales, turns, mirrors and tints the crop; without it a field of just that size is
    shown whole and as it is.
    """

    fields: tuple[PreparedField, ...]
    seed: int
    crop_px: int
    augmented: bool

    def __call__(self, number: int) -> Sample:
        """Draw the crop of a sample number."""
        epoch, place = divmod(number, len(self.fields))
        order = np.random.default_rng([self.seed, _STREAM, epoch]).permutation(len(self.fields))
        rng = np.random.default_rng([self.seed, _STREAM, epoch, place])
        field = self.fields[order[place]]
        if not self.augmented:
            return _crop(rng, field, self.crop_px)
        side = round(self.crop_px * float(np.exp(rng.uniform(-SCALE_SPREAD, SCALE_SPREAD))))
        scaled = _resized(_crop(rng, field, side), self.crop_px)
        return tinted(rng, turned(rng, scaled))


@dataclass(frozen=True)
class MixedSource:
    """A share of the samples from phantoms, spread evenly, the rest from fields."""

    fields: Source
    phantoms: Source
    phantom_share: float

    def __call__(self, number: int) -> Sample:
        """Draw a sample; its number among its own kind is its own, so that no field is left out."""
        before, after = (int(count * self.phantom_share) for count in (number, number + 1))
        return self.phantoms(before) if after > before else self.fields(number - before)


def tinted(rng: np.random.Generator, sample: Sample) -> Sample:
    """Return a sample under another lamp: gamma, brightness and colour of the light."""
    gamma = float(np.exp(rng.uniform(-_GAMMA, _GAMMA)))
    gains = np.exp(rng.uniform(-_BRIGHTNESS, _BRIGHTNESS) + rng.uniform(-_TINT, _TINT, 3))
    levels = (np.arange(256) / 255.0) ** gamma
    table = np.rint(255.0 * levels[:, None] * gains).clip(0, 255).astype(np.uint8)
    return replace(sample, rgb=np.asarray(cv2.LUT(sample.rgb, table[None]), np.uint8))


def _crop(rng: np.random.Generator, field: PreparedField, side_px: int) -> Sample:
    top, left = (int(rng.integers(0, max(length - side_px, 0) + 1)) for length in field.shape)
    return _padded(field.window(top, left, side_px, side_px), side_px)


def _padded(sample: Sample, side_px: int) -> Sample:
    """Fill a crop of a small field up with its mirror image, from which nothing is learnt."""
    height, width = sample.classes.shape
    if (height, width) == (side_px, side_px):
        return sample
    edges = ((0, side_px - height), (0, side_px - width))
    return Sample(
        np.pad(sample.rgb, (*edges, (0, 0)), mode="symmetric"),
        np.pad(sample.classes, edges, constant_values=IGNORED),
        np.pad(sample.interior, edges),
    )


def _resized(sample: Sample, side_px: int) -> Sample:
    def scaled(plane: NDArray[Any], interpolation: int) -> NDArray[Any]:
        return np.asarray(cv2.resize(plane, (side_px, side_px), interpolation=interpolation))

    shrinks = len(sample.classes) >= side_px
    return Sample(
        scaled(sample.rgb, cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR).astype(np.uint8),
        scaled(sample.classes, cv2.INTER_NEAREST).astype(np.uint8),
        scaled(sample.interior, cv2.INTER_LINEAR).astype(np.float32),
    )


def epochs_to_steps(epochs: int, fields: Sequence[object], batch_size: int) -> int:
    """Return how many batches show every field `epochs` times."""
    return max(1, -(-epochs * len(fields) // batch_size))
