"""Claims that their process abandoned are counted apart from attempts that failed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("analyses", sa.Column("abandoned", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Take back; in place, as SQLite's copy of the table would drop the old one and with it all results."""
    op.drop_column("analyses", "abandoned")
