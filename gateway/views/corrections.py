"""Corrections by hand: read, save, delete the layer above the model's result."""

from typing import Any

from apiflask import APIBlueprint

from gateway.authentication import auth, current_principal
from gateway.blindness import check_sighted, visible_result
from gateway.corrections.records import (
    correction_etag,
    delete_correction,
    get_correction,
    save_correction,
    shown_correction,
)
from gateway.corrections.schemas import CorrectionIn, CorrectionOut
from gateway.documents import correction_document
from gateway.media import needs_media_type
from gateway.models import Analysis, Correction
from gateway.permissions import READ_ANALYSES, WRITE_ANALYSES
from gateway.preconditions import IfMatchHeaders, PutHeaders, check_if_match, check_put
from gateway.tenancy import get_analysis, get_changeable

blueprint = APIBlueprint("corrections", __name__, url_prefix="/api/v1/analyses", tag="Corrections")


def _answer(analysis: Analysis, correction: Correction) -> tuple[dict[str, Any], int, dict[str, str]]:
    document = correction_document(analysis, correction) | {"edits": correction.edits}
    return document, 200, {"ETag": correction_etag(correction)}


@blueprint.get("/<analysis_id>/corrections")
@blueprint.auth_required(auth, roles=[READ_ANALYSES])
@blueprint.output(CorrectionOut)
@blueprint.doc(responses={304: "Not modified"})
def read(analysis_id: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Read the newest layer of corrections with its edits; `stale` once the analysis was scored again."""
    analysis = get_analysis(current_principal(), analysis_id)
    check_sighted(current_principal(), analysis)
    return _answer(analysis, get_correction(analysis))


@blueprint.put("/<analysis_id>/corrections")
@blueprint.auth_required(auth, roles=[WRITE_ANALYSES])
@needs_media_type("application/json")
@blueprint.input(PutHeaders, location="headers", arg_name="_headers")
@blueprint.input(CorrectionIn, arg_name="body")
@blueprint.output(CorrectionOut)
@blueprint.doc(responses={409: "The analysis has no result yet", 412: "", 415: "", 428: ""})
def save(
    analysis_id: str, _headers: PutHeaders, body: CorrectionIn
) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Remove, relabel and add nuclei of the current revision; the model's result stays as it is.

    The first save says `If-None-Match: *`, a later one `If-Match` with the ETag read before.
    """
    analysis = get_changeable(current_principal(), analysis_id)
    result = visible_result(current_principal(), analysis)
    before = shown_correction(analysis)
    check_put(correction_etag(before) if before else None)
    return _answer(analysis, save_correction(current_principal(), analysis, result, body))


@blueprint.delete("/<analysis_id>/corrections")
@blueprint.auth_required(auth, roles=[WRITE_ANALYSES])
@blueprint.input(IfMatchHeaders, location="headers", arg_name="_headers")
@blueprint.output({}, status_code=204)
@blueprint.doc(responses={412: "", 428: ""})
def remove(analysis_id: str, _headers: IfMatchHeaders) -> tuple[str, int]:
    """Delete the newest layer of corrections."""
    analysis = get_changeable(current_principal(), analysis_id)
    check_sighted(current_principal(), analysis)
    correction = get_correction(analysis)
    check_if_match(correction_etag(correction))
    delete_correction(current_principal(), analysis, correction)
    return "", 204
