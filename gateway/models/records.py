"""What: analyses, their results, what people added to them, and POSTs that a client may repeat.

An analysis' row is the truth about its state; the job queue is only a hint. A result is never overwritten:
new thresholds make a new revision, a person's corrections a layer above it.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gateway.database import Base, UtcDateTime, new_id, now
from gateway.models.columns import one_of

STATUSES = ("queued", "running", "succeeded", "failed", "cancelled")
UNFINISHED = ("queued", "running")
FAILURES = ("failed", "cancelled")
HAS_FAILED = "status IN ('failed', 'cancelled')"
"""In these words alone it leads into the index of what has failed."""
CATEGORIES = ("low", "borderline", "high")
SCALE_SOURCES = ("request", "file", "assumed")
_FILTERED = ("status", "model_version", "case_label", "current_revision", "search_text")
"""Filters look at these: they lie in the index, so that a list is found without reading the rows."""
_SEARCH_LIMIT = 400


def folded_names(filename: str, case_label: str | None) -> str:
    """Return what a search by text looks through: case label and filename, without their case."""
    return f"{case_label or ''}\n{filename}".casefold()[:_SEARCH_LIMIT]


def _folded(context: Any) -> str:
    given = context.get_current_parameters()
    return folded_names(given["filename"], given.get("case_label"))


class Analysis(Base):
    """One image on its way to a score: what was asked, where it stands, who works on it.

    `attempts` that failed and claims `abandoned` by a process that ended are counted apart: the image may be
    to blame for both, but a restart of the service is more likely for the second.
    """

    __tablename__ = "analyses"
    __table_args__ = (
        one_of("status", STATUSES, "status_known"),
        CheckConstraint(
            "(status = 'succeeded') = (current_revision IS NOT NULL)", name="result_when_succeeded"
        ),
        CheckConstraint("(status = 'failed') = (problem IS NOT NULL)", name="problem_when_failed"),
        CheckConstraint("(status = 'running') = (claim_token IS NOT NULL)", name="claim_when_running"),
        Index("ix_analyses_owner", "owner_id", "organisation_id", "created_at", "id", *_FILTERED),
        Index("ix_analyses_organisation", "organisation_id", "created_at", "id", "owner_id", *_FILTERED),
        Index("ix_analyses_model_version", "model_version"),
        Index("ix_analyses_case_label", "case_label"),
        Index(
            "ix_analyses_failed", "status", sqlite_where=text(HAS_FAILED), postgresql_where=text(HAS_FAILED)
        ),
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
    case_label: Mapped[str | None] = mapped_column(String(100))
    search_text: Mapped[str] = mapped_column(String(_SEARCH_LIMIT), default=_folded, server_default="")
    upload_sha256: Mapped[str] = mapped_column(String(64), server_default="")
    """Of the file as it was uploaded, for who compares it with theirs."""
    image_sha256: Mapped[str] = mapped_column(String(64), index=True)
    """Of the bytes as stored, without metadata: their name, and checked on every read."""
    image_width_px: Mapped[int]
    image_height_px: Mapped[int]
    options: Mapped[dict[str, str]] = mapped_column(JSON)
    model_name: Mapped[str] = mapped_column(String(64))
    model_version: Mapped[str] = mapped_column(String(32))
    chosen_by: Mapped[str | None] = mapped_column(String(8))
    """Why that version: default, canary, request or fallback; null in records older than routes."""
    instead_of: Mapped[str | None] = mapped_column(String(32))
    """The version first chosen, where it was gone or failed and another scores."""
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
    tags: Mapped[list["Tag"]] = relationship(
        order_by="Tag.name", passive_deletes=True, cascade="all, delete-orphan"
    )
    corrections: Mapped[list["Correction"]] = relationship(
        primaryjoin="Analysis.id == foreign(Correction.analysis_id)",
        order_by="Correction.revision",
        viewonly=True,
    )


class Tag(Base):
    """A word that its owner put on an analysis."""

    __tablename__ = "tags"

    analysis_id: Mapped[str] = mapped_column(ForeignKey("analyses.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(50), primary_key=True, index=True)


class Result(Base):
    """One scored revision of an analysis; the first is the model's, later ones have other thresholds."""

    __tablename__ = "results"
    __table_args__ = (
        CheckConstraint("revision >= 1", name="revision_from_one"),
        CheckConstraint("immunopositive >= 0 AND immunonegative >= 0", name="counts_not_negative"),
        CheckConstraint("index_percent BETWEEN 0 AND 100", name="index_is_a_percentage"),
        CheckConstraint("(index_percent IS NULL) = (category IS NULL)", name="category_with_index"),
        one_of("category", CATEGORIES, "category_known"),
        one_of("scale_source", SCALE_SOURCES, "scale_source_known"),
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


class Correction(Base):
    """What a person changed by hand in one revision: a layer above it with a score of its own.

    `edits` hold `removed` (places in the revision's list of nuclei), `relabelled` (place and class) and
    `added` (x, y in pixels of the image, class). The revision beneath stays as the model left it.
    """

    __tablename__ = "corrections"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_from_one"),
        CheckConstraint("immunopositive >= 0 AND immunonegative >= 0", name="counts_not_negative"),
        CheckConstraint("index_percent BETWEEN 0 AND 100", name="index_is_a_percentage"),
        one_of("category", CATEGORIES, "category_known"),
        ForeignKeyConstraint(
            ["analysis_id", "revision"], ["results.analysis_id", "results.revision"], ondelete="CASCADE"
        ),
    )

    analysis_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    author_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    edits: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    immunopositive: Mapped[int]
    immunonegative: Mapped[int]
    index_percent: Mapped[float | None]
    index_interval_percent: Mapped[list[float] | None] = mapped_column(JSON(none_as_null=True))
    category: Mapped[str | None] = mapped_column(String(10))
    category_certain: Mapped[bool | None]


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
