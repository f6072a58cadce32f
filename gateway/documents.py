"""Rows as the API shows them: an analysis and its current result in, the analysis document out."""

from datetime import datetime
from typing import Any

from flask import g, url_for

from gateway.models import Analysis, Correction, Result

Document = dict[str, Any]
LAYERS = {
    "image": "layers.image",
    "mask": "layers.mask",
    "heatmap": "layers.heatmap",
    "overlay": "layers.overlay",
    "geojson": "layers.geojson",
    "csv": "layers.csv",
    "rois": "layers.rois",
    "labels": "layers.labels",
}
_PLACE = "-ID-"


def analysis_document(
    analysis: Analysis,
    result: Result | None,
    nuclei: list[Document] | None = None,
    *,
    blinded: bool = False,
) -> Document:
    """Return the document of the design; what is not known yet is null.

    `blinded` shows it as to a blind reviewer: result, nuclei, tags and the last change are left out.
    """
    if blinded:
        return _blind_document(analysis)
    document: Document = {
        "id": analysis.id,
        "status": analysis.status,
        "created_at": timestamp(analysis.created_at),
        "updated_at": timestamp(analysis.updated_at),
        "filename": analysis.filename,
        "case_label": analysis.case_label,
        "tags": [tag.name for tag in analysis.tags],
        "blinded": False,
        "revision": analysis.current_revision,
        "image": {
            "width_px": analysis.image_width_px,
            "height_px": analysis.image_height_px,
            "sha256": analysis.upload_sha256,
        },
        "model": _model(analysis, result),
        **_result_part(result),
        "correction": _correction(analysis) if result else None,
        "problem": analysis.problem,
        "links": _links(analysis),
    }
    return document if nuclei is None else document | {"nuclei": nuclei}


def _blind_document(analysis: Analysis) -> Document:
    shown = analysis_document(analysis, None)
    return shown | {
        "updated_at": shown["created_at"],
        "tags": [],
        "blinded": True,
        "revision": None,
        "links": {name: shown["links"][name] for name in ("self", "image")},
    }


def rescored_document(document: Document, message: Document) -> Document:
    """Return the document as it would be with a rescored answer that is not kept."""
    answer = {name: value for name, value in message["answer"].items() if name not in {"image", "model"}}
    return document | answer | {"revision": None}


def timestamp(moment: datetime) -> str:
    """Return a moment in RFC 3339, UTC."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _model(analysis: Analysis, result: Result | None) -> Document:
    return {
        "name": analysis.model_name,
        "version": analysis.model_version,
        "chosen_by": analysis.chosen_by,
        "instead_of": analysis.instead_of,
        "weights_sha256": result.weights_sha256 if result else None,
    }


def _result_part(result: Result | None) -> Document:
    if result is None:
        absent = (
            "scale engine thresholds counts index_percent index_interval_percent category category_certain"
        )
        return dict.fromkeys(absent.split()) | {"warnings": []}
    return {
        "scale": {"mpp": result.mpp, "source": result.scale_source},
        "engine": result.engine,
        "thresholds": result.thresholds,
        **_score(result),
        "warnings": result.warnings,
    }


def _score(scored: Result | Correction) -> Document:
    return {
        "counts": {
            "immunopositive": scored.immunopositive,
            "immunonegative": scored.immunonegative,
            "total": scored.immunopositive + scored.immunonegative,
        },
        "index_percent": scored.index_percent,
        "index_interval_percent": scored.index_interval_percent,
        "category": scored.category,
        "category_certain": scored.category_certain,
    }


def _correction(analysis: Analysis) -> Document | None:
    """Return the newest layer of corrections without its edits."""
    return correction_document(analysis, analysis.corrections[-1]) if analysis.corrections else None


def correction_document(analysis: Analysis, correction: Correction) -> Document:
    """Return a layer of corrections; stale where the analysis has been scored again since."""
    return {
        "revision": correction.revision,
        "version": correction.version,
        "stale": correction.revision != analysis.current_revision,
        "author_id": correction.author_id,
        "updated_at": timestamp(correction.updated_at),
        **_score(correction),
    }


def _links(analysis: Analysis) -> dict[str, str]:
    shown = ["self", *(LAYERS if analysis.status == "succeeded" else ("image",))]
    shown += ["corrections"] if analysis.corrections else []
    paths = _paths()
    return {name: paths[name].replace(_PLACE, analysis.id) for name in shown}


def _paths() -> dict[str, str]:
    """Return every path with a mark where the id belongs: built once a request, not once a record."""
    if "analysis_paths" not in g:
        views = {"self": "analyses.read", "corrections": "corrections.read", **LAYERS}
        g.analysis_paths = {name: url_for(view, analysis_id=_PLACE) for name, view in views.items()}
    paths: dict[str, str] = g.analysis_paths
    return paths
