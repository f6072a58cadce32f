"""`compare A B`: the same images scored by both versions; how far they differ, and a picture of the worst.

Flow: images (a folder's, or the gateway's newest) -> TorchServe's answers by either version -> difference of
the index in points, changes of category -> `Comparison`, `draw_worst`. Nothing is stored but the picture.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from model_store.failures import RefusedError
from model_store.replica import Replica

SUFFIXES = {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp"}
_LEAST_PX, _MOST_PX = 520, 900
"""Sides as drawn: the title fits above a small crop, and a photograph on a screen."""
_COLOURS = {"immunopositive": (40, 40, 230), "immunonegative": (230, 120, 40)}  # BGR
_TITLE_PX = 36

Image = tuple[str, bytes, float | None]


@dataclass(frozen=True)
class Pair:
    """One image and what either version answered."""

    name: str
    image: bytes
    first: dict[str, Any]
    second: dict[str, Any]

    @property
    def difference(self) -> float | None:
        """Index of the second minus that of the first, in points; None where one has none."""
        indices = self.first["index_percent"], self.second["index_percent"]
        return None if None in indices else float(indices[1] - indices[0])

    @property
    def changes_category(self) -> bool:
        """Tell whether they put the image in different categories."""
        return bool(self.first["category"] != self.second["category"])


@dataclass(frozen=True)
class Comparison:
    """All images, and those that one version could not score."""

    pairs: list[Pair]
    failed: list[str]

    def to_json(self) -> dict[str, Any]:
        """Return the figures; differences in points of the index."""
        sizes = [abs(each.difference) for each in self.pairs if each.difference is not None]
        return {
            "compared": len(self.pairs),
            "failed": len(self.failed),
            "mean_absolute_difference": round(float(np.mean(sizes)), 3) if sizes else None,
            "largest_absolute_difference": round(max(sizes), 3) if sizes else None,
            "category_changes": sum(each.changes_category for each in self.pairs),
            "images": [
                {
                    "image": each.name,
                    "index_percent": [each.first["index_percent"], each.second["index_percent"]],
                    "category": [each.first["category"], each.second["category"]],
                }
                for each in self.pairs
            ],
        }

    @property
    def worst(self) -> Pair | None:
        """The image on which they differ most; one with an index by one version only goes first."""
        return max(self.pairs, key=_badness, default=None)


def _badness(pair: Pair) -> float:
    if pair.difference is None:
        return 101.0 if pair.changes_category else 0.0
    return abs(pair.difference)


def images_in(folder: Path, mpp: float | None) -> Iterator[Image]:
    """Yield the images of a folder, by name; raises RefusedError where it holds none."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise RefusedError(f"{folder} holds no images")
    for path in paths:
        yield path.name, path.read_bytes(), mpp


def compare(replica: Replica, first: str, second: str, images: Iterable[Image]) -> Comparison:
    """Score each image by both versions."""
    pairs, failed = [], []
    for name, image, mpp in images:
        try:
            answers = [replica.score(version, image, mpp) for version in (first, second)]
        except RefusedError:
            failed.append(name)
        else:
            pairs.append(Pair(name, image, *answers))
    return Comparison(pairs, failed)


def draw_worst(pair: Pair, first: str, second: str, path: Path) -> None:
    """Write a PNG: the image twice, each with the nuclei that one version found, brown ones red."""
    decoded = cv2.imdecode(np.frombuffer(pair.image, np.uint8), cv2.IMREAD_COLOR)
    if decoded is None:
        raise RefusedError(f"{pair.name} cannot be drawn")
    rgb = np.asarray(decoded, np.uint8)
    halves = [_marked(rgb, pair.first, first), _marked(rgb, pair.second, second)]
    path.parent.mkdir(parents=True, exist_ok=True)
    _, encoded = cv2.imencode(".png", np.concatenate(halves, axis=1))
    path.write_bytes(encoded.tobytes())


def _marked(image: NDArray[np.uint8], answer: dict[str, Any], version: str) -> NDArray[np.uint8]:
    scale = min(_MOST_PX / max(image.shape[:2]), max(1.0, _LEAST_PX / image.shape[1]))
    shown = cv2.resize(
        image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    )
    for nucleus in answer["nuclei"]:
        centre = round(nucleus["x"] * scale), round(nucleus["y"] * scale)
        cv2.circle(shown, centre, 4, _COLOURS[nucleus["class"]], 1, cv2.LINE_AA)
    total = answer["counts"]["total"]
    title = f"{version}: index {answer['index_percent']}, {answer['category']}, {total} nuclei"
    head = np.full((_TITLE_PX, shown.shape[1], 3), 255, np.uint8)
    cv2.putText(head, title, (6, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (0, 0, 0), 1, cv2.LINE_AA)
    return np.asarray(np.concatenate([head, shown]), np.uint8)
