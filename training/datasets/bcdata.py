"""BCData as published (Huang et al. 2020): 640 x 640 PNG, points of each class in an HDF5 file.

    images/SPLIT/NAME.png
    annotations/SPLIT/positive/NAME.h5      data set "coordinates", (n, 2) x, y
    annotations/SPLIT/negative/NAME.h5

The publication does not say which patient a field comes from: each is a group of its own.
"""

from functools import partial
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from training.annotations import IMMUNONEGATIVE_LABEL, IMMUNOPOSITIVE_LABEL, Annotation
from training.datasets.field import AnnotatedField, DataSetError

_CLASSES = {"positive": IMMUNOPOSITIVE_LABEL, "negative": IMMUNONEGATIVE_LABEL}


def read_bcdata(folder: Path) -> list[AnnotatedField]:
    """Return the fields of every published split, named SPLIT-NAME as numbers occur in several splits."""
    images = sorted((folder / "images").rglob("*.png"), key=lambda image: (image.parent.name, image.stem))
    return [_field(folder, image) for image in images]


def _field(folder: Path, image: Path) -> AnnotatedField:
    split, name = image.parent.name, f"{image.parent.name}-{image.stem}"
    files = {
        label: folder / "annotations" / split / kind / f"{image.stem}.h5" for kind, label in _CLASSES.items()
    }
    return AnnotatedField(name, name, image, partial(_points, files))


def _points(files: dict[int, Path]) -> Annotation:
    by_label = {label: _coordinates(path) for label, path in files.items()}
    labels = np.concatenate([np.full(len(points), label, np.int64) for label, points in by_label.items()])
    return Annotation(np.concatenate(list(by_label.values())), labels)


def _coordinates(path: Path) -> NDArray[np.float64]:
    try:
        with h5py.File(path, "r") as file:
            points = np.asarray(file["coordinates"], np.float64)
    except (OSError, KeyError) as error:
        raise DataSetError(f"{path.parent.name}/{path.name} holds no readable points: {error}") from error
    if points.size and (points.ndim != 2 or points.shape[1] != 2):
        raise DataSetError(f"{path.parent.name}/{path.name} holds {points.shape} numbers, not (n, 2)")
    return points.reshape(-1, 2)
