"""SQLite: one file that must exist already, set so that deleting means deleting.

Every connection has secure_delete and foreign keys on. An act takes the write lock at once, so that a plan recomputed
inside it cannot change before it is carried out; foreign keys are judged at its commit.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote

import sqlalchemy as sa

from storage.datalayer.way import Answer, Call, Condition, Fate, Fault, Way

_CLEARING_MS = 250
_KEPT = 1000
_AT_ONCE = 40
_SIZES = (1, 4, 20, 100, 500)
_CONSTRAINT = re.compile(r"([A-Z ]+) constraint failed(?:: ([\w., ]+))?")
_LATER = (
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PROTOCOL,
)  # fmt: skip


class SqliteWay(Way):
    """SQLite as Python's own driver speaks to it."""

    most: ClassVar[int] = _SIZES[-1]
    residue: ClassVar[str] = "log_until_checkpoint"

    def engine(self, url: sa.URL, busy_seconds: float) -> sa.Engine:
        existing = sa.URL.create(
            "sqlite", database=f"file:{quote(url.database or '')}", query={"mode": "rw", "uri": "true"}
        )
        engine = sa.create_engine(
            existing,
            hide_parameters=True,
            poolclass=sa.QueuePool,
            pool_size=2,
            connect_args={"check_same_thread": False, "timeout": busy_seconds, "cached_statements": _KEPT},
        )
        sa.event.listen(engine, "connect", _prepare)
        sa.event.listen(engine, "begin", _begin)
        return engine

    def options(self, *, write: bool) -> Mapping[str, Any]:
        return {"desk_write": write}

    def clear(self, engine: sa.Engine) -> bool:
        """A reader that is still on old pages makes it False: the bytes stay until the next checkpoint."""
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

    def fault(self, error: BaseException) -> Fault:
        code = getattr(error, "sqlite_errorcode", None)
        if code == sqlite3.SQLITE_CONSTRAINT_TRIGGER:
            return Fault(fate=Fate.REFUSED, code="trigger_refused")  # its own words may hold a value
        if isinstance(error, sqlite3.IntegrityError):
            found = _CONSTRAINT.search(str(error))
            kind = found[1].strip().lower().replace(" ", "_") if found else "constraint"
            return Fault(fate=Fate.REFUSED, code=f"{kind}_conflict:{(found[2] or '') if found else ''}".rstrip(":"))
        if isinstance(error, sqlite3.OperationalError) and (code is None or code & 0xFF in _LATER):
            return Fault(fate=Fate.DOWN, code="no_answer")
        if isinstance(error, sqlite3.OperationalError):
            ours = "no such table: privacy_desk_" in str(error)
            return Fault(fate=Fate.REFUSED, code="not_installed" if ours else "schema_changed")
        if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.DataError):
            return Fault(fate=Fate.DOWN, code="damaged")
        return Fault(fate=Fate.REFUSED, code="value_does_not_fit")

    def read_as(self, kind: Any) -> Any:
        """Dates are read as the text that stands there, because a platform may spell them in its own way."""
        if isinstance(kind, sa.Date | sa.DateTime | sa.Time):
            return sa.String()
        if isinstance(kind, sa.Numeric) and not isinstance(kind, sa.Float):
            return sa.Numeric(kind.precision, kind.scale, asdecimal=False)
        return kind

    def cascades(self, connection: sa.Connection, table: sa.Table) -> frozenset[str]:
        """SQLite shows an unnamed foreign key's cascade only in its pragma."""
        quoted = connection.dialect.identifier_preparer.quote(table.name)
        rows = connection.exec_driver_sql(f"PRAGMA foreign_key_list({quoted})").mappings().all()
        return frozenset(str(row["from"]) for row in rows if str(row["on_delete"]).upper() == "CASCADE")

    def index_texts(self, connection: sa.Connection, table: str) -> Iterable[str]:
        select = sa.text("SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = :name AND sql IS NOT NULL")
        return connection.execute(select, {"name": table}).scalars().all()

    def unmapped(self, connection: sa.Connection) -> Iterable[str]:
        return ()

    def size(self, count: int) -> int:
        return 1 if count == 1 else next(one for one in _SIZES if one >= count)

    def lists(self, sizes: Mapping[str, int]) -> "_OneByOne":
        return _OneByOne(sizes)

    def fits(self, calls: Sequence[Call]) -> bool:
        return len(calls) <= _AT_ONCE

    def run(self, connection: sa.Connection, calls: Sequence[Call]) -> list[Answer]:
        driver: Any = connection.connection.driver_connection
        return [_answer(driver.execute(call.text, call.values)) for call in calls]

    def stream(self, connection: sa.Connection, call: Call, size: int) -> Iterator[Answer]:
        cursor = connection.connection.cursor()
        try:
            cursor.execute(call.text, call.values)
            while some := cursor.fetchmany(size):
                yield Answer(some, -1, cursor)
        finally:
            cursor.close()


class _OneByOne:
    """Lists written out, a bound value each."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self._sizes = sizes

    def _bound(self, name: str, width: int) -> list[list[sa.BindParameter[Any]]]:
        return [[sa.bindparam(f"{name}.{at}.{part}") for part in range(width)] for at in range(self._sizes[name])]

    def among(self, name: str, *columns: sa.ColumnElement[Any]) -> Condition:
        rows = self._bound(name, len(columns))
        if len(columns) == 1:
            return columns[0].in_([row[0] for row in rows])
        return sa.or_(*(sa.and_(*(c == one for c, one in zip(columns, row, strict=True))) for row in rows))

    def relation(self, name: str, *columns: sa.Column[Any]) -> sa.FromClause:
        named = [sa.column(f"c{at}", one.type) for at, one in enumerate(columns)]
        rows: list[tuple[Any, ...]] = [tuple(row) for row in self._bound(name, len(columns))]
        return sa.values(*named, name=name).data(rows).cte(name)


def _answer(cursor: Any) -> Answer:
    return Answer(cursor.fetchall(), cursor.rowcount, cursor)


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late: it leaves reads outside
    connection.execute("PRAGMA secure_delete=ON")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin(connection: sa.Connection) -> None:
    writing = connection.get_execution_options().get("desk_write", False)
    driver: Any = connection.connection.driver_connection
    driver.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
    if writing:  # cycles and self-references are judged at the commit
        driver.execute("PRAGMA defer_foreign_keys=ON")
