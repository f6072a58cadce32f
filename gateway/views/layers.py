"""What lies on or comes out of one analysis: image, mask, heat map, overlay, nuclei for other programs."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from gateway import exports
from gateway.answers import analysis_etag, made_on_demand
from gateway.authentication import auth, current_principal
from gateway.blindness import visible_result
from gateway.extensions import services
from gateway.models import Analysis, Result
from gateway.objects import get_image
from gateway.pictures import clean_png
from gateway.stored import get_field
from gateway.tenancy import get_analysis
from gateway.viewing import EXPORTED, notes_viewing
from handler.answer import FieldAnalysis
from handler.image import decode_image
from handler.rendering import heatmap_png, mask_png, overlay_png

blueprint = APIBlueprint("layers", __name__, url_prefix="/api/v1/analyses", tag="Layers")
PNG = "image/png"


def _documented(
    media_type: str, description: str, *, binary: bool = True, scored: bool = True
) -> dict[Any, Any]:
    """Describe an answer that is no JSON; only what is `scored` needs a result."""
    schema = {"type": "string", "format": "binary"} if binary else {"type": "object"}
    answer = {"description": description, "content": {media_type: {"schema": schema}}}
    responses: dict[Any, Any] = {200: answer, 304: "Not modified"}
    return responses | ({409: "The analysis has no result yet"} if scored else {})


def _readable(analysis_id: str) -> Analysis:
    return get_analysis(current_principal(), analysis_id)


def _result(analysis: Analysis) -> Result:
    return visible_result(current_principal(), analysis)


def _image(analysis: Analysis) -> bytes:
    return get_image(services().objects, analysis.id, analysis.image_sha256)


def _field(analysis: Analysis) -> FieldAnalysis:
    result = _result(analysis)
    return get_field(services().objects, result.nuclei_key, result.map_key)


@blueprint.get("/<analysis_id>/image")
@blueprint.auth_required(auth, roles=["analyses:read"])
@blueprint.doc(responses=_documented(PNG, "The image as PNG, upright, without metadata", scored=False))
@notes_viewing("image")
def image(analysis_id: str) -> Response:
    """Get the image, upright, free of metadata; every layer lies on it pixel by pixel."""
    analysis = _readable(analysis_id)
    etag = f'"{analysis.image_sha256}-clean"'
    return made_on_demand(etag, PNG, lambda: clean_png(_image(analysis)), f"{analysis_id}.png")


@blueprint.get("/<analysis_id>/mask.png")
@blueprint.auth_required(auth, roles=["analyses:read"])
@blueprint.doc(responses=_documented(PNG, "8-bit grey: 0 background, 128 negative, 255 positive"))
@notes_viewing("mask")
def mask(analysis_id: str) -> Response:
    """Get the class map at the size of the image."""
    analysis = _readable(analysis_id)
    _result(analysis)
    size = analysis.image_width_px, analysis.image_height_px
    return made_on_demand(
        analysis_etag(analysis, "mask"),
        PNG,
        lambda: mask_png(_field(analysis).decoded, *size),
        f"{analysis_id}-mask.png",
    )


@blueprint.get("/<analysis_id>/heatmap.png")
@blueprint.auth_required(auth, roles=["analyses:read"])
@blueprint.doc(responses=_documented(PNG, "Colours with transparency, to lay over the image"))
@notes_viewing("heatmap")
def heatmap(analysis_id: str) -> Response:
    """Get the probability of immunopositive as colours, transparent where there is none."""
    analysis = _readable(analysis_id)
    _result(analysis)
    return made_on_demand(
        analysis_etag(analysis, "heatmap"),
        PNG,
        lambda: heatmap_png(_field(analysis).probability),
        f"{analysis_id}-heatmap.png",
    )


@blueprint.get("/<analysis_id>/overlay.png")
@blueprint.auth_required(auth, roles=["analyses:read"])
@blueprint.doc(responses=_documented(PNG, "The image with every nucleus outlined"))
@notes_viewing("overlay")
def overlay(analysis_id: str) -> Response:
    """Get the image with the nuclei drawn: positive and negative differ in colour and line."""
    analysis = _readable(analysis_id)
    _result(analysis)
    return made_on_demand(
        analysis_etag(analysis, "overlay"),
        PNG,
        lambda: overlay_png(decode_image(_image(analysis)).rgb, _field(analysis).decoded.nuclei),
        f"{analysis_id}-overlay.png",
    )


@blueprint.get("/<analysis_id>/nuclei.geojson")
@blueprint.auth_required(auth, roles=["analyses:read"])
@blueprint.doc(responses=_documented(exports.GEOJSON_TYPE, "A FeatureCollection for QuPath", binary=False))
@notes_viewing("geojson", EXPORTED)
def geojson(analysis_id: str) -> Response:
    """Get the nuclei as QuPath detections, in full-resolution pixels."""
    analysis = _readable(analysis_id)
    namespace = f"{analysis_id}/{_result(analysis).revision}"
    return made_on_demand(
        analysis_etag(analysis, "geojson"),
        exports.GEOJSON_TYPE,
        lambda: exports.to_geojson(_field(analysis), namespace),
        f"{analysis_id}.geojson",
    )


@blueprint.get("/<analysis_id>/nuclei.csv")
@blueprint.auth_required(auth, roles=["analyses:read"])
@blueprint.doc(responses=_documented("text/csv", "One row a nucleus"))
@notes_viewing("csv", EXPORTED)
def csv(analysis_id: str) -> Response:
    """Get the nuclei as a table, units in the header."""
    analysis = _readable(analysis_id)
    _result(analysis)
    filename = analysis.filename
    return made_on_demand(
        analysis_etag(analysis, "csv"),
        exports.CSV_TYPE,
        lambda: exports.to_csv(_field(analysis), analysis_id, filename),
        f"{analysis_id}.csv",
    )
