"""Agreement between reviewers and the model, on one record and over many."""

from typing import Any

from apiflask import APIBlueprint

from gateway.authentication import auth, current_principal
from gateway.opinions.agreement import compare, compare_record
from gateway.opinions.documents import agreement_document, record_agreement_document
from gateway.opinions.schemas import AgreementOut, AgreementQuery, RecordAgreementOut
from gateway.permissions import READ_REVIEWS

blueprint = APIBlueprint("agreement", __name__, url_prefix="/api/v1", tag="Second opinions")


@blueprint.get("/analyses/<analysis_id>/agreement")
@blueprint.auth_required(auth, roles=[READ_REVIEWS])
@blueprint.output(RecordAgreementOut)
def of_record(analysis_id: str) -> dict[str, Any]:
    """Compare the model and everybody's latest review of one record, pair by pair."""
    return record_agreement_document(analysis_id, compare_record(current_principal(), analysis_id))


@blueprint.get("/agreement")
@blueprint.auth_required(auth, roles=[READ_REVIEWS])
@blueprint.input(AgreementQuery, location="query", arg_name="query")
@blueprint.output(AgreementOut)
def of_records(query: AgreementQuery) -> dict[str, Any]:
    """Compare the model and all reviewers over the records you may see, the 10,000 newest at most.

    Differences of the index with their limits of agreement; agreement in the category with Cohen's kappa.
    Records that you are still to judge blind are left out.
    """
    return agreement_document(compare(current_principal(), query))
