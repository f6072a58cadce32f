"""Annotations: mark nuclei and learn how good the marks are."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, url_for

from gateway.answers import made_on_demand, next_page_headers
from gateway.authentication import auth, current_principal
from gateway.database import db
from gateway.extensions import services
from gateway.learning.annotating import annotate
from gateway.learning.documents import annotation_document, summary_document
from gateway.learning.picture import annotation_png
from gateway.learning.progress import progress
from gateway.learning.reading import get_attempt, list_attempts
from gateway.learning.schemas import (
    AnnotationIn,
    AnnotationOut,
    AnnotationsOut,
    AnnotationsQuery,
    ProgressOut,
    ProgressQuery,
)
from gateway.media import needs_media_type
from gateway.models import Result
from gateway.objects import get_image
from gateway.viewing import note_viewing, notes_viewing
from handler.image import decode_image

blueprint = APIBlueprint("annotations", __name__, url_prefix="/api/v1", tag="Learning")
PNG = "image/png"
_RESPONSES: dict[Any, Any] = {
    200: {
        "description": "The image with every outcome drawn, and a legend beneath",
        "content": {PNG: {"schema": {"type": "string", "format": "binary"}}},
    },
    304: "Not modified",
}


@blueprint.post("/analyses/<analysis_id>/annotations")
@blueprint.auth_required(auth, roles=["learning:write"])
@needs_media_type("application/json")
@blueprint.input(AnnotationIn, arg_name="body")
@blueprint.output(AnnotationOut, status_code=201)
@blueprint.doc(responses={409: "The analysis has no result yet", 415: ""})
def create(analysis_id: str, body: AnnotationIn) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Mark nuclei and have the marks scored.

    The reference is the corrected layer where there is one, else the model. A mark and a nucleus are a pair
    within `radius_um`, each at most once, whatever their classes. An assignment to learn is done with it.
    """
    annotation_id = annotate(current_principal(), analysis_id, body)
    found, _ = get_attempt(current_principal(), annotation_id)
    return annotation_document(found), 201, {"Location": url_for(".read", annotation_id=annotation_id)}


@blueprint.get("/analyses/<analysis_id>/annotations")
@blueprint.auth_required(auth, roles=["learning:read"])
@blueprint.input(AnnotationsQuery, location="query", arg_name="query")
@blueprint.output(AnnotationsOut)
@notes_viewing("annotations")
def index(analysis_id: str, query: AnnotationsQuery) -> tuple[dict[str, Any], int, dict[str, str]]:
    """List annotations of an analysis, newest first: your own, or all where you may change it."""
    rows, cursor = list_attempts(current_principal(), analysis_id, query.limit, query.cursor)
    items = [summary_document(row) for row in rows]
    return {"items": items, "next_cursor": cursor}, 200, next_page_headers(cursor)


@blueprint.get("/annotations/<annotation_id>")
@blueprint.auth_required(auth, roles=["learning:read"])
@blueprint.output(AnnotationOut)
def read(annotation_id: str) -> dict[str, Any]:
    """Read one annotation: marks, scores, and what became of every mark and nucleus."""
    found, analysis = get_attempt(current_principal(), annotation_id)
    document = annotation_document(found)
    note_viewing(analysis, "annotation")
    return document


@blueprint.get("/annotations/<annotation_id>/picture.png")
@blueprint.auth_required(auth, roles=["learning:read"])
@blueprint.doc(responses=_RESPONSES)
def picture(annotation_id: str) -> Response:
    """Get the image with right, missed, invented and mislabelled nuclei in different colours and shapes."""
    found, analysis = get_attempt(current_principal(), annotation_id)
    row = found.annotation
    mpp = db.session.get_one(Result, (analysis.id, row.revision)).mpp

    def drawn() -> bytes:
        image = get_image(services().objects, analysis.id, analysis.image_sha256)
        return annotation_png(decode_image(image).rgb, row.outcome, mpp)

    answer = made_on_demand(f'"{row.id}-picture"', PNG, drawn, f"{row.id}.png")
    note_viewing(analysis, "annotation picture")
    return answer


@blueprint.get("/learning/progress")
@blueprint.auth_required(auth, roles=["learning:read"])
@blueprint.input(ProgressQuery, location="query", arg_name="query")
@blueprint.output(ProgressOut)
@blueprint.doc(responses={404: ""})
def show_progress(query: ProgressQuery) -> dict[str, Any]:
    """Show results over time: first attempts, oldest first, with running means.

    Your own; or with `author_id` those of a member on records that you may change.
    """
    return progress(current_principal(), query.author_id, query.from_, query.to)
