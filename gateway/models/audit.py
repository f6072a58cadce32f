"""The audit trail: who did what to which record, when, from where. Rows are only ever added.

The database itself refuses to change or delete one (triggers of the migration). No foreign keys: an event
outlives what it tells of.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base, UtcDateTime, new_id, now


class AuditEvent(Base):
    """One deed."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_organisation", "organisation_id", "at", "id"),
        Index("ix_audit_events_object", "object_id", "at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    organisation_id: Mapped[str | None] = mapped_column(String(32))
    actor_id: Mapped[str | None] = mapped_column(String(32))
    actor_kind: Mapped[str] = mapped_column(String(10))
    """key, session, command, service or operator."""
    action: Mapped[str] = mapped_column(String(50))
    object_type: Mapped[str] = mapped_column(String(30))
    object_id: Mapped[str | None] = mapped_column(String(64))
    address: Mapped[str | None] = mapped_column(String(45))
    request_id: Mapped[str | None] = mapped_column(String(64))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
