"""Called by Alembic; the connection and its transaction come from ``schema.py``."""

from alembic import context

from reminder.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite cannot alter a column, so a table is copied instead.
    render_as_batch=True,
)
context.run_migrations()
