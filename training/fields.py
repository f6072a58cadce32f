"""A version measured on annotated fields of any form: fields in, figures of each out.

Flow: field -> PNG -> `Analyser` in this process -> nuclei -> matches with the points.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from handler.answer import FieldAnalysis, ModelIdentity
from handler.engines.choice import choose_engine
from handler.engines.interface import EngineSettings
from handler.errors import ProblemError
from handler.nuclei import Nuclei
from handler.options import AnalysisOptions
from handler.pipeline import Analyser
from handler.spec import ModelSpec
from training.annotations import IMMUNONEGATIVE_LABEL, IMMUNOPOSITIVE_LABEL
from training.datasets import AnnotatedField, DataSetError
from training.matching import Detections
from training.measures import FieldResult, measure_field

RADIUS_UM = 6.0
"""Farthest a found nucleus may lie from its point."""

AnalyseField = Callable[[AnnotatedField], FieldAnalysis]


def analyse_fields_with(version_folder: Path, mpp: float) -> AnalyseField:
    """Return what analyses a field of `mpp` microns per pixel; it raises DataSetError on a bad one."""
    spec = ModelSpec.from_file(version_folder / "spec.json")
    engine = choose_engine(spec, version_folder / "weights.safetensors", EngineSettings())
    analyser = Analyser(spec, engine, ModelIdentity(spec.name, spec.version, weights_sha256=""))

    def analyse(field: AnnotatedField) -> FieldAnalysis:
        (result,) = analyser.analyse([(_png(field.rgb()), AnalysisOptions(mpp=mpp))])
        if isinstance(result, ProblemError):
            raise DataSetError(f"{field.name} cannot be scored: {result.detail}")
        return result

    return analyse


def _png(rgb: NDArray[np.uint8]) -> bytes:
    _, data = cv2.imencode(".png", np.ascontiguousarray(rgb[..., ::-1]))
    return data.tobytes()


def measure_fields(
    version_folder: Path, fields: Sequence[AnnotatedField], mpp: float, label: str = "measured"
) -> list[FieldResult]:
    """Compare what a version finds in each field with its points, within `RADIUS_UM`."""
    analyse = analyse_fields_with(version_folder, mpp)
    progress = tqdm(fields, unit="field", desc=label, file=sys.stderr)
    return [compared(field, analyse(field).decoded.nuclei, mpp) for field in progress]


def compared(field: AnnotatedField, nuclei: Nuclei, mpp: float) -> FieldResult:
    """Compare nuclei found in a field with its points."""
    labels = np.where(nuclei.immunopositive, IMMUNOPOSITIVE_LABEL, IMMUNONEGATIVE_LABEL)
    points = np.asarray(nuclei.centroids_px, np.float64).reshape(-1, 2)
    detections = Detections(points, labels.astype(np.int64))
    return measure_field(field.name, detections, field.annotation(), RADIUS_UM / mpp)
