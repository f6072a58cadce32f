"""The audit trail, for administrators: who did what to which record, when and from where."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, stream_with_context

from gateway.answers import next_page_headers
from gateway.authentication import auth, current_principal
from gateway.schemas_audit import AuditEventsOut, TrailPageQuery, TrailQuery
from gateway.trail import event_lines, list_events

blueprint = APIBlueprint("audit_events", __name__, url_prefix="/api/v1", tag="Audit")
LINES_TYPE = "application/x-ndjson"
_LINES: dict[Any, Any] = {
    200: {
        "description": "One event a line, oldest first",
        "content": {LINES_TYPE: {"schema": {"type": "string"}}},
    }
}


@blueprint.get("/audit-events")
@blueprint.auth_required(auth, roles=["audit:read"])
@blueprint.input(TrailPageQuery, location="query", arg_name="query")
@blueprint.output(AuditEventsOut)
def index(query: TrailPageQuery) -> tuple[dict[str, Any], int, dict[str, str]]:
    """List your organisation's events, newest first."""
    items, following = list_events(current_principal(), query.filters(), query.limit, query.cursor)
    return {"items": items, "next_cursor": following}, 200, next_page_headers(following)


@blueprint.get("/audit-events.jsonl")
@blueprint.auth_required(auth, roles=["audit:read"])
@blueprint.input(TrailQuery, location="query", arg_name="query")
@blueprint.doc(responses=_LINES)
def export(query: TrailQuery) -> Response:
    """Export your organisation's events as JSON lines, oldest first; the export itself is noted."""
    lines = event_lines(current_principal(), query.filters())
    headers = {"Content-Disposition": 'attachment; filename="audit-events.jsonl"'}
    return Response(stream_with_context(lines), headers=headers, content_type=LINES_TYPE)
