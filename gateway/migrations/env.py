"""Alembic's environment: runs migrations on the database of the current Flask application."""

from alembic import context
from flask import current_app

from gateway.database import is_ours

_database = current_app.extensions["migrate"].db


def _run() -> None:
    with _database.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=_database.metadata,
            render_as_batch=True,
            compare_type=True,
            include_name=is_ours,
            user_module_prefix="gateway.database.",
        )
        with context.begin_transaction():
            context.run_migrations()


_run()
