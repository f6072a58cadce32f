"""A folder of images, each with a QuPath GeoJSON of its nuclei beside it.

`NAME.geojson` is a FeatureCollection; each feature is a Point, a MultiPoint or an outline (its centroid
counts) in full-resolution pixels, origin at the top left corner of the first pixel, and its class is
`properties.classification.name`. Names are read without regard to case: "Positive", "Tumor: Negative",
"Immunopositive", "Lymphocyte" and the like. `PATIENT__FIELD.png` groups fields by what precedes the
double underscore.
"""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from training.annotations import (
    IMAGE_SUFFIXES,
    IMMUNONEGATIVE_LABEL,
    IMMUNOPOSITIVE_LABEL,
    LYMPHOCYTE_LABEL,
    Annotation,
)
from training.datasets.field import AnnotatedField, DataSetError

_CORNER_TO_CENTRE_PX = 0.5
_WORDS = (
    ("lymph", LYMPHOCYTE_LABEL),
    ("negative", IMMUNONEGATIVE_LABEL),
    ("positive", IMMUNOPOSITIVE_LABEL),
)


def read_qupath(folder: Path) -> list[AnnotatedField]:
    """Return every image below `folder` that has a GeoJSON beside it."""
    found = [image for image in sorted(folder.rglob("*")) if image.suffix.lower() in IMAGE_SUFFIXES]
    return [
        AnnotatedField(
            image.stem,
            image.stem.split("__", maxsplit=1)[0],
            image,
            partial(_points, image.with_suffix(".geojson")),
        )
        for image in found
        if image.with_suffix(".geojson").exists()
    ]


def _points(path: Path) -> Annotation:
    try:
        collection = json.loads(path.read_text(encoding="utf-8"))
        features = collection["features"] if isinstance(collection, dict) else collection
        rows = [row for feature in features for row in _rows(feature, path.name)]
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        if isinstance(error, DataSetError):
            raise
        raise DataSetError(f"{path.name} is no GeoJSON of points or outlines") from error
    table = np.array(rows, float).reshape(-1, 3)
    return Annotation(table[:, :2] - _CORNER_TO_CENTRE_PX, table[:, 2].astype(np.int64))


def _rows(feature: dict[str, Any], file: str) -> Iterator[tuple[float, float, int]]:
    name = str((feature.get("properties") or {}).get("classification", {}).get("name", ""))
    label = next((label for word, label in _WORDS if word in name.lower()), None)
    if label is None:
        raise DataSetError(
            f"{file} has a feature of class {name!r}; expected positive, negative or lymphocyte"
        )
    for x, y in _centres(feature["geometry"]):
        yield x, y, label


def _centres(geometry: dict[str, Any]) -> Iterator[tuple[float, float]]:
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind == "Point":
        yield float(coordinates[0]), float(coordinates[1])
    elif kind == "MultiPoint":
        yield from ((float(x), float(y)) for x, y, *_ in coordinates)
    elif kind == "Polygon":
        yield _centroid(coordinates[0])
    elif kind == "MultiPolygon":
        yield _centroid(max((rings[0] for rings in coordinates), key=lambda ring: abs(_twice_area(ring))))
    else:
        raise ValueError(f"geometry {kind}")


def _twice_area(ring: list[list[float]]) -> float:
    x, y = np.array(ring, float)[:, :2].T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1))


def _centroid(ring: list[list[float]]) -> tuple[float, float]:
    """Return the centroid of an outline's area (shoelace formula); of its corners where it has no area."""
    x, y = np.array(ring, float)[:, :2].T
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    if abs(cross.sum()) < 1e-9:
        return float(x.mean()), float(y.mean())
    weights = cross / (3 * cross.sum())
    return float((x + np.roll(x, -1)) @ weights), float((y + np.roll(y, -1)) @ weights)
