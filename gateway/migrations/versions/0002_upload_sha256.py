"""Images are stored without metadata: the checksum of the file as it was uploaded becomes a column."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; what is stored already is stored as it was uploaded.

    No batch: SQLite would make the table anew, and deleting the old one would delete all results.
    """
    op.add_column(
        "analyses", sa.Column("upload_sha256", sa.String(length=64), nullable=False, server_default="")
    )
    op.execute("UPDATE analyses SET upload_sha256 = image_sha256")


def downgrade() -> None:
    """Take back."""
    op.drop_column("analyses", "upload_sha256")
