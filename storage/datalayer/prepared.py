"""Statements compiled once and run on the driver's own cursor.

Building, looking up and wrapping one small statement in SQLAlchemy Core costs about twenty times what the database
needs to answer it. So the text is made by Core (reflected tables, bound values, the dialect's own quoting) and kept.
Lists of values are bound in the database's own way (way.py). Results pass through the column types' own processors;
bound lists hold values that came out of the same database and need none on their way in.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from storage.datalayer.way import Answer, Call, Lists, Row, Way

Making = Callable[[Lists], Any]
"""Makes the statement from the lists it will be given."""

TENANT = "desk_tenant"
"""The name under which the tenant is bound."""
STREAM = 2_000
"""Rows of a big result in memory at a time."""

Given = Mapping[str, Sequence[Row]]


class Prepared:
    """One statement over lists of values, compiled per size of the lists on first use."""

    def __init__(self, way: Way, dialect: sa.Dialect, make: Making) -> None:
        """`make` builds the statement from the bound lists; it may also use `sa.bindparam(TENANT)`."""
        self._way = way
        self._dialect = dialect
        self._make = make
        self._texts: dict[tuple[int, ...], _Text] = {}
        self._processors: list[tuple[int, Callable[[Any], Any]]] | None = None

    def calls(self, lists: Given, fixed: Mapping[str, Any]) -> list[Call]:
        """The calls that run it over all values: one, or one per batch of the only list where it is long."""
        most = self._way.most
        if most and len(lists) == 1:
            ((name, rows),) = lists.items()
            if len(rows) > most:
                return [self._call({name: rows[at : at + most]}, fixed) for at in range(0, len(rows), most)]
        return [self._call(lists, fixed)]

    def _call(self, lists: Given, fixed: Mapping[str, Any]) -> Call:
        sizes = tuple([self._way.size(len(rows)) for rows in lists.values()])
        text = self._texts.get(sizes) or self._compiled(sizes, tuple(lists))
        return Call(text=text.text, values=text.values(lists, fixed))

    def _compiled(self, sizes: tuple[int, ...], names: tuple[str, ...]) -> "_Text":
        statement = self._make(self._way.lists(dict(zip(names, sizes, strict=True))))
        made = _Text(statement.compile(dialect=self._dialect), self._dialect, names)
        self._texts[sizes] = made
        return made

    def rows(self, connection: sa.Connection, lists: Given, fixed: Mapping[str, Any]) -> list[Row]:
        """All rows; none for an empty list, without asking the database."""
        return self.read(self._run(connection, lists, fixed))

    def changed(self, connection: sa.Connection, lists: Given, fixed: Mapping[str, Any]) -> int:
        """How many rows a statement that writes touched."""
        return sum(answer.changed for answer in self._run(connection, lists, fixed))

    def _run(self, connection: sa.Connection, lists: Given, fixed: Mapping[str, Any]) -> list[Answer]:
        if not all(lists.values()):
            return []
        return self._way.run(connection, self.calls(lists, fixed))

    def streamed(self, connection: sa.Connection, lists: Given, fixed: Mapping[str, Any]) -> Iterator[Row]:
        """The rows with only a part of them in memory."""
        for call in self.calls(lists, fixed) if all(lists.values()) else ():
            for answer in self._way.stream(connection, call, STREAM):
                yield from self.read([answer])

    def read(self, answers: Iterable[Answer]) -> list[Row]:
        """The rows of this statement's answers, their values as the column types read them."""
        found: list[Row] = []
        for answer in answers:
            if self._processors is None:
                self._processors = self._found(answer.cursor.description)
            found += map(self._processed, answer.rows) if self._processors else answer.rows
        return found

    def _found(self, description: Any) -> list[tuple[int, Callable[[Any], Any]]]:
        columns = next(iter(self._texts.values())).columns
        found = (
            (at, one.type.dialect_impl(self._dialect).result_processor(self._dialect, said[1]))
            for at, (one, said) in enumerate(zip(columns, description, strict=True))
        )
        return [(at, process) for at, process in found if process is not None]

    def _processed(self, row: Row) -> Row:
        out = list(row)
        for at, process in self._processors or ():
            out[at] = process(out[at])
        return tuple(out)


class _Text:
    """A compiled statement taken apart: its text, the values that never change in their places, and the other places.

    A place is filled by a single value's name, or by a list's name with row and part; -1 stands for all rows.
    """

    def __init__(self, compiled: Any, dialect: sa.Dialect, lists: Collection[str]) -> None:
        self.text = str(compiled)
        self.columns = tuple(getattr(compiled.statement, "exported_columns", ()))
        constants = {name: one for one, name in compiled.bind_names.items() if not one.required}
        order = list(enumerate(compiled.positiontup))
        self._given = [_bound(constants[name], dialect) if name in constants else None for _, name in order]
        places = [(at, name) for at, name in order if name not in constants]
        self._single = [(at, name) for at, name in places if name.partition(".")[0] not in lists]
        self._listed = [(at, *_spot(name)) for at, name in places if name.partition(".")[0] in lists]

    def values(self, lists: Given, fixed: Mapping[str, Any]) -> list[Any]:
        """The bound values in the statement's order."""
        found = self._given.copy()
        for at, name in self._single:
            found[at] = fixed[name]
        for at, name, row, part in self._listed:
            rows = lists[name]
            if row < 0:
                found[at] = [one[part] for one in rows]
            else:
                found[at] = rows[row if row < len(rows) else -1][part]
        return found


def _bound(one: sa.BindParameter[Any], dialect: sa.Dialect) -> Any:
    into = one.type.dialect_impl(dialect).bind_processor(dialect)
    return into(one.effective_value) if into else one.effective_value


def _spot(name: str) -> tuple[str, int, int]:
    of, row, part = name.split(".")
    return of, -1 if row == "*" else int(row), int(part)
