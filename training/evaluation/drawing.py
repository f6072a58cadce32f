"""Pictures that an evaluation leaves: hits and misses of every field, Figure 3 of chosen ones.

Flow: a scored field, its photograph and truth mask -> JPEG files in the folders asked for.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.evaluation.fields import EvaluatedField
from training.evaluation.panels import figure_3
from training.evaluation.record import FieldRecord, detections_of
from training.evaluation.report import PICTURES, file_name
from training.evaluation.sections import Picture
from training.evaluation.truth import TruthMask
from training.matching import Detections, Match
from training.pictures import hits_and_misses
from training.scorers import Scored


@dataclass(frozen=True)
class SeenField:
    """A field with its photograph (height, width, 3) and truth mask."""

    field: EvaluatedField
    rgb: NDArray[np.uint8]
    truth: TruthMask


@dataclass(frozen=True)
class Drawing:
    """What to draw: hits and misses into a folder, Figure 3 of the images `shown` into a report's folder."""

    hits_and_misses: Path | None = None
    report: Path | None = None
    shown: frozenset[Path] = frozenset()

    def draw(self, seen: SeenField, scored: Scored, measured: FieldRecord, prefix: str) -> None:
        """Write the hits and misses of a field, where they are asked for."""
        if self.hits_and_misses is not None:
            found, match = detections_of(scored.answer), measured.result.match
            write_hits_and_misses(self.hits_and_misses, seen.field, seen.rgb, found, match, prefix)

    def draw_figure_3(self, seen: SeenField, scored: Scored, label: str, prefix: str) -> list[Picture]:
        """Write a field's row of Figure 3, where it is chosen and was scored in this process."""
        field, analysis = seen.field, scored.analysis
        if self.report is None or analysis is None or field.image not in self.shown:
            return []
        drawn = figure_3(seen.rgb, seen.truth, field.annotation.index_percent, analysis)
        file = f"{PICTURES}/figure-3-{prefix}{file_name(f'{field.source}-{field.name}')}.jpg"
        write_jpeg(self.report / file, drawn)
        return [Picture(file, f"{field.source} {field.name}, version {label}")]


def write_hits_and_misses(
    folder: Path,
    field: EvaluatedField,
    rgb: NDArray[np.uint8],
    found: Detections,
    match: Match,
    prefix: str = "",
) -> None:
    """Write what a field's photograph shows right, missed and invented as SOURCE-NAME.jpg."""
    drawn = hits_and_misses(rgb, found, field.annotation, match)
    write_jpeg(folder / f"{prefix}{field.source}-{field.name}.jpg", drawn)


def write_jpeg(path: Path, rgb: NDArray[np.uint8]) -> None:
    """Write a picture (height, width, 3), and its folder where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    path.write_bytes(encoded.tobytes())
