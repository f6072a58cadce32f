"""Which version scores: the routes, what comparing versions found, canaries taken out, operators' keys.

Nothing here belongs to an organisation but a comparison, which goes with its analysis.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base, UtcDateTime, new_id, now


class ModelRoutes(Base):
    """The one row of routes; `revision` counts its changes."""

    __tablename__ = "model_routes"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("(canary_version IS NULL) = (canary_percent IS NULL)", name="canary_with_percent"),
        CheckConstraint("(canary_version IS NULL) = (canary_since IS NULL)", name="canary_with_time"),
        CheckConstraint("(shadow_version IS NULL) = (shadow_percent IS NULL)", name="shadow_with_percent"),
        CheckConstraint("canary_percent BETWEEN 0 AND 100", name="canary_is_a_percentage"),
        CheckConstraint("shadow_percent BETWEEN 0 AND 100", name="shadow_is_a_percentage"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[int]
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, onupdate=now)
    default_version: Mapped[str] = mapped_column(String(32))
    previous_version: Mapped[str | None] = mapped_column(String(32))
    canary_version: Mapped[str | None] = mapped_column(String(32))
    canary_percent: Mapped[float | None]
    canary_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    shadow_version: Mapped[str | None] = mapped_column(String(32))
    shadow_percent: Mapped[float | None]
    versions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """Of each: version, weights_sha256, archive_sha256, engine."""
    withdrawn: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """The canary taken out last: version, reason, detail, at."""


class CanaryWithdrawal(Base):
    """A canary that was taken out by itself. Rows are only added: metrics count them."""

    __tablename__ = "canary_withdrawals"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    version: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(String(20))
    detail: Mapped[str] = mapped_column(String(200))


class Comparison(Base):
    """How a candidate differed from the current version on one image; never an index by itself.

    `failed`: the candidate could not score what the current version could.
    """

    __tablename__ = "comparisons"
    __table_args__ = (Index("ix_comparisons_pair", "candidate", "current", "at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    analysis_id: Mapped[str] = mapped_column(ForeignKey("analyses.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    candidate: Mapped[str] = mapped_column(String(32))
    current: Mapped[str] = mapped_column(String(32))
    failed: Mapped[bool]
    index_points: Mapped[float | None]
    category_changed: Mapped[bool | None]


class OperatorKey(Base):
    """The key of a program that operates versions: it belongs to no organisation and reaches no record."""

    __tablename__ = "operator_keys"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200))
    prefix: Mapped[str] = mapped_column(String(16), unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
