"""Routes of model versions, comparisons between them, operators' keys; who chose an analysis' version."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply; columns in place, as SQLite's copy of a table drops the old one and with it all results."""
    op.add_column("analyses", sa.Column("chosen_by", sa.String(length=8), nullable=True))
    op.add_column("analyses", sa.Column("instead_of", sa.String(length=32), nullable=True))
    op.create_index("ix_analyses_image_sha256", "analyses", ["image_sha256"])
    op.create_table(
        "canary_withdrawals",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canary_withdrawals")),
    )
    _create_routes()
    _create_comparisons()
    op.create_table(
        "operator_keys",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("prefix", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=True),
        sa.Column("revoked_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_keys")),
        sa.UniqueConstraint("prefix", name=op.f("uq_operator_keys_prefix")),
    )


def _create_routes() -> None:
    checks = {
        "one_row": "id = 1",
        "canary_with_percent": "(canary_version IS NULL) = (canary_percent IS NULL)",
        "canary_with_time": "(canary_version IS NULL) = (canary_since IS NULL)",
        "shadow_with_percent": "(shadow_version IS NULL) = (shadow_percent IS NULL)",
        "canary_is_a_percentage": "canary_percent BETWEEN 0 AND 100",
        "shadow_is_a_percentage": "shadow_percent BETWEEN 0 AND 100",
    }
    op.create_table(
        "model_routes",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.Column("default_version", sa.String(length=32), nullable=False),
        sa.Column("previous_version", sa.String(length=32), nullable=True),
        sa.Column("canary_version", sa.String(length=32), nullable=True),
        sa.Column("canary_percent", sa.Double(), nullable=True),
        sa.Column("canary_since", _TIME, nullable=True),
        sa.Column("shadow_version", sa.String(length=32), nullable=True),
        sa.Column("shadow_percent", sa.Double(), nullable=True),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("withdrawn", sa.JSON(), nullable=True),
        *(sa.CheckConstraint(text, name=op.f(f"ck_model_routes_{name}")) for name, text in checks.items()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_routes")),
    )


def _create_comparisons() -> None:
    op.create_table(
        "comparisons",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("analysis_id", sa.String(length=32), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("candidate", sa.String(length=32), nullable=False),
        sa.Column("current", sa.String(length=32), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("index_points", sa.Double(), nullable=True),
        sa.Column("category_changed", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["analysis_id"], ["analyses.id"], name=op.f("fk_comparisons_analysis_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comparisons")),
    )
    op.create_index("ix_comparisons_analysis_id", "comparisons", ["analysis_id"])
    op.create_index("ix_comparisons_pair", "comparisons", ["candidate", "current", "at"])


def downgrade() -> None:
    """Take back."""
    for table in ("operator_keys", "comparisons", "model_routes", "canary_withdrawals"):
        op.drop_table(table)
    op.drop_index("ix_analyses_image_sha256", "analyses")
    op.drop_column("analyses", "instead_of")
    op.drop_column("analyses", "chosen_by")
