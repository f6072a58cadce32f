"""Reads the audit trail of one organisation: filters in, events out, as pages or as one stream.

Who is to judge a record blind is told that something was done to it, and nothing more.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import json
from sqlalchemy import ColumnElement, Select, select

from gateway import audit
from gateway.blindness import is_blinded
from gateway.database import db, now
from gateway.documents import Document, timestamp
from gateway.keyset import Keyset, split_page
from gateway.models import Analysis, AuditEvent, User
from gateway.tenancy import Principal

Row = tuple[AuditEvent, User | None]
_NEWEST = Keyset(AuditEvent.at, AuditEvent.id)
_OLDEST = Keyset(AuditEvent.at, AuditEvent.id, newest_first=False)
_AT_ONCE = 500


@dataclass(frozen=True)
class Filters:
    """Which events; what is None does not matter. `until` is not included."""

    actor_id: str | None = None
    action: str | None = None
    object_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def list_events(
    principal: Principal, filters: Filters, limit: int, cursor: str | None
) -> tuple[list[Document], str | None]:
    """Return one page, newest first."""
    rows, following = split_page(_rows(_NEWEST.page(_chosen(principal, filters), limit, cursor)), limit, _key)
    return _documents(rows, _blinded(principal)), following


def event_lines(principal: Principal, filters: Filters) -> Iterator[str]:
    """Note the export, then return every event before it as a line of JSON, oldest first."""
    audit.note(principal, "audit_events.exported", "organisation", principal.organisation_id)
    until = min(filters.until, now()) if filters.until else now()
    db.session.commit()
    ended = Filters(filters.actor_id, filters.action, filters.object_id, filters.since, until)
    return (json.dumps(document) + "\n" for document in _all(principal, ended))


def _all(principal: Principal, filters: Filters) -> Iterator[Document]:
    """Yield all events, some hundreds in memory at a time and no transaction open between them."""
    blinded, cursor = _blinded(principal), None
    while True:
        rows = _rows(_OLDEST.page(_chosen(principal, filters), _AT_ONCE, cursor))
        page, cursor = split_page(rows, _AT_ONCE, _key)
        documents = _documents(page, blinded)
        db.session.remove()
        yield from documents
        if cursor is None:
            return


def _chosen(principal: Principal, filters: Filters) -> Select[AuditEvent, User | None]:
    events = select(AuditEvent, User).outerjoin(User, User.id == AuditEvent.actor_id)
    ours = AuditEvent.organisation_id == principal.organisation_id
    return events.where(ours, *_conditions(filters))


def _conditions(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.actor_id:
        yield AuditEvent.actor_id == filters.actor_id
    if filters.action:
        yield AuditEvent.action == filters.action
    if filters.object_id:
        yield AuditEvent.object_id == filters.object_id
    if filters.since:
        yield AuditEvent.at >= filters.since
    if filters.until:
        yield AuditEvent.at < filters.until


def _rows(query: Select[AuditEvent, User | None]) -> Sequence[Row]:
    return [(row[0], row[1]) for row in db.session.execute(query)]


def _key(row: Row) -> tuple[datetime, str]:
    return row[0].at, row[0].id


def _blinded(principal: Principal) -> frozenset[str]:
    """Return the analyses that the principal has still to judge blind."""
    return frozenset(db.session.scalars(select(Analysis.id).where(is_blinded(principal))))


def _documents(rows: Iterable[Row], blinded: frozenset[str]) -> list[Document]:
    return [_document(event, actor, hidden=_is_about(event, blinded)) for event, actor in rows]


def _is_about(event: AuditEvent, analyses: frozenset[str]) -> bool:
    return bool({event.object_id, _text(event.details, "analysis_id")} & analyses)


def _text(details: Mapping[str, Any], name: str) -> str | None:
    value = details.get(name)
    return value if isinstance(value, str) else None


def _document(event: AuditEvent, actor: User | None, *, hidden: bool) -> Document:
    who = {"id": actor.id, "name": actor.name, "email": actor.email} if actor else None
    return {
        "id": event.id,
        "at": timestamp(event.at),
        "actor": who or ({"id": event.actor_id, "name": None, "email": None} if event.actor_id else None),
        "actor_kind": event.actor_kind,
        "action": event.action,
        "object_type": event.object_type,
        "object_id": event.object_id,
        "address": event.address,
        "request_id": event.request_id,
        "details": {} if hidden else event.details,
    }
