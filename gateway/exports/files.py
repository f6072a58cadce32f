"""The files that one scored analysis can be exported as, by name: what a single request and a bulk share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from gateway.corrections.layer import Layer
from gateway.exports.geojson import GEOJSON_TYPE, to_geojson
from gateway.exports.labels import LABELS_TYPE, to_labels
from gateway.exports.rois import ROIS_TYPE, to_rois
from gateway.exports.tables import CSV_TYPE, nuclei_csv
from gateway.models import Analysis, Result
from handler.answer import FieldAnalysis

LayerName = Literal["model", "corrected"]


@dataclass(frozen=True)
class Subject:
    """One analysis, the revision and the layer of nuclei that are written down."""

    analysis_id: str
    filename: str
    revision: int
    field: FieldAnalysis
    layer: Layer

    @classmethod
    def of(cls, analysis: Analysis, result: Result, field: FieldAnalysis, layer: Layer) -> "Subject":
        """Return it for a row and what its objects hold."""
        return cls(analysis.id, analysis.filename, result.revision, field, layer)


@dataclass(frozen=True)
class Format:
    """A kind of file: how it ends, its media type, and how it is made."""

    ending: str
    media_type: str
    make: Callable[[Subject], bytes]


def _labels(subject: Subject) -> bytes:
    image = subject.field.image
    return to_labels(subject.layer, image.width_px, image.height_px, subject.field.scale.mpp)


FORMATS: dict[str, Format] = {
    "geojson": Format(
        ".geojson", GEOJSON_TYPE, lambda it: to_geojson(it.layer, f"{it.analysis_id}/{it.revision}")
    ),
    "csv": Format(".csv", CSV_TYPE, lambda it: nuclei_csv(it.layer, it.analysis_id, it.filename)),
    "rois": Format("-rois.zip", ROIS_TYPE, lambda it: to_rois(it.layer)),
    "labels": Format("-labels.ome.tiff", LABELS_TYPE, _labels),
}
