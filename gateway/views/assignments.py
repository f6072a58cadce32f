"""Assignments: ask for a second opinion, look into the inbox, accept or decline, take back."""

from typing import Any

from apiflask import APIBlueprint

from gateway.answers import next_page_headers
from gateway.authentication import auth, current_principal
from gateway.media import needs_media_type
from gateway.models import Assignment
from gateway.opinions.assigning import answer, assign, withdraw
from gateway.opinions.documents import assignment_documents
from gateway.opinions.inbox import get_assignment, list_inbox, list_of_record
from gateway.opinions.paging import Rows
from gateway.opinions.schemas import (
    AssignmentIn,
    AssignmentOut,
    AssignmentsOut,
    AssignmentsQuery,
    AssignmentStepIn,
    PageQuery,
)
from gateway.permissions import READ_ASSIGNMENTS, WRITE_ASSIGNMENTS

blueprint = APIBlueprint("assignments", __name__, url_prefix="/api/v1", tag="Second opinions")


def _listed(page: Rows[Assignment]) -> tuple[dict[str, Any], int, dict[str, str]]:
    document = {"items": assignment_documents(page.rows), "next_cursor": page.next_cursor}
    return document, 200, next_page_headers(page.next_cursor)


@blueprint.post("/analyses/<analysis_id>/assignments")
@blueprint.auth_required(auth, roles=[WRITE_ASSIGNMENTS])
@needs_media_type("application/json")
@blueprint.input(AssignmentIn, arg_name="body")
@blueprint.output(AssignmentOut, status_code=201)
@blueprint.doc(responses={409: "The person has an open assignment of the record", 415: ""})
def create(analysis_id: str, body: AssignmentIn) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Show a record to one person for a second opinion, blind unless you say otherwise.

    They see this one record and nothing beside it. An address without an account is kept: the record is
    shown to whoever proves that the address is theirs.
    """
    document = assignment_documents([assign(current_principal(), analysis_id, body)])[0]
    return document, 201, {"Location": document["links"]["self"]}


@blueprint.get("/analyses/<analysis_id>/assignments")
@blueprint.auth_required(auth, roles=[READ_ASSIGNMENTS])
@blueprint.input(PageQuery, location="query", arg_name="query")
@blueprint.output(AssignmentsOut)
def index_of_record(analysis_id: str, query: PageQuery) -> tuple[dict[str, Any], int, dict[str, str]]:
    """List a record's assignments, newest first; who was only asked sees their own."""
    return _listed(list_of_record(current_principal(), analysis_id, query))


@blueprint.get("/assignments")
@blueprint.auth_required(auth, roles=[READ_ASSIGNMENTS])
@blueprint.input(AssignmentsQuery, location="query", arg_name="query")
@blueprint.output(AssignmentsOut)
def index(query: AssignmentsQuery) -> tuple[dict[str, Any], int, dict[str, str]]:
    """List what was asked of you, newest first, or with `role=assigner` what you asked of others."""
    return _listed(list_inbox(current_principal(), query))


@blueprint.get("/assignments/<assignment_id>")
@blueprint.auth_required(auth, roles=[READ_ASSIGNMENTS])
@blueprint.output(AssignmentOut)
def read(assignment_id: str) -> dict[str, Any]:
    """Read one assignment."""
    return assignment_documents([get_assignment(current_principal(), assignment_id)])[0]


@blueprint.patch("/assignments/<assignment_id>")
@blueprint.auth_required(auth, roles=[WRITE_ASSIGNMENTS])
@needs_media_type("application/json")
@blueprint.input(AssignmentStepIn, arg_name="body")
@blueprint.output(AssignmentOut)
@blueprint.doc(responses={409: "Not a step from where it stands", 415: ""})
def step(assignment_id: str, body: AssignmentStepIn) -> dict[str, Any]:
    """Accept or decline what you were asked; a record declined is no longer shown to you.

    An assignment is done when its review or annotation is in.
    """
    return assignment_documents([answer(current_principal(), assignment_id, body.status)])[0]


@blueprint.delete("/assignments/<assignment_id>")
@blueprint.auth_required(auth, roles=[WRITE_ASSIGNMENTS])
@blueprint.output({}, status_code=204)
@blueprint.doc(responses={409: "It is no longer open"})
def remove(assignment_id: str) -> tuple[str, int]:
    """Take an open assignment back; the record is no longer shown to the person."""
    withdraw(current_principal(), assignment_id)
    return "", 204
