"""Analyses: make, list, read, score again, delete."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, request

from gateway import audit
from gateway.answers import analysis_etag, blind_etag, items_response, next_page_headers
from gateway.authentication import auth, current_principal
from gateway.blindness import check_sighted, visible_result
from gateway.deletion import delete_analysis
from gateway.documents import analysis_document, rescored_document
from gateway.extensions import services, settings
from gateway.filters import ListQuery
from gateway.labels import LabelsIn, change_labels
from gateway.listing import list_analyses, read_row
from gateway.media import needs_media_type
from gateway.models import Analysis, Result
from gateway.once import submit_once
from gateway.preconditions import IfMatchHeaders, check_if_match
from gateway.results import current_result, rescored_message, save_revision
from gateway.routing.choosing import check_wish
from gateway.schemas import (
    AnalysesOut,
    AnalysisOut,
    ItemsOut,
    PostHeaders,
    ReadQuery,
    SubmissionIn,
    ThresholdsIn,
)
from gateway.stored import get_nuclei
from gateway.tenancy import get_analysis, get_changeable
from gateway.thresholds import chosen_thresholds
from gateway.uploads import read_submission
from gateway.viewing import note_viewing, notes_viewing

blueprint = APIBlueprint("analyses", __name__, url_prefix="/api/v1/analyses", tag="Analyses")


@blueprint.post("")
@blueprint.auth_required(auth, roles=["analyses:write"])
@needs_media_type("multipart/form-data")
@blueprint.input(PostHeaders, location="headers", arg_name="head")
@blueprint.input(SubmissionIn, location="form_and_files", arg_name="form")
@blueprint.input(ReadQuery, location="query", arg_name="query")
@blueprint.output(ItemsOut)
@blueprint.doc(responses={202: "Some are still queued", 409: "In flight", 413: "", 415: "", 429: "", 503: ""})
def create(head: PostHeaders, form: SubmissionIn, query: ReadQuery) -> Response:
    """Score one image or several.

    Every image is stored before it is scored; what is not done after `wait` seconds is finished later
    (202). A single image that cannot be read is the answer's own problem; among several it is its item's.
    """
    submission = read_submission(request.form, form.images, form.model_version, form.wait, settings())
    check_wish(services().routes.current(), submission.model_version)
    items = submit_once(current_principal(), submission, head.idempotency_key)
    return items_response(items, nuclei=query.nuclei)


@blueprint.get("")
@blueprint.auth_required(auth, roles=["analyses:read"])
@blueprint.input(ListQuery, location="query", arg_name="query")
@blueprint.output(AnalysesOut)
def index(query: ListQuery) -> tuple[dict[str, Any], int, dict[str, str]]:
    """List the analyses you may see, newest first, without their nuclei."""
    page = list_analyses(current_principal(), query)
    documents = [
        analysis_document(analysis, result, blinded=blinded) for analysis, result, blinded in page.rows
    ]
    headers = next_page_headers(page.next_cursor)
    return {"items": documents, "next_cursor": page.next_cursor}, 200, headers


@blueprint.get("/<analysis_id>")
@blueprint.auth_required(auth, roles=["analyses:read"])
@blueprint.input(ReadQuery, location="query", arg_name="query")
@blueprint.output(AnalysisOut)
def read(analysis_id: str, query: ReadQuery) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Read one analysis with its nuclei."""
    row = read_row(current_principal(), analysis_id)
    answer = _shown(*row, with_nuclei=query.nuclei)
    note_viewing(row[0], "record")
    return answer


def _shown(
    analysis: Analysis, result: Result | None, blinded: bool, *, with_nuclei: bool
) -> tuple[dict[str, Any], int, dict[str, str]]:
    if blinded:
        return analysis_document(analysis, None, blinded=True), 200, {"ETag": blind_etag(analysis)}
    nuclei = get_nuclei(services().objects, result.nuclei_key) if result and with_nuclei else None
    etag = analysis_etag(analysis, "nuclei" if with_nuclei else "summary")
    return analysis_document(analysis, result, nuclei), 200, {"ETag": etag}


@blueprint.patch("/<analysis_id>")
@blueprint.auth_required(auth, roles=["analyses:write"])
@needs_media_type("application/json")
@blueprint.input(IfMatchHeaders, location="headers", arg_name="_headers")
@blueprint.input(LabelsIn, arg_name="body")
@blueprint.output(AnalysisOut)
@blueprint.doc(responses={412: "", 415: "", 428: ""})
def change(
    analysis_id: str, _headers: IfMatchHeaders, body: LabelsIn
) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Change case label and tags; what is left out stays."""
    analysis = get_changeable(current_principal(), analysis_id)
    check_sighted(current_principal(), analysis)
    check_if_match(*(analysis_etag(analysis, part) for part in ("nuclei", "summary")))
    change_labels(current_principal(), analysis, body)
    result = current_result(analysis) if analysis.current_revision else None
    return analysis_document(analysis, result), 200, {"ETag": analysis_etag(analysis, "summary")}


@blueprint.post("/<analysis_id>/rescore")
@blueprint.auth_required(auth, roles=["analyses:write"])
@needs_media_type("application/json")
@blueprint.input(ThresholdsIn, arg_name="body")
@blueprint.output(AnalysisOut)
@blueprint.doc(responses={409: "The analysis has no result yet", 415: ""})
@notes_viewing("rescored")
def rescore(analysis_id: str, body: ThresholdsIn) -> dict[str, Any]:
    """Score again with other thresholds, from the stored probability map; the network does not run.

    The result becomes the analysis' current revision, unless `save` is false. The model's own result
    stays as revision 1.
    """
    find = get_changeable if body.save else get_analysis
    analysis = find(current_principal(), analysis_id)
    result = visible_result(current_principal(), analysis)
    message = rescored_message(result, chosen_thresholds(body, result))
    nuclei = message["answer"]["nuclei"]
    if not body.save:
        return rescored_document(analysis_document(analysis, result, nuclei), message)
    audit.note(current_principal(), "analysis.rescored", "analysis", analysis_id)
    return analysis_document(analysis, save_revision(analysis, result, message), nuclei)


@blueprint.delete("/<analysis_id>")
@blueprint.auth_required(auth, roles=["analyses:write"])
@blueprint.output({}, status_code=204)
def remove(analysis_id: str) -> tuple[str, int]:
    """Delete an analysis with its image and results."""
    analysis = get_changeable(current_principal(), analysis_id)
    audit.note(current_principal(), "analysis.deleted", "analysis", analysis_id)
    delete_analysis(analysis)
    return "", 204
