"""How alembic meets our schema: on the connection it is handed, inside the transaction that migrate.py opened.

Promise: it opens nothing and commits nothing by itself. Limits: there is no offline mode; the desk has one database and
migrates it through its own writer.
"""

from alembic import context

from storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by writing it anew
)
context.run_migrations()
