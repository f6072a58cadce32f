"""Rare values found at once: indices of what a list asks first whether only few records have it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_FAILED = sa.text("status IN ('failed', 'cancelled')")


def upgrade() -> None:
    """Apply."""
    for name in ("model_version", "case_label"):
        op.create_index(f"ix_analyses_{name}", "analyses", [name])
    op.create_index(
        "ix_analyses_failed", "analyses", ["status"], sqlite_where=_FAILED, postgresql_where=_FAILED
    )


def downgrade() -> None:
    """Take back."""
    for name in ("failed", "case_label", "model_version"):
        op.drop_index(f"ix_analyses_{name}", "analyses")
