"""What is learnt from and what is held out: fields and splits in, a source of samples and an identity out.

fields + splits -> `LearningData` -> training part, prepared in the run folder -> samples, mixed with phantoms
-> held-out parts, for measuring
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from handler.errors import ProblemError
from handler.spec import ModelSpec
from training.annotated import FieldSource, MixedSource
from training.datasets import AnnotatedField, DataSetError
from training.datasets.splits import SHARES, split_fields
from training.prepared import Masks, prepare
from training.recipe import Recipe
from training.samples import PhantomSource, Source

PREPARED = "fields"


@dataclass(frozen=True)
class LearningData:
    """Fields of `mpp` microns per pixel by split, how their masks are made, and the share of phantoms."""

    splits: Mapping[str, Sequence[AnnotatedField]]
    masks: Masks
    mpp: float
    phantom_share: float

    @property
    def training(self) -> Sequence[AnnotatedField]:
        """The fields to learn from."""
        return self.splits["training"]

    def identity(self) -> dict[str, Any]:
        """Return what a checkpoint must agree with; no name of a field is in it."""
        digest = hashlib.sha256()
        for field in self.training:
            annotation = field.annotation()
            digest.update(f"{field.name} {field.image.stat().st_size}".encode())
            digest.update(annotation.points_px.tobytes() + annotation.labels.tobytes())
        return {
            "data": digest.hexdigest(),
            "masks": self.masks.value,
            "mpp": self.mpp,
            "phantom_share": self.phantom_share,
        }

    def source(self, spec: ModelSpec, recipe: Recipe, folder: Path) -> Source:
        """Prepare the training part in the run folder and return what draws samples from it.

        Raises DataSetError where a field cannot be used.
        """
        lying = folder / PREPARED / f"{self.identity()['data'][:12]}-{self.masks.value}-{self.mpp:g}"
        try:
            prepared = prepare(self.training, lying, self.masks, spec.sampling, self.mpp)
        except ProblemError as problem:
            raise DataSetError(f"a field cannot be scaled: {problem.detail}") from problem
        fields = FieldSource(tuple(prepared), recipe.seed, recipe.crop_px, recipe.augmented)
        phantoms = PhantomSource(recipe.seed, recipe.crop_px, spec.sampling.working_mpp, recipe.rich_stroma)
        return MixedSource(fields, phantoms, self.phantom_share)


def by_split(
    fields: Sequence[AnnotatedField], splits: Mapping[str, Sequence[str]] | None, seed: int
) -> dict[str, list[AnnotatedField]]:
    """Sort fields into their splits, drawn 70/15/15 by patient or slide where none are given.

    Raises DataSetError where a split names no field, a name is unknown, or the training part is empty.
    """
    names = dict(splits) if splits is not None else split_fields(fields, seed)
    known = {field.name: field for field in fields}
    unknown = sorted({name for part in names.values() for name in part} - known.keys())
    if unknown:
        raise DataSetError(f"the splits name fields that are not there: {', '.join(unknown[:5])}")
    if not names.get("training"):
        raise DataSetError(f"no field is in the split training; splits are named {', '.join(SHARES)}")
    return {split: [known[name] for name in part] for split, part in names.items()}
