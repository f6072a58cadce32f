"""Many records at once, as a stream: ids of a query in; a table, or a ZIP with files of each record, out.

Memory holds one record at a time, no transaction stays open while the client reads, and who may see what is
asked again for every record. A part that cannot be made is told in `errors.json`; the others are there.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Literal

from zipstream import ZIP_DEFLATED, ZIP_STORED, ZipStream

from gateway import audit
from gateway.corrections.records import chosen_layer
from gateway.database import db
from gateway.documents import analysis_document
from gateway.exports.files import FORMATS, Format, LayerName, Subject
from gateway.exports.tables import RECORD_COLUMNS, lines, record_row
from gateway.extensions import services, settings
from gateway.filters import FilterQuery
from gateway.heavy import UPLOADING
from gateway.listing import Row, newest_ids, read_rows
from gateway.models import Analysis, Result
from gateway.objects import get_image
from gateway.pictures import clean_png
from gateway.problems import GatewayProblem
from gateway.stored import get_field
from gateway.tenancy import Principal
from handler.answer import FieldAnalysis
from handler.errors import ProblemError
from handler.image import decode_image
from handler.rendering import overlay_png

PARTS = (*FORMATS, "overlay", "image")
_BATCH = 100
_ALREADY_PACKED = frozenset({"rois", "labels", "overlay", "image"})
Part = tuple[str, str, Callable[[], bytes]]
"""Kind, name in the ZIP, how it is made."""


class TooManyRecordsProblem(GatewayProblem):
    status, code, title = 422, "too-many-records", "The query finds too many records"


def start_export(
    principal: Principal, query: FilterQuery, kind: Literal["csv", "zip"], parts: Sequence[str] = ()
) -> list[str]:
    """Return the ids to be exported, noted in the audit trail; raises TooManyRecordsProblem."""
    limit = settings().export_limit
    found = newest_ids(principal, query, limit + 1)
    if len(found) > limit:
        raise TooManyRecordsProblem(
            f"More than {limit} records match; narrow the query, by created_from and created_to for one."
        )
    filters = sorted(query.model_dump(include=set(FilterQuery.model_fields), exclude_none=True))
    audit.note(
        principal,
        "export.made",
        "export",
        None,
        format=kind,
        parts=list(parts),
        filters=filters,
        records=len(found),
    )
    db.session.commit()
    return found


def stream_table(principal: Principal, identifiers: Sequence[str]) -> Iterator[bytes]:
    """Yield a row a record; those to be judged blind are left out."""
    for line in lines(RECORD_COLUMNS, _table_rows(principal, identifiers)):
        yield line.encode()


def stream_zip(
    principal: Principal, identifiers: Sequence[str], parts: Sequence[str], layer: LayerName
) -> Iterator[bytes]:
    """Yield a ZIP: records.csv, a folder a record, errors.json where something could not be made."""
    archive, errors = ZipStream(compress_type=ZIP_DEFLATED), list[dict[str, Any]]()
    archive.add(stream_table(principal, identifiers), "records.csv")
    yield from archive.all_files()
    for identifier in identifiers:
        for kind, name, make in _parts(principal, identifier, parts, layer):
            data = _made(identifier, kind, make, errors)
            if data is not None:
                packed = ZIP_STORED if kind in _ALREADY_PACKED else ZIP_DEFLATED
                archive.add(data, name, compress_type=packed)
                yield from archive.all_files()
    if errors:
        archive.add(json.dumps(errors, indent=1).encode(), "errors.json")
    yield from archive.finalize()


def _table_rows(principal: Principal, identifiers: Sequence[str]) -> Iterator[list[Any]]:
    for start in range(0, len(identifiers), _BATCH):
        for analysis, result, blinded in _read(principal, identifiers[start : start + _BATCH]):
            if not blinded:
                yield record_row(analysis_document(analysis, result), analysis.owner_id)


def _read(principal: Principal, identifiers: Sequence[str]) -> list[Row]:
    """Read rows whole and give the connection back."""
    rows = read_rows(principal, identifiers)
    db.session.expunge_all()
    db.session.rollback()
    return rows


def _parts(principal: Principal, identifier: str, parts: Sequence[str], layer: LayerName) -> Iterator[Part]:
    for analysis, result, blinded in _read(principal, [identifier]):
        if not blinded and result is not None:
            yield from _parts_of(analysis, result, parts, layer)


def _parts_of(analysis: Analysis, result: Result, parts: Sequence[str], layer: LayerName) -> Iterator[Part]:
    """Yield what is asked for; the field is read once, for whichever part needs it first."""
    kept: list[Subject] = []

    def subject() -> Subject:
        if not kept:
            kept.append(_subject(analysis, result, layer))
        return kept[0]

    for kind in parts:
        if kind in FORMATS:
            written = FORMATS[kind]
            yield kind, f"{analysis.id}/nuclei{written.ending}", partial(_written, written, subject)
        elif kind == "overlay":
            yield kind, f"{analysis.id}/overlay.png", lambda: _overlay(analysis, subject())
        else:
            yield kind, f"{analysis.id}/image.png", lambda: clean_png(_image(analysis))


def _written(written: Format, subject: Callable[[], Subject]) -> bytes:
    return written.make(subject())


def _subject(analysis: Analysis, result: Result, layer: LayerName) -> Subject:
    field: FieldAnalysis = get_field(services().objects, result.nuclei_key, result.map_key)
    shown: LayerName = "corrected" if layer == "corrected" and _is_corrected(analysis) else "model"
    try:
        return Subject.of(analysis, result, field, chosen_layer(result, field, shown))
    finally:
        db.session.rollback()


def _is_corrected(analysis: Analysis) -> bool:
    return any(each.revision == analysis.current_revision for each in analysis.corrections)


def _image(analysis: Analysis) -> bytes:
    return get_image(services().objects, analysis.id, analysis.image_sha256)


def _overlay(analysis: Analysis, subject: Subject) -> bytes:
    return overlay_png(decode_image(_image(analysis)).rgb, subject.layer.nuclei)


def _made(
    identifier: str, kind: str, make: Callable[[], bytes], errors: list[dict[str, Any]]
) -> bytes | None:
    """Make one part; a failure is noted and stays its own."""
    try:
        with services().heavy.slot(UPLOADING):
            return make()
    except ProblemError as problem:
        errors.append({"analysis_id": identifier, "part": kind, "problem": problem.to_problem()})
    except (KeyError, TypeError, ValueError):
        errors.append({"analysis_id": identifier, "part": kind, "problem": {"title": "It cannot be made"}})
    return None
