"""Answers that need more than a document: several items, pages with a link, entity tags, stored pictures."""

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, request, url_for
from sqlalchemy import and_, bindparam, select

from gateway import problems
from gateway.authentication import current_principal
from gateway.database import db
from gateway.documents import Document, analysis_document
from gateway.extensions import services
from gateway.heavy import LOOKING
from gateway.listing import with_labels
from gateway.models import UNFINISHED, Analysis, Result
from gateway.stored import get_nuclei

POLL_SECONDS = 5
UNKEPT = "private, no-store"
_CURRENT = (
    select(Analysis, Result)
    .outerjoin(Result, and_(Result.analysis_id == Analysis.id, Result.revision == Analysis.current_revision))
    .where(Analysis.id.in_(bindparam("identifiers", expanding=True)))
)


def items_response(items: list[Document], *, nuclei: bool) -> Response:
    """Answer 200, or 202 where some are unfinished; a lone failed image's problem is the answer."""
    shown = _with_analyses(items, nuclei=nuclei)
    lone = shown[0].get("problem") if len(shown) == 1 else None
    if lone:
        return problems.answer(lone)
    response = jsonify({"items": shown})
    if any(item["status"] in UNFINISHED for item in shown):
        response.status_code = 202
        response.headers["Retry-After"] = str(POLL_SECONDS)
        response.headers["Location"] = _location(shown)
    return response


def _location(items: list[Document]) -> str:
    """Where to look again: the one analysis, or the list of what is unfinished."""
    if len(items) == 1:
        return str(items[0]["analysis"]["links"]["self"])
    return url_for("analyses.index", status=",".join(UNFINISHED))


def _with_analyses(items: list[Document], *, nuclei: bool) -> list[Document]:
    """Fill in what has become of each item's analysis by now."""
    identifiers = [item["analysis_id"] for item in items if "analysis_id" in item]
    query = _CURRENT.options(*with_labels(several=len(identifiers) != 1))
    rows = db.session.execute(query, {"identifiers": identifiers}).unique()
    found = {row[0].id: _current(row[0], row[1], nuclei=nuclei) for row in rows}
    return [_shown(item, found.get(item.get("analysis_id", ""))) for item in items]


def _current(analysis: Analysis, result: Result | None, *, nuclei: bool) -> Document:
    """Return the analysis' document; nuclei that cannot be read are its own problem, not its neighbours'."""
    try:
        listed = get_nuclei(services().objects, result.nuclei_key) if result and nuclei else None
    except problems.GatewayProblem as problem:
        return analysis_document(analysis, result) | {"status": "failed", "problem": problem.to_problem()}
    return analysis_document(analysis, result, listed)


def _shown(item: Document, analysis: Document | None) -> Document:
    named = {"index": item["index"], "filename": item["filename"]}
    if analysis is None:
        problem = item.get("problem") or problems.NotFoundProblem().to_problem()
        return named | {"status": "failed", "problem": problems.identified(problem)}
    if analysis["problem"]:
        problem = problems.identified(analysis["problem"]) | {"instance": analysis["links"]["self"]}
        return named | {"status": analysis["status"], "problem": problem}
    return named | {"status": analysis["status"], "analysis": analysis}


def next_page_headers(cursor: str | None) -> dict[str, str]:
    """Return `Link: rel="next"` to the same list and filters, where there is a next page."""
    if cursor is None:
        return {}
    query: dict[str, Any] = (request.view_args or {}) | request.args.to_dict() | {"cursor": cursor}
    return {"Link": f'<{url_for(str(request.endpoint), **query)}>; rel="next"'}


def blind_etag(analysis: Analysis) -> str:
    """Return the tag of what a blind reviewer sees: it tells nothing of the result."""
    return f'"{analysis.id}-{analysis.status}-blind"'


def analysis_etag(analysis: Analysis, part: str) -> str:
    """Return a tag that changes whenever that part of the analysis does."""
    changed = int(analysis.updated_at.timestamp() * 1e6)
    return f'"{analysis.id}-{analysis.status}-{analysis.current_revision or 0}-{changed}-{part}"'


def made_on_demand(etag: str, media_type: str, make: Callable[[], bytes], filename: str) -> Response:
    """Answer 304 where the client has it already, else make it, a few at a time; raises BusyProblem.

    A browser must not keep an image on its device's disk; a program decides itself what it keeps.
    """
    headers = {"ETag": etag} | ({"Cache-Control": UNKEPT} if current_principal().kind == "session" else {})
    if request.if_none_match.contains(etag.strip('"')):
        return Response(status=304, headers=headers)
    with services().heavy.slot(LOOKING):
        body = make()
    headers["Content-Disposition"] = f'inline; filename="{filename}"'
    return Response(body, headers=headers, content_type=media_type)
