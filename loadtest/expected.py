"""What is right: the answers that each picture got while nothing else was asked.

In: analysis documents, layers. Out: `Expected`, by picture and version; and what is wrong with an analysis
beside it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

COMPARED = ("counts", "index_percent", "category")


@dataclass(frozen=True)
class Expected:
    """The result of one picture by one version; `layers` are SHA-256 of pictures drawn from it, by name."""

    result: Mapping[str, Any]
    width_px: int
    height_px: int
    layers: Mapping[str, str]


Expectations = Mapping[tuple[str, str], Expected]
"""By picture and version."""


def expected_of(document: Mapping[str, Any], layers: Mapping[str, bytes]) -> Expected:
    """Return what any later answer for the same picture has to say."""
    image = document["image"]
    return Expected(
        {name: document[name] for name in COMPARED},
        image["width_px"],
        image["height_px"],
        {name: hashlib.sha256(data).hexdigest() for name, data in layers.items()},
    )


def wrong_with_analysis(document: Mapping[str, Any], picture: str, expectations: Expectations) -> str | None:
    """Say how a finished analysis differs from what the picture got when idle; None where it does not."""
    version = (document.get("model") or {}).get("version")
    expected = expectations.get((picture, str(version)))
    if expected is None:
        return f"scored by version {version}, which scored nothing when idle"
    for name, value in expected.result.items():
        if document.get(name) != value:
            return f"{name} {document.get(name)} and not {value} as when idle"
    return wrong_with_size(document, expected) or wrong_in_itself(document)


def wrong_with_size(document: Mapping[str, Any], expected: Expected) -> str | None:
    """Say where the image is another one's."""
    image = document.get("image") or {}
    size = (image.get("width_px"), image.get("height_px"))
    return None if size == (expected.width_px, expected.height_px) else f"the image is {size} pixels large"


def wrong_in_itself(document: Mapping[str, Any]) -> str | None:
    """Say where counts, nuclei and index of one analysis contradict each other."""
    counts, nuclei = document["counts"], document.get("nuclei")
    positive, negative, total = (counts[name] for name in ("immunopositive", "immunonegative", "total"))
    if positive + negative != total:
        return f"{positive} and {negative} nuclei are not {total}"
    if nuclei is not None and len(nuclei) != total:
        return f"{len(nuclei)} nuclei are listed and {total} counted"
    index = document["index_percent"]
    if (index is None) != (total == 0) or (index is not None and abs(index - 100 * positive / total) > 0.01):
        return f"{index} % is not the index of {positive} in {total}"
    return None


def wrong_with_layer(name: str, data: bytes, expected: Expected) -> str | None:
    """Say where a layer is not, byte for byte, the one drawn when idle."""
    if name in expected.layers and hashlib.sha256(data).hexdigest() != expected.layers[name]:
        return f"{name} is another picture than when idle"
    return None
