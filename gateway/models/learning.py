"""Learning: what a person marked in a field, and how it compares with a reference."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base, UtcDateTime, new_id, now
from gateway.models.columns import one_of

REFERENCES = ("model", "correction")


class Annotation(Base):
    """Marks of one person on one field, and their score; never changed afterwards.

    `marks` are `{x, y, class}` in pixels of the image. `outcome` says for every mark and every nucleus of
    the reference what became of it; the reference may change later, so the outcome is kept.
    """

    __tablename__ = "annotations"
    __table_args__ = (
        one_of("reference", REFERENCES, "reference_known"),
        CheckConstraint("radius_um > 0", name="radius_positive"),
        Index("ix_annotations_author", "author_id", "created_at", "id"),
        Index("ix_annotations_analysis", "analysis_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    analysis_id: Mapped[str] = mapped_column(ForeignKey("analyses.id", ondelete="CASCADE"))
    author_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    assignment_id: Mapped[str | None] = mapped_column(ForeignKey("assignments.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    marks: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    reference: Mapped[str] = mapped_column(String(12))
    revision: Mapped[int]
    correction_version: Mapped[int | None]
    radius_um: Mapped[float]
    scores: Mapped[dict[str, Any]] = mapped_column(JSON)
    outcome: Mapped[dict[str, Any]] = mapped_column(JSON)
