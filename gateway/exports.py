"""Nuclei for other programs: a scored field in, QuPath GeoJSON or CSV out.

QuPath measures from the corner of the first pixel, this service from its centre: exported outlines are
moved by half a pixel. One feature or row a nucleus, in the order of the API.
"""

import csv
import io
import json
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from handler.answer import FieldAnalysis
from handler.rendering import NEGATIVE_RGB, POSITIVE_RGB

GEOJSON_TYPE = "application/geo+json"
CSV_TYPE = "text/csv; charset=utf-8"
_COLUMNS = (
    "analysis_id",
    "filename",
    "nucleus",
    "x_px",
    "y_px",
    "class",
    "confidence",
    "area_um2",
    "dab_density_od",
)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_HALF_PIXEL = 0.5
_PIXEL = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]], np.float32)


def to_geojson(field: FieldAnalysis, namespace: str) -> bytes:
    """Return a FeatureCollection; `namespace` makes the features' ids, the same at every export."""
    collection = {"type": "FeatureCollection", "features": list(_features(field, namespace))}
    return json.dumps(collection, separators=(",", ":")).encode()


def to_csv(field: FieldAnalysis, analysis_id: str, filename: str) -> bytes:
    """Return one row a nucleus, units in the header, guarded against formula injection."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(_COLUMNS)
    name = guard(filename)
    writer.writerows([analysis_id, name, *row] for row in _rows(field))
    return target.getvalue().encode()


def guard(text: str) -> str:
    """Return text that a spreadsheet takes for text: a formula's first character gets an apostrophe."""
    return (
        f"'{text}" if text.lstrip().startswith(_FORMULA_STARTS) or text.startswith(_FORMULA_STARTS) else text
    )


def _rows(field: FieldAnalysis) -> Iterator[list[Any]]:
    nuclei = field.decoded.nuclei
    for index in range(len(nuclei)):
        x, y = nuclei.centroids_px[index]
        yield [
            index + 1,
            f"{x:.1f}",
            f"{y:.1f}",
            _class_name(bool(nuclei.immunopositive[index])),
            f"{nuclei.confidences[index]:.3f}",
            f"{nuclei.areas_um2[index]:.1f}",
            f"{nuclei.dab_densities[index]:.3f}",
        ]


def _features(field: FieldAnalysis, namespace: str) -> Iterator[dict[str, Any]]:
    nuclei, space = field.decoded.nuclei, uuid.uuid5(uuid.NAMESPACE_OID, namespace)
    for index, contour in enumerate(nuclei.contours_px):
        positive = bool(nuclei.immunopositive[index])
        name, colour = _class_name(positive), list(POSITIVE_RGB if positive else NEGATIVE_RGB)
        yield {
            "type": "Feature",
            "id": str(uuid.uuid5(space, str(index))),
            "geometry": {"type": "Polygon", "coordinates": [_ring(contour, nuclei.centroids_px[index])]},
            "properties": {
                "objectType": "detection",
                "name": f"Nucleus {index + 1}",
                "color": colour,
                "classification": {"name": name.capitalize(), "color": colour},
                "isLocked": False,
                "measurements": {
                    "Confidence": round(float(nuclei.confidences[index]), 3),
                    "Area µm^2": round(float(nuclei.areas_um2[index]), 1),
                    "DAB OD mean": round(float(nuclei.dab_densities[index]), 3),
                },
            },
        }


def _ring(contour: NDArray[np.float32], centroid: NDArray[np.float32]) -> Sequence[Sequence[float]]:
    """Return a closed ring in QuPath's coordinates; a speck too small for one becomes its pixel."""
    corners = contour if len(contour) >= 3 else centroid + _PIXEL
    moved = (corners.astype(np.float64) + _HALF_PIXEL).round(2)
    return [*moved.tolist(), moved[0].tolist()]


def _class_name(positive: bool) -> str:
    return "immunopositive" if positive else "immunonegative"
