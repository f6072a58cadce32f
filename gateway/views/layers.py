"""What lies on or comes out of one analysis: image, mask, heat map, overlay, nuclei for other programs."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, Field

from gateway.answers import analysis_etag, made_on_demand
from gateway.authentication import auth, current_principal
from gateway.blindness import visible_result
from gateway.corrections.records import chosen_layer
from gateway.exports.files import FORMATS, LayerName, Subject
from gateway.exports.geojson import GEOJSON_TYPE
from gateway.exports.labels import LABELS_TYPE
from gateway.exports.rois import ROIS_TYPE
from gateway.extensions import services
from gateway.models import Analysis, Result
from gateway.objects import get_image
from gateway.pictures import (
    MaskStyle,
    MaxPx,
    Size,
    clean_jpeg,
    clean_png,
    fitted,
    heatmap_picture,
    mask_picture,
)
from gateway.stored import get_field
from gateway.tenancy import get_analysis
from gateway.viewing import EXPORTED, notes_viewing
from handler.answer import FieldAnalysis
from handler.image import decode_image
from handler.rendering import overlay_png

blueprint = APIBlueprint("layers", __name__, url_prefix="/api/v1/analyses", tag="Layers")
PNG, JPEG = "image/png", "image/jpeg"


class LayerQuery(BaseModel):
    """Whose nuclei."""

    layer: LayerName = Field("model", description="corrected: with what people changed by hand, else 409")


class SizeQuery(BaseModel):
    """How large a picture."""

    max_px: MaxPx | None = Field(
        None, description="longest side at most, in pixels; left out: as large as the image"
    )


class MaskQuery(SizeQuery):
    """How to show the class map."""

    style: MaskStyle = Field("classes", description="layer: colours with transparency, to lay over the image")


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


def _size(analysis: Analysis, query: SizeQuery) -> Size:
    return fitted((analysis.image_width_px, analysis.image_height_px), query.max_px)


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


@blueprint.get("/<analysis_id>/image.jpg")
@blueprint.auth_required(auth, roles=["analyses:read"])
@blueprint.input(SizeQuery, location="query", arg_name="query")
@blueprint.doc(responses=_documented(JPEG, "The image as JPEG, upright, without metadata", scored=False))
@notes_viewing("image")
def image_for_screen(analysis_id: str, query: SizeQuery) -> Response:
    """Get the image in a size for a screen, with JPEG's small losses; free of metadata."""
    analysis = _readable(analysis_id)
    etag = f'"{analysis.image_sha256}-screen-{query.max_px or "whole"}"'
    return made_on_demand(
        etag, JPEG, lambda: clean_jpeg(_image(analysis), query.max_px), f"{analysis_id}.jpg"
    )


@blueprint.get("/<analysis_id>/mask.png")
@blueprint.auth_required(auth, roles=["analyses:read"])
@blueprint.input(MaskQuery, location="query", arg_name="query")
@blueprint.doc(responses=_documented(PNG, "8-bit grey: 0 background, 128 negative, 255 positive"))
@notes_viewing("mask")
def mask(analysis_id: str, query: MaskQuery) -> Response:
    """Get the class map at the size of the image or smaller, every pixel the class under its centre."""
    analysis = _readable(analysis_id)
    _result(analysis)
    return made_on_demand(
        analysis_etag(analysis, f"mask-{query.style}-{query.max_px or 'whole'}"),
        PNG,
        lambda: mask_picture(_field(analysis).decoded, _size(analysis, query), query.style),
        f"{analysis_id}-mask.png",
    )


@blueprint.get("/<analysis_id>/heatmap.png")
@blueprint.auth_required(auth, roles=["analyses:read"])
@blueprint.input(SizeQuery, location="query", arg_name="query")
@blueprint.doc(responses=_documented(PNG, "Colours with transparency, to lay over the image"))
@notes_viewing("heatmap")
def heatmap(analysis_id: str, query: SizeQuery) -> Response:
    """Get the probability of immunopositive as colours, transparent where there is none."""
    analysis = _readable(analysis_id)
    _result(analysis)
    return made_on_demand(
        analysis_etag(analysis, f"heatmap-{query.max_px or 'whole'}"),
        PNG,
        lambda: heatmap_picture(_field(analysis).probability, _size(analysis, query)),
        f"{analysis_id}-heatmap.png",
    )


