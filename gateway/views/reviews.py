"""Reviews: give an opinion on a record, read everybody's."""

from typing import Any

from apiflask import APIBlueprint

from gateway.answers import next_page_headers
from gateway.authentication import auth, current_principal
from gateway.blindness import result_if_any
from gateway.media import needs_media_type
from gateway.opinions.documents import review_documents
from gateway.opinions.reviewing import give_review, list_reviews
from gateway.opinions.schemas import PageQuery, ReviewIn, ReviewOut, ReviewsOut
from gateway.permissions import READ_REVIEWS, WRITE_REVIEWS

blueprint = APIBlueprint("reviews", __name__, url_prefix="/api/v1/analyses", tag="Second opinions")


@blueprint.post("/<analysis_id>/reviews")
@blueprint.auth_required(auth, roles=[WRITE_REVIEWS])
@needs_media_type("application/json")
@blueprint.input(ReviewIn, arg_name="body")
@blueprint.output(ReviewOut, status_code=201)
@blueprint.doc(responses={409: "Your opinion is in already, or you were asked to annotate", 415: ""})
def create(analysis_id: str, body: ReviewIn) -> tuple[dict[str, Any], int]:
    """Give your opinion: counts, a category, or where you saw the result whether you agree.

    It answers your open assignment; from then on a blind reviewer sees the result. It is never changed.
    """
    analysis, row = give_review(current_principal(), analysis_id, body)
    result = result_if_any(current_principal(), analysis)
    return review_documents([row], result)[0], 201


@blueprint.get("/<analysis_id>/reviews")
@blueprint.auth_required(auth, roles=[READ_REVIEWS])
@blueprint.input(PageQuery, location="query", arg_name="query")
@blueprint.output(ReviewsOut)
def index(analysis_id: str, query: PageQuery) -> tuple[dict[str, Any], int, dict[str, str]]:
    """List a record's reviews beside the model's result; a blind reviewer's own has to be in first."""
    analysis, page = list_reviews(current_principal(), analysis_id, query)
    items = review_documents(page.rows, result_if_any(current_principal(), analysis))
    headers = next_page_headers(page.next_cursor)
    return {"items": items, "next_cursor": page.next_cursor}, 200, headers
