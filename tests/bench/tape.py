"""Every statement of real turns, kept, and played back by hand: on SQLAlchemy Core, and on sqlite3.

Promise: the same statements with the same values in the same order, one commit per turn, on one connection in one
thread, with the durability of the desk's own file; nothing is decided, read or written in words meanwhile. Limits: one
turn at a time, because a plain program has no shared commit.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar

import sqlalchemy as sa

from storage.lane import PRAGMAS
from storage.store import Store, Tx

T = TypeVar("T")


class Taped:
    """A store that writes down what each transaction executes."""

    def __init__(self, store: Store) -> None:
        """Record over this store."""
        self._store = store
        self.turns: list[list[tuple[Any, Any]]] = []
        self.texts: list[list[tuple[str, Any, bool]]] = []
        self._heard: set[sa.Engine] = set()
        self._runs = False

    async def tx(self, fn: Callable[[Tx], T]) -> T:
        """The store's `tx`, recorded."""
        return await self._store.tx(lambda tx: self._recorded(tx, fn))

    async def read(self, fn: Callable[[Tx], T]) -> T:
        """The store's `read`; a turn of words needs none."""
        return await self._store.read(fn)

    def _recorded(self, tx: Tx, fn: Callable[[Tx], T]) -> T:
        engine = tx.link.engine
        if engine not in self._heard:
            self._heard.add(engine)
            sa.event.listen(engine, "before_cursor_execute", self._text)
        self.turns.append([])
        self.texts.append([])
        for group in (tx.people, tx.work):
            group._link = self._through(tx.link)
        self._runs = True
        try:
            return fn(tx)
        finally:
            self._runs = False

    def _through(self, link: sa.Connection) -> Any:
        """The connection, as the queries use it: every statement is written down and run by Core."""
        return SimpleNamespace(execute=lambda statement, values=None: self._executed(link, statement, values))

    def _executed(self, link: sa.Connection, statement: Any, values: Any) -> Any:
        self.turns[-1].append((statement, values))
        return link.execute(statement, values)

    def _text(self, _link: Any, _cursor: Any, text: str, values: Any, _context: Any, many: bool) -> None:
        if self._runs:
            self.texts[-1].append((text, values, many))

    @property
    def statements(self) -> float:
        """Statements per turn, BEGIN and COMMIT not counted."""
        return sum(map(len, self.texts)) / len(self.texts)


def play_core(path: Path, turns: list[list[tuple[Any, Any]]]) -> None:
    """The turns as an ordinary program on SQLAlchemy Core would run them."""
    engine = sa.create_engine(f"sqlite:///{path}")
    sa.event.listen(engine, "connect", _durable)
    with engine.connect() as link:
        for turn in turns:
            with link.begin():
                for statement, values in turn:
                    result = link.execute(statement, values)
                    if result.returns_rows:
                        result.all()
    engine.dispose()


def play_raw(path: Path, turns: list[list[tuple[str, Any, bool]]]) -> None:
    """The turns on sqlite3 itself, as they would be written by hand."""
    with closing(sqlite3.connect(path, isolation_level=None)) as link:
        _durable(link, None)
        cursor = link.cursor()
        for turn in turns:
            cursor.execute("BEGIN IMMEDIATE")
            for text, values, many in turn:
                (cursor.executemany if many else cursor.execute)(text, values)
                if cursor.description:
                    cursor.fetchall()
            cursor.execute("COMMIT")


def _durable(link: Any, _record: object) -> None:
    for pragma in PRAGMAS:
        link.execute(pragma)