@blueprint.get("/<analysis_id>/overlay.png")
@blueprint.auth_required(auth, roles=["analyses:read"])
@blueprint.input(LayerQuery, location="query", arg_name="query")
@blueprint.doc(responses=_documented(PNG, "The image with every nucleus outlined"))
@notes_viewing("overlay")
def overlay(analysis_id: str, query: LayerQuery) -> Response:
    """Get the image with the nuclei drawn: positive and negative differ in colour and line."""
    analysis = _readable(analysis_id)
    result = _result(analysis)
    return made_on_demand(
        analysis_etag(analysis, f"overlay-{query.layer}"),
        PNG,
        lambda: overlay_png(
            decode_image(_image(analysis)).rgb, chosen_layer(result, _field(analysis), query.layer).nuclei
        ),
        f"{analysis_id}-overlay.png",
    )


def _nuclei_as(kind: str, analysis_id: str, layer: LayerName) -> Response:
    """Answer with the nuclei in one of the formats."""
    analysis, written = _readable(analysis_id), FORMATS[kind]
    result = _result(analysis)

    def make() -> bytes:
        field = _field(analysis)
        return written.make(Subject.of(analysis, result, field, chosen_layer(result, field, layer)))

    etag, name = analysis_etag(analysis, f"{kind}-{layer}"), f"{analysis_id}{written.ending}"
    return made_on_demand(etag, written.media_type, make, name)


@blueprint.get("/<analysis_id>/nuclei.geojson")
@blueprint.auth_required(auth, roles=["analyses:read"])
@blueprint.input(LayerQuery, location="query", arg_name="query")
@blueprint.doc(responses=_documented(GEOJSON_TYPE, "A FeatureCollection for QuPath", binary=False))
@notes_viewing("geojson", EXPORTED)
def geojson(analysis_id: str, query: LayerQuery) -> Response:
    """Get the nuclei as QuPath detections, in full-resolution pixels."""
    return _nuclei_as("geojson", analysis_id, query.layer)


@blueprint.get("/<analysis_id>/nuclei.csv")
@blueprint.auth_required(auth, roles=["analyses:read"])
@blueprint.input(LayerQuery, location="query", arg_name="query")
@blueprint.doc(responses=_documented("text/csv", "One row a nucleus"))
@notes_viewing("csv", EXPORTED)
def csv(analysis_id: str, query: LayerQuery) -> Response:
    """Get the nuclei as a table, units in the header."""
    return _nuclei_as("csv", analysis_id, query.layer)


@blueprint.get("/<analysis_id>/rois.zip")
@blueprint.auth_required(auth, roles=["analyses:read"])
@blueprint.input(LayerQuery, location="query", arg_name="query")
@blueprint.doc(responses=_documented(ROIS_TYPE, "A RoiSet for ImageJ's ROI Manager"))
@notes_viewing("rois", EXPORTED)
def rois(analysis_id: str, query: LayerQuery) -> Response:
    """Get the nuclei as ImageJ ROIs, named by number and class, coloured by class."""
    return _nuclei_as("rois", analysis_id, query.layer)


@blueprint.get("/<analysis_id>/labels.ome.tiff")
@blueprint.auth_required(auth, roles=["analyses:read"])
@blueprint.input(LayerQuery, location="query", arg_name="query")
@blueprint.doc(responses=_documented(LABELS_TYPE, "A pixel holds its nucleus' number, 0 the background"))
@notes_viewing("labels", EXPORTED)
def labels(analysis_id: str, query: LayerQuery) -> Response:
    """Get the nuclei as a label mask with the physical pixel size, 16 bits or 32."""
    return _nuclei_as("labels", analysis_id, query.layer)
