"""Annotated images in SHIDC-B-Ki-67's form: a folder of images, `NAME.json` with points beside each."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

IMMUNOPOSITIVE_LABEL, IMMUNONEGATIVE_LABEL, LYMPHOCYTE_LABEL = 1, 2, 3
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp")


@dataclass(frozen=True)
class Annotation:
    """Points of one field in pixels of the full image: (n, 2) x, y and labels (n,) 1, 2 or 3."""

    points_px: NDArray[np.float64]
    labels: NDArray[np.int64]

    @property
    def index_percent(self) -> float | None:
        """The proliferation index by the annotated points; None where there is none to count."""
        positive = int((self.labels == IMMUNOPOSITIVE_LABEL).sum())
        negative = int((self.labels == IMMUNONEGATIVE_LABEL).sum())
        return 100.0 * positive / (positive + negative) if positive + negative else None

    def counted(self) -> "Annotation":
        """Return the points that the index counts: no lymphocytes."""
        return self._only(self.labels != LYMPHOCYTE_LABEL)

    def lymphocytes(self) -> "Annotation":
        """Return the lymphocytes alone."""
        return self._only(self.labels == LYMPHOCYTE_LABEL)

    def _only(self, chosen: NDArray[np.bool_]) -> "Annotation":
        return Annotation(self.points_px[chosen], self.labels[chosen])


def read_annotation(path: Path) -> Annotation:
    """Read `[{"x", "y", "label_id"}, ...]`; raises ValueError that names the file where it is not that."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        table = np.array([(row["x"], row["y"], row["label_id"]) for row in rows], float).reshape(-1, 3)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path.name} is no list of points with x, y and label_id") from error
    labels = table[:, 2].astype(np.int64)
    if not np.isin(labels, (1, 2, 3)).all():
        raise ValueError(f"{path.name} has labels other than 1, 2 and 3")
    return Annotation(table[:, :2], labels)


def annotated_images(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Yield (image, annotation) of every annotated image in `folder` and below, in order of name."""
    for annotation in sorted(folder.rglob("*.json")):
        images = [annotation.with_suffix(suffix) for suffix in IMAGE_SUFFIXES]
        found = next((image for image in images if image.exists()), None)
        if found is not None:
            yield found, annotation
