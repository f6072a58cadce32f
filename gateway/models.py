"""The tables: who (organisations, users, memberships, API keys) and what (analyses and their results).

Every record belongs to an organisation and to the user who made it. An analysis' row is the truth about
its state; the job queue is only a hint. A result is never overwritten: new thresholds make a new revision.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gateway.database import Base, UtcDateTime, new_id, now

ROLES = ("administrator", "pathologist", "analyst", "student")
STATUSES = ("queued", "running", "succeeded", "failed", "cancelled")
UNFINISHED = ("queued", "running")
CATEGORIES = ("low", "borderline", "high")
SCALE_SOURCES = ("request", "file", "assumed")


def _one_of(column: str, values: tuple[str, ...], name: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=name)


class Organisation(Base):
    """An institution; everything belongs to one."""

    __tablename__ = "organisations"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class User(Base):
    """A person, in one organisation or several."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Membership(Base):
    """What a user is in an organisation."""

    __tablename__ = "memberships"
    __table_args__ = (_one_of("role", ROLES, "role_known"),)

    organisation_id: Mapped[str] = mapped_column(
        ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class ApiKey(Base):
    """A program's key: its visible prefix, and an HMAC-SHA-256 of the rest. The key itself is nowhere."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    organisation_id: Mapped[str] = mapped_column(
        ForeignKey("organisations.id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    prefix: Mapped[str] = mapped_column(String(16), unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Analysis(Base):
    """One image on its way to a score: what was asked, where it stands, who works on it.

    `attempts` that failed and claims `abandoned` by a process that ended are counted apart: the image may be
    to blame for both, but a restart of the service is more likely for the second.
    """

    __tablename__ = "analyses"
    __table_args__ = (
        _one_of("status", STATUSES, "status_known"),
        CheckConstraint(
            "(status = 'succeeded') = (current_revision IS NOT NULL)", name="result_when_succeeded"
        ),
        CheckConstraint("(status = 'failed') = (problem IS NOT NULL)", name="problem_when_failed"),
        CheckConstraint("(status = 'running') = (claim_token IS NOT NULL)", name="claim_when_running"),
        Index("ix_analyses_owner", "owner_id", "organisation_id", "created_at", "id"),
        Index("ix_analyses_organisation", "organisation_id", "created_at", "id"),
        Index(
            "ix_analyses_unfinished",
            "due_at",
            sqlite_where=text("status IN ('queued', 'running')"),
            postgresql_where=text("status IN ('queued', 'running')"),
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id", ondelete="RESTRICT"))
    owner_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    status: Mapped[str] = mapped_column(String(12), default="queued")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    filename: Mapped[str] = mapped_column(String(255))
    upload_sha256: Mapped[str] = mapped_column(String(64), server_default="")
    """Of the file as it was uploaded, for who compares it with theirs."""
    image_sha256: Mapped[str] = mapped_column(String(64))
    """Of the bytes as stored, without metadata: their name, and checked on every read."""
    image_width_px: Mapped[int]
    image_height_px: Mapped[int]
    options: Mapped[dict[str, str]] = mapped_column(JSON)
    model_name: Mapped[str] = mapped_column(String(64))
    model_version: Mapped[str] = mapped_column(String(32))
    current_revision: Mapped[int | None]
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    attempts: Mapped[int] = mapped_column(default=0)
    abandoned: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    claim_token: Mapped[str | None] = mapped_column(String(32))
    lease_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    results: Mapped[list["Result"]] = relationship(
        back_populates="analysis",
        order_by="Result.revision",
        passive_deletes=True,
        cascade="all, delete-orphan",
    )


class Result(Base):
    """One scored revision of an analysis; the first is the model's, later ones have other thresholds."""

    __tablename__ = "results"
    __table_args__ = (
        CheckConstraint("revision >= 1", name="revision_from_one"),
        CheckConstraint("immunopositive >= 0 AND immunonegative >= 0", name="counts_not_negative"),
        CheckConstraint("index_percent BETWEEN 0 AND 100", name="index_is_a_percentage"),
        CheckConstraint("(index_percent IS NULL) = (category IS NULL)", name="category_with_index"),
        _one_of("category", CATEGORIES, "category_known"),
        _one_of("scale_source", SCALE_SOURCES, "scale_source_known"),
        Index("ix_results_category", "category", "analysis_id"),
    )

    analysis_id: Mapped[str] = mapped_column(ForeignKey("analyses.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    mpp: Mapped[float]
    scale_source: Mapped[str] = mapped_column(String(8))
    weights_sha256: Mapped[str] = mapped_column(String(64))
    engine: Mapped[dict[str, str]] = mapped_column(JSON)
    thresholds: Mapped[dict[str, Any]] = mapped_column(JSON)
    immunopositive: Mapped[int]
    immunonegative: Mapped[int]
    index_percent: Mapped[float | None]
    index_interval_percent: Mapped[list[float] | None] = mapped_column(JSON(none_as_null=True))
    category: Mapped[str | None] = mapped_column(String(10))
    category_certain: Mapped[bool | None]
    warnings: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    nuclei_key: Mapped[str] = mapped_column(String(200))
    map_key: Mapped[str] = mapped_column(String(200))

    analysis: Mapped[Analysis] = relationship(back_populates="results")


class IdempotencyKey(Base):
    """A POST that a client may repeat: what it was and which items it made."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("user_id", "organisation_id", "key"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(255))
    fingerprint: Mapped[str] = mapped_column(String(64))
    items: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
    lease_expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
