"""Second opinions: whom one likes to ask, who was asked for what, and what they found."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base, UtcDateTime, new_id, now
from gateway.models.columns import one_of
from gateway.models.records import CATEGORIES

PURPOSES = ("second_opinion", "learning")
ASSIGNMENT_STATUSES = ("requested", "accepted", "declined", "done")
OPEN_ASSIGNMENT = ("requested", "accepted")
AGREEMENTS = ("agree", "disagree", "unsure")
_IS_OPEN = text("status IN ('requested', 'accepted')")


class Contact(Base):
    """A favourite of one person in one organisation; the address need not belong to anybody yet."""

    __tablename__ = "contacts"
    __table_args__ = (UniqueConstraint("user_id", "organisation_id", "email"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id", ondelete="CASCADE"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Assignment(Base):
    """One record, shown to one person: for a second opinion, or for a student to learn from.

    While it is open and `blind`, the model's result is hidden from the assignee everywhere. An address
    that belongs to nobody yet is kept, and the assignment is theirs once they have verified it.
    """

    __tablename__ = "assignments"
    __table_args__ = (
        one_of("purpose", PURPOSES, "purpose_known"),
        one_of("status", ASSIGNMENT_STATUSES, "status_known"),
        Index("ix_assignments_assignee", "assignee_id", "status", "analysis_id"),
        Index("ix_assignments_address", "assignee_email"),
        Index(
            "uq_assignments_open",
            "analysis_id",
            "assignee_email",
            unique=True,
            sqlite_where=_IS_OPEN,
            postgresql_where=_IS_OPEN,
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    analysis_id: Mapped[str] = mapped_column(ForeignKey("analyses.id", ondelete="CASCADE"))
    assigner_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    assignee_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"))
    assignee_email: Mapped[str] = mapped_column(String(320))
    purpose: Mapped[str] = mapped_column(String(20), default="second_opinion")
    blind: Mapped[bool]
    note: Mapped[str] = mapped_column(Text, default="")
    due_on: Mapped[date | None]
    status: Mapped[str] = mapped_column(String(10), default="requested")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Review(Base):
    """What a person found in a record: own counts or a category, whether they agree, a comment.

    `blind` is what the service can vouch for: given under a blind assignment, before the result was shown.
    """

    __tablename__ = "reviews"
    __table_args__ = (
        CheckConstraint("immunopositive >= 0 AND immunonegative >= 0", name="counts_not_negative"),
        CheckConstraint("(immunopositive IS NULL) = (immunonegative IS NULL)", name="counts_come_together"),
        CheckConstraint(
            "immunopositive IS NOT NULL OR category IS NOT NULL OR agreement IS NOT NULL",
            name="says_something",
        ),
        CheckConstraint("index_percent BETWEEN 0 AND 100", name="index_is_a_percentage"),
        one_of("category", CATEGORIES, "category_known"),
        one_of("agreement", AGREEMENTS, "agreement_known"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    analysis_id: Mapped[str] = mapped_column(ForeignKey("analyses.id", ondelete="CASCADE"), index=True)
    assignment_id: Mapped[str | None] = mapped_column(
        ForeignKey("assignments.id", ondelete="SET NULL"), unique=True
    )
    reviewer_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="RESTRICT"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    blind: Mapped[bool]
    revision: Mapped[int | None]
    """The model's revision that stood for the analysis at the time."""
    immunopositive: Mapped[int | None]
    immunonegative: Mapped[int | None]
    index_percent: Mapped[float | None]
    category: Mapped[str | None] = mapped_column(String(10))
    agreement: Mapped[str | None] = mapped_column(String(10))
    comment: Mapped[str] = mapped_column(Text, default="")
