"""Which fields are evaluated: folders of images with points in, fields with their source and split out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from handler.errors import ProblemError
from handler.image import decode_image
from training.annotations import Annotation, annotated_images, read_annotation
from training.datasets.field import DataSetError


@dataclass(frozen=True)
class EvaluatedField:
    """An image file, its points, and the split that it belongs to, where splits are given."""

    image: Path
    annotation_file: Path
    split: str | None = None

    @property
    def name(self) -> str:
        """The image's file name without its suffix, as splits name it."""
        return self.image.stem

    @property
    def source(self) -> str:
        """The folder in which the image lies."""
        return self.image.parent.name

    @cached_property
    def annotation(self) -> Annotation:
        """The points; raises DataSetError that names the file where it holds none."""
        try:
            return read_annotation(self.annotation_file)
        except (OSError, ValueError) as error:
            raise DataSetError(str(error)) from error

    def rgb(self) -> NDArray[np.uint8]:
        """Return the photograph (height, width, 3); raises DataSetError where it cannot be read."""
        try:
            return decode_image(self.image.read_bytes()).rgb
        except (OSError, ProblemError) as error:
            raise DataSetError(f"{self.image.name} cannot be read: {error}") from error


def find_fields(
    folders: Iterable[Path], splits: Mapping[str, Sequence[str]] | None = None
) -> list[EvaluatedField]:
    """Return every annotated image of the folders.

    Raises DataSetError where there is none, or none that a split names.
    """
    split_of = {name: split for split, names in (splits or {}).items() for name in names}
    found = [
        EvaluatedField(image, points, split_of.get(image.stem))
        for folder in folders
        for image, points in annotated_images(folder)
    ]
    if not found:
        raise DataSetError("no image with a JSON of points beside it in these folders")
    if splits is not None and all(field.split is None for field in found):
        raise DataSetError("the splits name none of the images in these folders")
    return found


def spread(fields: Sequence[EvaluatedField], count: int) -> list[EvaluatedField]:
    """Return up to `count` fields of each source, evenly from the lowest to the highest annotated index."""
    by_source: dict[str, list[EvaluatedField]] = {}
    for field in fields:
        by_source.setdefault(field.source, []).append(field)
    return [field for group in by_source.values() for field in _evenly(group, count)]


def _evenly(fields: Sequence[EvaluatedField], count: int) -> list[EvaluatedField]:
    ordered = sorted(fields, key=lambda field: (field.annotation.index_percent or 0.0, field.name))
    places = np.linspace(0, len(ordered) - 1, min(count, len(ordered)))
    return [ordered[round(place)] for place in places]
