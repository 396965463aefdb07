"""Connections to the platform's database, set so that deleting means deleting.

On SQLite every connection has secure_delete and foreign keys on and waits a bounded time for a lock; the file must
exist already. A connection opened for writing takes the write lock at once, so that a plan recomputed inside the
transaction cannot change before it is carried out.
"""

from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

BUSY_SECONDS = 5.0
_CLEARING_MS = 250


def engine_for(url: str, busy_seconds: float = BUSY_SECONDS) -> sa.Engine:
    """An engine whose errors show no bound values; waits `busy_seconds` for a lock. Nothing is opened yet."""
    where = sa.make_url(url)
    if where.get_backend_name() != "sqlite":
        return sa.create_engine(where, hide_parameters=True, pool_pre_ping=True)
    existing = sa.URL.create(
        "sqlite", database=f"file:{quote(where.database or '')}", query={"mode": "rw", "uri": "true"}
    )
    engine = sa.create_engine(
        existing,
        hide_parameters=True,
        poolclass=sa.QueuePool,
        pool_size=2,
        connect_args={"check_same_thread": False, "timeout": busy_seconds},
    )
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late: it leaves reads outside
    connection.execute("PRAGMA secure_delete=ON")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin(connection: sa.Connection) -> None:
    writing = connection.get_execution_options().get("desk_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
    if writing:  # cycles and self-references are judged at the commit
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")


def overwrite_remains(engine: sa.Engine) -> bool:
    """Clear deleted bytes from SQLite's write-ahead log; True when none are left there.

    A reader that is still on old pages makes it False: the bytes stay until the next checkpoint. On other databases
    nothing is done here and the answer is False, because vacuum and log retention decide.
    """
    if engine.dialect.name != "sqlite":
        return False
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        waits = cursor.execute("PRAGMA busy_timeout").fetchall()[0][0]
        cursor.execute(f"PRAGMA busy_timeout={_CLEARING_MS}")  # the act is done; a slow reader must not hold it up
        busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()[0][0]
        cursor.execute(f"PRAGMA busy_timeout={int(waits)}")
        cursor.close()
        return not busy
    finally:
        raw.close()
