"""The job queue's tables, where PostgreSQL keeps it; SQLite's queue is a file of its own."""

from alembic import op
from huey.storage import PostgresStorage

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TABLES = ("huey_kv", "huey_schedule", "huey_task", "huey_counter")


def upgrade() -> None:
    """Apply; the statements are the queue's own."""
    if op.get_bind().dialect.name == "postgresql":
        for statement in PostgresStorage(create_tables=False).ddl:
            op.execute(statement)


def downgrade() -> None:
    """Take back; a queue holds hints only."""
    if op.get_bind().dialect.name == "postgresql":
        for name in _TABLES:
            op.drop_table(name)
