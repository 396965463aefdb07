"""Selects compiled once and run on the driver's own cursor.

Reading one person takes some thirty tiny selects; building, looking up and wrapping each in SQLAlchemy Core costs
about twenty times what SQLite needs to answer it. So the text is made by Core (reflected tables, bound values, the
dialect's own quoting) and kept; IN lists come in a few sizes and are filled up by repeating the last value, which
changes no result. Results pass through the column types' own processors.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

Values = Sequence[Any]
Making = Callable[[list[sa.BindParameter[Any]]], sa.Select[Any]]

SIZES = (1, 4, 20, 100, 500)
"""Lengths of IN lists; the last is the bound on values in one statement."""

TENANT = "desk_tenant"


class Prepared:
    """One select over a list of values, compiled per size of the list on first use."""

    def __init__(self, dialect: sa.Dialect, make: Making) -> None:
        """`make` builds the select from the bound values; it may also use `sa.bindparam(TENANT)`."""
        self._dialect = dialect
        self._make = make
        self._texts: dict[int, tuple[str, list[int] | None]] = {}
        self._processors: list[tuple[int, Callable[[Any], Any]]] = []

    def rows(self, connection: sa.Connection, values: Values, tenant: str) -> Iterator[tuple[Any, ...]]:
        """The rows for all values, a batch at a time; none for no values, without asking the database."""
        for start in range(0, len(values), SIZES[-1]):
            yield from self._some(connection, values[start : start + SIZES[-1]], tenant)

    def _some(self, connection: sa.Connection, values: Values, tenant: str) -> list[tuple[Any, ...]]:
        size = next(one for one in SIZES if one >= len(values))
        text, order = self._texts.get(size) or self._compiled(size)
        filled = [*values, *[values[-1]] * (size - len(values)), tenant]
        cursor = connection.connection.cursor()
        try:
            cursor.execute(text, _by_name(filled) if order is None else [filled[at] for at in order])
            rows: list[tuple[Any, ...]] = list(cursor.fetchall())
        finally:
            cursor.close()
        return [self._processed(row) for row in rows] if self._processors else rows

    def _compiled(self, size: int) -> tuple[str, list[int] | None]:
        select = self._make([sa.bindparam(f"v{number}") for number in range(size)])
        compiled: Any = select.compile(dialect=self._dialect)
        found = ((at, one.type.result_processor(self._dialect, None)) for at, one in enumerate(select.selected_columns))
        self._processors = [(at, process) for at, process in found if process is not None]
        order = [_place(name, size) for name in compiled.positiontup] if compiled.positiontup else None
        made = (str(compiled), order)
        self._texts[size] = made
        return made

    def _processed(self, row: Sequence[Any]) -> tuple[Any, ...]:
        out = list(row)
        for at, process in self._processors:
            out[at] = process(out[at])
        return tuple(out)


def _place(name: str, size: int) -> int:
    """Where a bound value stands in the filled list: the values in order, then the tenant."""
    return size if name == TENANT else int(name.removeprefix("v"))


def _by_name(filled: Values) -> dict[str, Any]:
    """For drivers that bind by name."""
    named = {f"v{number}": value for number, value in enumerate(filled[:-1])}
    return named | {TENANT: filled[-1]}
