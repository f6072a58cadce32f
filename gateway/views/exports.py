"""Many records at once: a table or a ZIP of all that a query finds, as streams."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, stream_with_context
from pydantic import Field

from gateway.authentication import auth, current_principal
from gateway.exports.bulk import PARTS, start_export, stream_table, stream_zip
from gateway.exports.files import LayerName
from gateway.exports.tables import CSV_TYPE
from gateway.filters import FilterQuery
from gateway.permissions import READ_ANALYSES
from gateway.problems import InvalidQueryProblem

blueprint = APIBlueprint("exports", __name__, url_prefix="/api/v1/exports", tag="Exports")


class ZipQuery(FilterQuery):
    """Filters, and what to put in for each record."""

    include: str = Field(
        "csv,geojson", max_length=100, description=f"any of {', '.join(PARTS)}, separated by commas"
    )
    layer: LayerName = Field("model", description="corrected: corrected nuclei where there are some")


def _documented(media_type: str, description: str) -> dict[Any, Any]:
    schema = {"type": "string", "format": "binary"}
    return {200: {"description": description, "content": {media_type: {"schema": schema}}}}


def _attached(stream: Any, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(stream_with_context(stream), headers=headers, content_type=media_type)


@blueprint.get("/analyses.csv")
@blueprint.auth_required(auth, roles=[READ_ANALYSES])
@blueprint.input(FilterQuery, location="query", arg_name="query")
@blueprint.doc(responses=_documented("text/csv", "One row a record"))
def table(query: FilterQuery) -> Response:
    """Get all records that match as one table; those you are to judge blind are left out."""
    found = start_export(current_principal(), query, "csv")
    return _attached(stream_table(current_principal(), found), CSV_TYPE, "analyses.csv")


@blueprint.get("/analyses.zip")
@blueprint.auth_required(auth, roles=[READ_ANALYSES])
@blueprint.input(ZipQuery, location="query", arg_name="query")
@blueprint.doc(responses=_documented("application/zip", "records.csv and a folder a record"))
def archive(query: ZipQuery) -> Response:
    """Get all records that match as a ZIP: records.csv first, then a folder a record.

    What could not be made is listed in errors.json at the end. Records to be judged blind are left out.
    """
    parts = _chosen(query.include)
    found = start_export(current_principal(), query, "zip", parts)
    stream = stream_zip(current_principal(), found, parts, query.layer)
    return _attached(stream, "application/zip", "analyses.zip")


def _chosen(text: str) -> list[str]:
    chosen = {part.strip() for part in text.split(",")} - {""}
    if not chosen <= set(PARTS):
        raise InvalidQueryProblem("include", f"include takes any of {', '.join(PARTS)}, separated by commas.")
    return [part for part in PARTS if part in chosen]
