"""PostgreSQL: a look sees one snapshot; an act locks what it walks, and acts of the desk follow each other.

An act begins by locking the desk's own receipts table: two calls with one key, or for two people who share rows, cannot
cross. The rows it walks are locked FOR UPDATE, the account first: whoever inserts a row for it has either committed
and is seen, or waits. A snapshot would be too old here: it is taken before the wait for the first lock, and what the
platform committed meanwhile would stay behind. Where schemas matter, the URL names one
(`?options=-csearch_path%3Dname`). Deleted rows' bytes stay in the heap until vacuum and in the write-ahead log and its
archive as long as those are kept: `clear` answers False, and the evidence says why.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from storage.datalayer.way import STATEMENT_SECONDS, Answer, Call, Condition, Fate, Fault, Way

RECEIPTS = "privacy_desk_receipts"
"""The table whose lock puts the desk's acts in a row; ledger.py makes it."""

_AGAIN = frozenset({"40001", "40P01"})
_KINDS = {"23502": "not_null", "23503": "foreign_key", "23505": "unique", "23514": "check", "23001": "foreign_key"}
_LATER = ("08", "53", "55", "57", "58")
_NUMBERS = itertools.count()
_CONNECT_SECONDS = 10
_PREPARED = 1000
_SILENCE_MS = 30_000
_LETTERS, _VALUES = 3_900, 50
"""A longer statement's placeholders are read anew by the driver each time (psycopg's own limits are 4096 and 50)."""


class PostgresWay(Way):
    """PostgreSQL 14 or newer, by psycopg."""

    together: ClassVar[bool] = True
    residue: ClassVar[str] = "heap_until_vacuum_and_log_archive"

    def engine(self, url: sa.URL, busy_seconds: float) -> sa.Engine:
        limits = {
            "lock_timeout": int(busy_seconds * 1000),
            "statement_timeout": int(STATEMENT_SECONDS * 1000),
            "idle_in_transaction_session_timeout": int(STATEMENT_SECONDS * 1000),
            "timezone": "UTC",
        }
        asked = url.query.get("options", "")
        options = [asked if isinstance(asked, str) else " ".join(asked), *(f"-c {k}={v}" for k, v in limits.items())]
        engine = sa.create_engine(
            url.set(drivername="postgresql+psycopg").difference_update_query(["options"]),
            hide_parameters=True,
            pool_pre_ping=True,
            paramstyle="format",
            pool_size=2,
            connect_args={
                "options": " ".join(options).strip(),
                "connect_timeout": _CONNECT_SECONDS,
                "tcp_user_timeout": _SILENCE_MS,
            },
        )
        sa.event.listen(engine, "connect", _keep_prepared)
        sa.event.listen(engine, "begin", _begin)
        return engine

    def options(self, *, write: bool) -> Mapping[str, Any]:
        level = "READ COMMITTED" if write else "REPEATABLE READ"
        return {"desk_write": write, "postgresql_readonly": not write, "isolation_level": level}

    def clear(self, engine: sa.Engine) -> bool:
        """Vacuum and the retention of logs and backups are the platform's; nothing is done here."""
        return False

    def fault(self, error: BaseException) -> Fault:
        state = str(getattr(error, "sqlstate", None) or "")
        if state in _AGAIN:
            return Fault(fate=Fate.AGAIN, code="changed_meanwhile")
        if state in _KINDS:
            return Fault(fate=Fate.REFUSED, code=f"{_KINDS[state]}_conflict:{_spot(error)}")
        if state == "42P01" and "privacy_desk_" in str(error):
            return Fault(fate=Fate.REFUSED, code="not_installed")
        if state == "42501":
            return Fault(fate=Fate.REFUSED, code="not_permitted")
        if state.startswith("42"):
            return Fault(fate=Fate.REFUSED, code="schema_changed")
        if state.startswith("22"):
            return Fault(fate=Fate.REFUSED, code="value_does_not_fit")
        if not state or state.startswith(_LATER):
            return Fault(fate=Fate.DOWN, code="no_answer")
        return Fault(fate=Fate.REFUSED, code="trigger_refused")  # its own words may hold a value

    def read_as(self, kind: Any) -> Any:
        if isinstance(kind, sa.Numeric) and not isinstance(kind, sa.Float):
            return sa.Numeric(kind.precision, kind.scale, asdecimal=True)
        return kind

    def cascades(self, connection: sa.Connection, table: sa.Table) -> frozenset[str]:
        return frozenset(one.parent.name for one in table.foreign_keys if (one.ondelete or "").upper() == "CASCADE")

    def index_texts(self, connection: sa.Connection, table: str) -> Iterable[str]:
        select = sa.text("SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = :name")
        return connection.execute(select, {"name": table}).scalars().all()

    def unmapped(self, connection: sa.Connection) -> Iterable[str]:
        names = connection.execute(
            sa.text("SELECT matviewname FROM pg_matviews WHERE schemaname = current_schema() ORDER BY 1")
        ).scalars()
        return [f"stored view {name}: refresh it after each erasure, it keeps copies" for name in names]

    def size(self, count: int) -> int:
        """One, or any: a single value needs no array, which the driver packs in Python."""
        return 1 if count == 1 else 0

    def lists(self, sizes: Mapping[str, int]) -> "_Arrays":
        return _Arrays(sizes)

    def fits(self, calls: Sequence[Call]) -> bool:
        letters, values = sum(len(call.text) for call in calls), sum(len(call.values) for call in calls)
        return letters <= _LETTERS and values <= _VALUES

    def run(self, connection: sa.Connection, calls: Sequence[Call]) -> list[Answer]:
        driver: Any = connection.connection.driver_connection
        if len(calls) < 2:
            return [_answer(driver.execute(call.text, call.values)) for call in calls]
        with driver.pipeline():
            cursors = [driver.execute(call.text, call.values) for call in calls]
        return [_answer(cursor) for cursor in cursors]

    def stream(self, connection: sa.Connection, call: Call, size: int) -> Iterator[Answer]:
        driver: Any = connection.connection.driver_connection
        with driver.cursor(name=f"desk_rows_{next(_NUMBERS)}") as cursor:
            cursor.execute(call.text, call.values)
            while some := cursor.fetchmany(size):
                yield Answer(some, -1, cursor)


