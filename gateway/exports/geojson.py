"""Nuclei for QuPath: a layer in, a FeatureCollection of detections out, in the order of the API.

The members are those that QuPath 0.4 and later writes and reads (its class QuPathTypeAdapters).
"""

import json
import math
import uuid
from collections.abc import Iterator
from typing import Any

from gateway.corrections.layer import Layer
from gateway.exports.outlines import class_name, outline
from handler.nuclei import Nuclei
from handler.rendering import NEGATIVE_RGB, POSITIVE_RGB

GEOJSON_TYPE = "application/geo+json"


def to_geojson(layer: Layer, namespace: str) -> bytes:
    """Return a FeatureCollection; `namespace` makes the features' ids, the same at every export."""
    collection = {"type": "FeatureCollection", "features": list(_features(layer, namespace))}
    return json.dumps(collection, separators=(",", ":"), allow_nan=False).encode()


def _features(layer: Layer, namespace: str) -> Iterator[dict[str, Any]]:
    nuclei, space = layer.nuclei, uuid.uuid5(uuid.NAMESPACE_OID, namespace)
    for index, (number, origin) in enumerate(zip(layer.numbers, layer.origins, strict=True)):
        positive = bool(nuclei.immunopositive[index])
        colour = list(POSITIVE_RGB if positive else NEGATIVE_RGB)
        corners = outline(nuclei, index).tolist()
        yield {
            "type": "Feature",
            "id": str(uuid.uuid5(space, str(number - 1))),
            "geometry": {"type": "Polygon", "coordinates": [[*corners, corners[0]]]},
            "properties": {
                "objectType": "detection",
                "name": f"Nucleus {number}",
                "color": colour,
                "classification": {"name": class_name(positive).capitalize(), "color": colour},
                "isLocked": False,
                "measurements": _measurements(nuclei, index),
                "metadata": {"Origin": origin},
            },
        }


def _measurements(nuclei: Nuclei, index: int) -> dict[str, float]:
    """Return what was measured, by name; QuPath reads numbers only."""
    found = {
        "Confidence": round(float(nuclei.confidences[index]), 3),
        "Area µm^2": round(float(nuclei.areas_um2[index]), 1),
        "DAB OD mean": round(float(nuclei.dab_densities[index]), 3),
    }
    return {name: value for name, value in found.items() if not math.isnan(value)}
