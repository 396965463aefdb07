"""Statements that are compiled once and then run on the driver's own cursor.

Promise: the text, the order of values and what is done to each value are SQLAlchemy Core's, taken when a statement is
first run with these names; afterwards it costs a fifth of what Core takes to look it up and wrap its result (measured:
a third of a turn). What Core has to see at every call goes to Core: lists of values, many rows at once, statements
without values, defaults. Limits: SQLite's way of binding; a statement that is run with values stands in a module,
because it is kept for the life of the connection. Errors are the driver's own and hold no values.
"""

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Executable
from sqlalchemy.exc import NoResultFound
from sqlalchemy.types import TypeEngine

MOST = 500
"""Statements kept per connection; beyond them Core runs what comes, so that a mistake costs time and not memory."""

Process = Callable[[Any], Any] | None


class Answer:
    """What a statement gave: its rows, all of them, or how many rows it changed."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: Sequence[Any], rowcount: int) -> None:
        """Take what the driver gave."""
        self._rows = rows
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Any]:
        """Row by row, each with its columns by name."""
        return iter(self._rows)

    def all(self) -> Sequence[Any]:
        """Every row."""
        return self._rows

    def first(self) -> Any:
        """The first row, or None."""
        return self._rows[0] if self._rows else None

    def scalars(self) -> list[Any]:
        """The first column of every row."""
        return [row[0] for row in self._rows]

    def scalar(self) -> Any | None:
        """The first column of the first row, or None."""
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        """The first column of the row that must be there; raises NoResultFound."""
        if not self._rows:
            raise NoResultFound("a row was expected")
        return self._rows[0][0]


class Kept:
    """One statement for one set of names: its text, and what is done to each value on its way in and out."""

    def __init__(self, link: Connection, compiled: Any) -> None:
        """Take Core's compiled form apart."""

        def way(kind: TypeEngine[Any]) -> TypeEngine[Any]:
            return kind.dialect_impl(link.dialect)

        self._text = str(compiled)
        self._fixed = {name: value for name, value in compiled.params.items() if not compiled.binds[name].required}
        names = compiled.positiontup
        self._given = [(name, way(compiled.binds[name].type).bind_processor(link.dialect)) for name in names]
        columns = compiled.statement.exported_columns
        kind: Any = namedtuple("Row", columns.keys(), rename=True)  # type: ignore[misc]  # names known only now
        self._row = kind._make
        self._read = [way(one.type).result_processor(link.dialect, None) for one in columns]
        self._is_plain = not any(self._read)

    def run(self, cursor: Any, values: Mapping[str, Any]) -> Answer:
        """Run it; every row is fetched. Raises KeyError for a value that is missing."""
        every = {**self._fixed, **values}
        cursor.execute(self._text, [into(every[name]) if into else every[name] for name, into in self._given])
        if cursor.description is None:
            return Answer((), cursor.rowcount)
        rows = cursor.fetchall()
        return Answer([self._made(row) for row in rows], cursor.rowcount)

    def _made(self, row: Sequence[Any]) -> Any:
        if self._is_plain:
            return self._row(row)
        return self._row([out(value) if out else value for value, out in zip(row, self._read, strict=True)])


class Runner:
    """A connection with its open transaction, as the groups of queries use it."""

    def __init__(self, core: Connection) -> None:
        """Wrap Core's connection; what was kept for it before is used again."""
        self._core = core
        self._cursor = core.connection.cursor()
        self._kept: dict[Any, Kept | None] = core.info.setdefault("kept", {})

    def execute(self, statement: Executable, values: Mapping[str, Any] | Sequence[Any] | None = None) -> Answer:
        """Run a statement and fetch all it gives."""
        if not isinstance(values, Mapping):
            return self._by_core(statement, values)
        key = (statement, tuple(values))
        kept = self._kept[key] if key in self._kept else self._keep(key)
        return self._by_core(statement, values) if kept is None else kept.run(self._cursor, values)

    def _by_core(self, statement: Executable, values: Any) -> Answer:
        result = self._core.execute(statement, values)
        return Answer(result.all() if result.returns_rows else (), result.rowcount)

    def _keep(self, key: tuple[Any, tuple[str, ...]]) -> Kept | None:
        if len(self._kept) >= MOST:
            return None
        statement, names = key
        compiled = statement.compile(dialect=self._core.dialect, column_keys=list(names))
        self._kept[key] = None if _needs_core(compiled) else Kept(self._core, compiled)
        return self._kept[key]


def _needs_core(compiled: Any) -> bool:
    """Whether something in it is made anew at every call: a list's length, a default."""
    made = (compiled.post_compile_params, compiled.literal_execute_params)
    return any(made) or bool(compiled.insert_prefetch or compiled.update_prefetch)