class _Fixed(sa.types.UserDefinedType[str]):
    """Text of a fixed length, as it is compared: CHAR(n) would cut, and VARCHAR would count the blanks."""

    cache_ok = True

    def get_col_spec(self, **_more: Any) -> str:
        return "BPCHAR"


class _Arrays:
    """Lists bound as one array per column, however long; a list of one row as its values."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self._sizes = sizes

    def _bound(self, name: str, part: int, kind: Any) -> sa.BindParameter[Any]:
        return sa.bindparam(f"{name}.*.{part}", type_=ARRAY(_uncut(kind)))

    def among(self, name: str, *columns: sa.ColumnElement[Any]) -> Condition:
        if self._sizes[name] == 1:
            only = [sa.bindparam(f"{name}.0.{part}", type_=_uncut(one.type)) for part, one in enumerate(columns)]
            return sa.and_(*(column.bool_op("=")(one) for column, one in zip(columns, only, strict=True)))
        if len(columns) == 1:
            return columns[0].bool_op("=")(sa.func.any(self._bound(name, 0, columns[0].type)))
        rows = sa.select(*self._unnested(name, columns).c)
        return sa.tuple_(*columns).in_(rows)

    def relation(self, name: str, *columns: sa.Column[Any]) -> sa.FromClause:
        return self._unnested(name, columns)

    def _unnested(self, name: str, columns: Sequence[sa.ColumnElement[Any]]) -> sa.FromClause:
        bound = [self._bound(name, part, one.type) for part, one in enumerate(columns)]
        named: list[Any] = [sa.column(f"c{part}", one.type) for part, one in enumerate(columns)]
        return sa.func.unnest(*bound).table_valued(*named, name=name).render_derived()


def _uncut(kind: Any) -> Any:
    """The type without its length or scale: a cast to a shorter one would cut the value without a word."""
    if isinstance(kind, sa.CHAR):
        return _Fixed()
    if isinstance(kind, sa.String) and not isinstance(kind, sa.Enum):
        return sa.String()
    if isinstance(kind, sa.Numeric) and not isinstance(kind, sa.Float):
        return sa.Numeric()
    return kind


def _answer(cursor: Any) -> Answer:
    rows = () if cursor.rownumber is None else cursor.fetchall()  # its description is slow to ask for
    return Answer(rows, cursor.rowcount, cursor)


def _spot(error: BaseException) -> str:
    """Table and column, or the constraint's name: what the database names apart from the message, which has values."""
    said = getattr(error, "diag", None)
    return f"{getattr(said, 'table_name', '')}.{getattr(said, 'column_name', None) or said_constraint(said)}"


def said_constraint(said: Any) -> str:
    """The constraint's name, empty when the database named none."""
    return str(getattr(said, "constraint_name", None) or "")


def _keep_prepared(driver: Any, _record: object) -> None:
    """The driver forgets prepared statements beyond a hundred; one person's act has more of them."""
    driver.prepared_max = _PREPARED


def _begin(connection: sa.Connection) -> None:
    if connection.get_execution_options().get("desk_write", False):
        driver: Any = connection.connection.driver_connection
        driver.execute(f"LOCK TABLE {RECEIPTS} IN SHARE ROW EXCLUSIVE MODE; SET CONSTRAINTS ALL DEFERRED")
