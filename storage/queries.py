"""What every group of queries stands on: the open transaction's connection, and the one error callers repeat after.

Promise: statements are built once, at import, and run with values by name; building one per call cost more than SQLite
itself (measured: half of a turn). Limits: a group begins and ends no transaction; store.py does. kept.py runs them.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam

from storage.kept import Runner

THIS: BindParameter[Any] = bindparam("this")
"""The key that a statement is about; no column has this name, so it never reads as a value to be written."""

NOW: BindParameter[datetime] = bindparam("now")


class Conflict(Exception):
    """Somebody else changed the row meanwhile; the transaction runs again, which is safe because deciding is pure."""


class Queries:
    """Queries over one open transaction."""

    def __init__(self, link: Connection) -> None:
        """Work on this connection, inside its transaction."""
        self._link = Runner(link)
