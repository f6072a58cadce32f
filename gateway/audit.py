"""Notes who did what to which record, from where; the caller commits, so that no deed is without its note.

Details hold what changed in words of the interface, never a result, a filename, a password or a key.
"""

from collections.abc import Sequence
from typing import Any, cast

from flask import g, has_request_context, request
from sqlalchemy import Table, insert

from gateway.database import db
from gateway.models import AuditEvent
from gateway.tenancy import Principal

Event = dict[str, Any]
_ADD = insert(cast(Table, AuditEvent.__table__))


def note(
    principal: Principal | None,
    action: str,
    object_type: str,
    object_id: str | None,
    *,
    organisation_id: str | None = None,
    **details: Any,
) -> None:
    """Add one event to the session; without a principal the service itself did it.

    `organisation_id` says whose trail it belongs to where that is not the principal's own.
    """
    told = event(principal, action, object_type, object_id, organisation_id=organisation_id, **details)
    db.session.add(AuditEvent(**told))


def note_all(events: Sequence[Event]) -> None:
    """Insert events at once: soonest where nothing slow follows before the commit."""
    if events:
        db.session.execute(_ADD, events)


def event(
    principal: Principal | None,
    action: str,
    object_type: str,
    object_id: str | None,
    *,
    organisation_id: str | None = None,
    **details: Any,
) -> Event:
    """Return one event by its columns."""
    asked = has_request_context()
    return {
        "organisation_id": organisation_id or (principal.organisation_id or None if principal else None),
        "actor_id": principal.user_id if principal else None,
        "actor_kind": principal.kind if principal else "service",
        "action": action,
        "object_type": object_type,
        "object_id": object_id,
        "address": request.remote_addr if asked else None,
        "request_id": g.get("request_id") if asked else None,
        "details": details,
    }
