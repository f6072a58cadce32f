"""Lists of 100,000 records from an index alone: what filters look at lies in it, names in one folded text."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_FILTERED = ["status", "model_version", "case_label", "current_revision", "search_text"]
_LIMIT = 400
_BATCH = 1000


def upgrade() -> None:
    """Apply."""
    column = sa.Column("search_text", sa.String(length=_LIMIT), server_default="", nullable=False)
    op.add_column("analyses", column)
    _fill()
    for name in ("ix_analyses_owner", "ix_analyses_organisation", "ix_analyses_case_label"):
        op.drop_index(name, "analyses")
    newest = ["created_at", "id"]
    op.create_index("ix_analyses_owner", "analyses", ["owner_id", "organisation_id", *newest, *_FILTERED])
    op.create_index(
        "ix_analyses_organisation", "analyses", ["organisation_id", *newest, "owner_id", *_FILTERED]
    )


def _fill() -> None:
    """Fold the names there are, as new records have them folded."""
    table = sa.table("analyses", *(sa.column(name) for name in ("id", "filename", "case_label")))
    text: sa.ColumnClause[str] = sa.column("search_text")
    change = sa.update(sa.table("analyses", sa.column("id"), text)).where(
        sa.column("id") == sa.bindparam("i")
    )
    connection = op.get_bind()
    rows = connection.execute(sa.select(table.c.id, table.c.filename, table.c.case_label)).all()
    for start in range(0, len(rows), _BATCH):
        values = [
            {"i": row[0], "t": f"{row[2] or ''}\n{row[1]}".casefold()[:_LIMIT]}
            for row in rows[start : start + _BATCH]
        ]
        connection.execute(change.values(search_text=sa.bindparam("t")), values)


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_analyses_organisation", "analyses")
    op.drop_index("ix_analyses_owner", "analyses")
    op.create_index("ix_analyses_owner", "analyses", ["owner_id", "organisation_id", "created_at", "id"])
    op.create_index("ix_analyses_organisation", "analyses", ["organisation_id", "created_at", "id"])
    op.create_index("ix_analyses_case_label", "analyses", ["organisation_id", "case_label"])
    op.drop_column("analyses", "search_text")
