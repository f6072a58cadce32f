"""Sign-in, invitations, corrections, tags, second opinions, learning and the audit trail."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_APPEND_ONLY = {
    "sqlite": [
        f"CREATE TRIGGER audit_events_no_{deed.lower()} BEFORE {deed} ON audit_events "
        "BEGIN SELECT RAISE(ABORT, 'audit events are only ever added'); END"
        for deed in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        "CREATE FUNCTION audit_events_are_kept() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit events are only ever added'; END $$",
        "CREATE TRIGGER audit_events_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_events_are_kept()",
    ],
}


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "audit_events",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.String(length=32), nullable=True),
        sa.Column("actor_id", sa.String(length=32), nullable=True),
        sa.Column("actor_kind", sa.String(length=10), nullable=False),
        sa.Column("action", sa.String(length=50), nullable=False),
        sa.Column("object_type", sa.String(length=30), nullable=False),
        sa.Column("object_id", sa.String(length=64), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
    )
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.create_index("ix_audit_events_object", ["object_id", "at"], unique=False)
        batch_op.create_index("ix_audit_events_organisation", ["organisation_id", "at", "id"], unique=False)

    op.create_table(
        "browser_sessions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_browser_sessions_organisation_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_browser_sessions_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_browser_sessions")),
        sa.UniqueConstraint("digest", name=op.f("uq_browser_sessions_digest")),
    )
    with op.batch_alter_table("browser_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_browser_sessions_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_browser_sessions_user_id"), ["user_id"], unique=False)

    op.create_table(
        "contacts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_contacts_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_contacts_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint(
            "user_id", "organisation_id", "email", name=op.f("uq_contacts_user_id_organisation_id_email")
        ),
    )
    op.create_table(
        "email_tokens",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('verify', 'reset')", name=op.f("ck_email_tokens_purpose_known")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_email_tokens_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_email_tokens_digest")),
    )
    with op.batch_alter_table("email_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_email_tokens_user_id"), ["user_id"], unique=False)

    op.create_table(
        "invitations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.String(length=32), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("invited_by_id", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('administrator', 'pathologist', 'analyst', 'student')",
            name=op.f("ck_invitations_role_known"),
        ),
        sa.ForeignKeyConstraint(
            ["invited_by_id"], ["users.id"], name=op.f("fk_invitations_invited_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_invitations_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("digest", name=op.f("uq_invitations_digest")),
    )
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitations_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "oidc_identities",
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_oidc_identities_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_oidc_identities")),
    )
    with op.batch_alter_table("oidc_identities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_oidc_identities_user_id"), ["user_id"], unique=False)

    op.create_table(
        "assignments",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("analysis_id", sa.String(length=32), nullable=False),
        sa.Column("assigner_id", sa.String(length=32), nullable=False),
        sa.Column("assignee_id", sa.String(length=32), nullable=True),
        sa.Column("assignee_email", sa.String(length=320), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('second_opinion', 'learning')", name=op.f("ck_assignments_purpose_known")
        ),
        sa.CheckConstraint(
            "status IN ('requested', 'accepted', 'declined', 'done')",
            name=op.f("ck_assignments_status_known"),
        ),
        sa.ForeignKeyConstraint(
            ["analysis_id"], ["analyses.id"], name=op.f("fk_assignments_analysis_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["users.id"], name=op.f("fk_assignments_assignee_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["assigner_id"], ["users.id"], name=op.f("fk_assignments_assigner_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
    )
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.create_index("ix_assignments_address", ["assignee_email"], unique=False)
        batch_op.create_index(
            "ix_assignments_assignee", ["assignee_id", "status", "analysis_id"], unique=False
        )
        batch_op.create_index(
            "uq_assignments_open",
            ["analysis_id", "assignee_email"],
            unique=True,
            sqlite_where=sa.text("status IN ('requested', 'accepted')"),
            postgresql_where=sa.text("status IN ('requested', 'accepted')"),
        )

    op.create_table(
        "tags",
        sa.Column("analysis_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.ForeignKeyConstraint(
            ["analysis_id"], ["analyses.id"], name=op.f("fk_tags_analysis_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("analysis_id", "name", name=op.f("pk_tags")),
    )
    with op.batch_alter_table("tags", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tags_name"), ["name"], unique=False)

    op.create_table(
        "annotations",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("analysis_id", sa.String(length=32), nullable=False),
        sa.Column("author_id", sa.String(length=32), nullable=False),
        sa.Column("assignment_id", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("correction_version", sa.Integer(), nullable=True),
        sa.Column("radius_um", sa.Double(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "reference IN ('model', 'correction')", name=op.f("ck_annotations_reference_known")
        ),
        sa.CheckConstraint("radius_um > 0", name=op.f("ck_annotations_radius_positive")),
        sa.ForeignKeyConstraint(
            ["analysis_id"], ["analyses.id"], name=op.f("fk_annotations_analysis_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["assignments.id"],
            name=op.f("fk_annotations_assignment_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_annotations_author_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotations")),
    )
    with op.batch_alter_table("annotations", schema=None) as batch_op:
        batch_op.create_index("ix_annotations_analysis", ["analysis_id", "created_at", "id"], unique=False)
        batch_op.create_index("ix_annotations_author", ["author_id", "created_at", "id"], unique=False)

    op.create_table(
        "corrections",
        sa.Column("analysis_id", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edits", sa.JSON(), nullable=False),
        sa.Column("immunopositive", sa.Integer(), nullable=False),
        sa.Column("immunonegative", sa.Integer(), nullable=False),
        sa.Column("index_percent", sa.Double(), nullable=True),
        sa.Column("index_interval_percent", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("category", sa.String(length=10), nullable=True),
        sa.Column("category_certain", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "category IN ('low', 'borderline', 'high')", name=op.f("ck_corrections_category_known")
        ),
        sa.CheckConstraint(
            "immunopositive >= 0 AND immunonegative >= 0", name=op.f("ck_corrections_counts_not_negative")
        ),
        sa.CheckConstraint(
            "index_percent BETWEEN 0 AND 100", name=op.f("ck_corrections_index_is_a_percentage")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_corrections_version_from_one")),
        sa.ForeignKeyConstraint(
            ["analysis_id", "revision"],
            ["results.analysis_id", "results.revision"],
            name=op.f("fk_corrections_analysis_id_revision"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_corrections_author_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("analysis_id", "revision", name=op.f("pk_corrections")),
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("analysis_id", sa.String(length=32), nullable=False),
        sa.Column("assignment_id", sa.String(length=32), nullable=True),
        sa.Column("reviewer_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("immunopositive", sa.Integer(), nullable=True),
        sa.Column("immunonegative", sa.Integer(), nullable=True),
        sa.Column("index_percent", sa.Double(), nullable=True),
        sa.Column("category", sa.String(length=10), nullable=True),
        sa.Column("agreement", sa.String(length=10), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "agreement IN ('agree', 'disagree', 'unsure')", name=op.f("ck_reviews_agreement_known")
        ),
        sa.CheckConstraint(
            "category IN ('low', 'borderline', 'high')", name=op.f("ck_reviews_category_known")
        ),
        sa.CheckConstraint(
            "(immunopositive IS NULL) = (immunonegative IS NULL)",
            name=op.f("ck_reviews_counts_come_together"),
        ),
        sa.CheckConstraint(
            "immunopositive >= 0 AND immunonegative >= 0", name=op.f("ck_reviews_counts_not_negative")
        ),
        sa.CheckConstraint(
            "immunopositive IS NOT NULL OR category IS NOT NULL OR agreement IS NOT NULL",
            name=op.f("ck_reviews_says_something"),
        ),
        sa.CheckConstraint("index_percent BETWEEN 0 AND 100", name=op.f("ck_reviews_index_is_a_percentage")),
        sa.ForeignKeyConstraint(
            ["analysis_id"], ["analyses.id"], name=op.f("fk_reviews_analysis_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignments.id"], name=op.f("fk_reviews_assignment_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["users.id"], name=op.f("fk_reviews_reviewer_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("assignment_id", name=op.f("uq_reviews_assignment_id")),
    )
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reviews_analysis_id"), ["analysis_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reviews_reviewer_id"), ["reviewer_id"], unique=False)

    op.add_column("analyses", sa.Column("case_label", sa.String(length=100)))
    op.create_index("ix_analyses_case_label", "analyses", ["organisation_id", "case_label"])
    for column in _user_columns():
        op.add_column("users", column)
    _add_settings()
    for statement in _APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def _user_columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("email_verified_at", sa.DateTime(timezone=True)),
        sa.Column("password_hash", sa.String(length=200)),
        sa.Column("failed_sign_ins", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True)),
        sa.Column("disabled_at", sa.DateTime(timezone=True)),
    )


def _add_settings() -> None:
    """Add an organisation's settings in place: SQLite's copy of the table would drop all memberships."""
    moment = sa.Column(
        "updated_at", sa.DateTime(timezone=True), server_default=sa.text("'2026-01-01'"), nullable=False
    )
    op.add_column("organisations", moment)
    op.execute("UPDATE organisations SET updated_at = created_at")
    op.add_column("organisations", sa.Column("category_boundaries_percent", sa.JSON(none_as_null=True)))
    for name, kind, check, rule in (
        ("default_mpp", sa.Double(), "default_mpp_positive", "default_mpp > 0"),
        ("retention_days", sa.Integer(), "retention_a_day_or_more", "retention_days >= 1"),
    ):
        written = kind.compile(dialect=op.get_bind().dialect)
        op.execute(
            f"ALTER TABLE organisations ADD COLUMN {name} {written} "
            f"CONSTRAINT ck_organisations_{check} CHECK ({rule})"
        )


def downgrade() -> None:
    """Take back."""
    for column in ("retention_days", "default_mpp", "category_boundaries_percent", "updated_at"):
        op.drop_column("organisations", column)
    for each in _user_columns():
        op.drop_column("users", each.name)
    op.drop_index("ix_analyses_case_label", "analyses")
    op.drop_column("analyses", "case_label")
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reviews_reviewer_id"))
        batch_op.drop_index(batch_op.f("ix_reviews_analysis_id"))

    op.drop_table("reviews")
    op.drop_table("corrections")
    with op.batch_alter_table("annotations", schema=None) as batch_op:
        batch_op.drop_index("ix_annotations_author")
        batch_op.drop_index("ix_annotations_analysis")

    op.drop_table("annotations")
    with op.batch_alter_table("tags", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tags_name"))

    op.drop_table("tags")
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_assignments_open",
            sqlite_where=sa.text("status IN ('requested', 'accepted')"),
            postgresql_where=sa.text("status IN ('requested', 'accepted')"),
        )
        batch_op.drop_index("ix_assignments_assignee")
        batch_op.drop_index("ix_assignments_address")

    op.drop_table("assignments")
    with op.batch_alter_table("oidc_identities", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_oidc_identities_user_id"))

    op.drop_table("oidc_identities")
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitations_organisation_id"))

    op.drop_table("invitations")
    with op.batch_alter_table("email_tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_email_tokens_user_id"))

    op.drop_table("email_tokens")
    op.drop_table("contacts")
    with op.batch_alter_table("browser_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_browser_sessions_user_id"))
        batch_op.drop_index(batch_op.f("ix_browser_sessions_expires_at"))

    op.drop_table("browser_sessions")
    with op.batch_alter_table("audit_events", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_events_organisation")
        batch_op.drop_index("ix_audit_events_object")

    op.drop_table("audit_events")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_events_are_kept()")
