"""A lane: one aiosqlite connection on which whole functions run, each in one hop to the connection's own thread.

Promise: `run(fn)` hands `fn` a SQLAlchemy Core connection over the very sqlite3 connection that aiosqlite holds, in its
thread, so a transaction costs one hop instead of one per statement (measured: five times fewer CPU seconds). This is
the only place that touches aiosqlite's protected `_execute` and `_conn`; a test holds it to the locked version.
Limits: SQLite only; the caller says BEGIN and COMMIT.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import aiosqlite
from sqlalchemy import Connection, StaticPool, create_engine

T = TypeVar("T")

# FULL: an acknowledged message survives power loss. secure_delete: what is deleted is overwritten in the file.
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
    "PRAGMA secure_delete=ON",
)


class Lane:
    """One connection and its thread. `query_only` lanes refuse to write."""

    def __init__(self, path: Path, *, query_only: bool = False) -> None:
        """Remember where; `open` connects."""
        self._path = path
        self._query_only = query_only
        self._link: aiosqlite.Connection | None = None
        self._core: Connection | None = None

    async def open(self) -> "Lane":
        """Connect, set the pragmas and wrap the connection for SQLAlchemy Core; what fails half way is closed again."""
        link = await aiosqlite.connect(self._path, isolation_level=None)
        try:
            self._core = await link._execute(self._prepared, link)  # type: ignore[no-untyped-call]  # noqa: SLF001 - the one place
        except BaseException:
            await link.close()  # its thread would keep the program from ending
            raise
        self._link = link
        return self

    def _prepared(self, link: aiosqlite.Connection) -> Connection:
        raw: sqlite3.Connection = link._conn  # noqa: SLF001 - the same connection, in its own thread
        for pragma in PRAGMAS:
            raw.execute(pragma)
        if self._query_only:
            raw.execute("PRAGMA query_only=ON")
        engine = create_engine(
            "sqlite://", creator=lambda: raw, poolclass=StaticPool, isolation_level="AUTOCOMMIT", hide_parameters=True
        )
        return engine.connect()

    async def run(self, fn: Callable[[Connection], T]) -> T:
        """Run `fn` with the Core connection in the lane's thread and return its result; exceptions pass through."""
        if self._link is None:
            raise RuntimeError("the lane is not open")
        result: T = await self._link._execute(_called, fn, self._core)  # type: ignore[no-untyped-call]  # noqa: SLF001
        return result

    async def close(self) -> None:
        """Finish what is queued, fold the write-ahead log back (writer only), and close."""
        if self._link is None:
            return
        link, self._link = self._link, None
        try:
            await link._execute(self._wound_up, self._core)  # type: ignore[no-untyped-call]  # noqa: SLF001
        finally:
            await link.close()

    def _wound_up(self, core: Connection) -> None:
        if not self._query_only:
            core.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        core.close()  # here and not by the garbage collector, which would do it in a thread of its own choice


def raisable(error: Exception) -> Exception:
    """The error in a form that a future can carry: it refuses StopIteration, and the caller would wait for ever."""
    return RuntimeError("a transaction function let StopIteration out") if isinstance(error, StopIteration) else error


def roll_back(link: Connection) -> None:
    """End a failed transaction. SQLite may have done so by itself (disk full); saying it again would hide why."""
    if getattr(link.connection.dbapi_connection, "in_transaction", False):
        link.exec_driver_sql("ROLLBACK")


def _called(fn: Callable[[Connection], T], core: Connection) -> T:
    try:
        return fn(core)
    except StopIteration as error:
        raise raisable(error) from error
