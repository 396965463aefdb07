"""Some rows of one table: by their keys, or, where nothing leads on from them, by the column that led to them.

A person's log-ins need no list of their numbers: "the log-ins of account 7" says the same, however many there are.
Every statement over rows is made here, carries the tenant, and is kept compiled. Rows are never "all": without a key
and without a value nothing is asked and nothing is written.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import sqlalchemy as sa

from storage.datalayer.catalogue import Catalogue, Conn, Place, RowKey
from storage.datalayer.errors import NotReadBack, Refused
from storage.datalayer.prepared import TENANT, Given, Prepared
from storage.datalayer.way import Answer, Call, Condition, Lists, Row

SINCE = "desk_since"

Making = Callable[[list[Condition]], Any]
Values = tuple[tuple[str, tuple[Any, ...]], ...]
"""Columns, each with the values it may have."""


@dataclass(frozen=True, kw_only=True)
class Term:
    """A cut through rows at a date: those before it, or the others (those without a date among them)."""

    column: str
    since: Any
    before: bool


@dataclass(kw_only=True, eq=False)
class Rows:
    """Rows of one place in one tenant. `by`: some column has one of its values; `but`: and none of these has.

    `more` are further single values for the statement at hand. Only the walk sets `count`, once it has asked.
    """

    place: Place
    tenant: str
    count: int
    keys: Sequence[RowKey] = field(default=(), repr=False)
    by: Values = field(default=(), repr=False)
    but: Values = field(default=(), repr=False)
    term: Term | None = None
    more: Mapping[str, Any] = field(default_factory=dict, repr=False)
    _shape: Hashable = field(default=None, init=False, repr=False)
    _lists: Given | None = field(default=None, init=False, repr=False)

    def __bool__(self) -> bool:
        """Whether there is any."""
        return self.count > 0

    @property
    def shape(self) -> Hashable:
        """What a statement over them depends on besides the values."""
        if self._shape is None:
            term = (self.term.column, self.term.before) if self.term else None
            self._shape = (bool(self.keys), tuple([c for c, _ in self.by]), tuple([c for c, _ in self.but]), term)
        return self._shape

    @property
    def shell(self) -> "Rows":
        """Rows of this shape without a value of anybody."""
        by, but = (tuple((name, ()) for name, _ in some) for some in (self.by, self.but))
        return Rows(place=self.place, tenant="", count=0, keys=((),) if self.keys else (), by=by, but=but,
                    term=self.term)  # fmt: skip

    @property
    def lists(self) -> Given:
        """The values as prepared statements take them; raises Refused for rows that are no rows."""
        if self._lists is None:
            self._lists = {"keys": self.keys} if self.keys else self._named()
        return self._lists

    def _named(self) -> Given:
        if not self.by:
            raise Refused(("empty_subject",))
        named = {f"by{at}": values for at, (_, values) in enumerate(self.by)}
        named |= {f"but{at}": values for at, (_, values) in enumerate(self.but)}
        return {name: [(one,) for one in values] for name, values in named.items()}

    @property
    def fixed(self) -> Mapping[str, Any]:
        """The single values in every statement over them."""
        return {TENANT: self.tenant, **self.more} | ({SINCE: self.term.since} if self.term else {})

    def where(self, lists: Lists) -> list[Condition]:
        """The conditions that select exactly these rows."""
        columns = self.place.table.c
        found = list(self.place.within_bound())
        if self.keys:
            found.append(lists.among("keys", *self.place.key))
        else:
            found.append(sa.or_(*(lists.among(f"by{at}", columns[name]) for at, (name, _) in enumerate(self.by))))
        for at, (name, _) in enumerate(self.but):
            found.append(sa.or_(columns[name].is_(None), ~lists.among(f"but{at}", columns[name])))
        return found + (self._cut() if self.term else [])

    def _cut(self) -> list[Condition]:
        assert self.term is not None
        column = self.place.columns[self.term.column]
        since = sa.bindparam(SINCE, type_=column.type)
        return [column < since if self.term.before else sa.or_(column.is_(None), column >= since)]

    def cut(self, column: str, since: Any, *, before: bool, count: int) -> "Rows":
        """Those of them before a date, or the others; `count` says how many that are."""
        return replace(self, term=Term(column=column, since=since, before=before), count=count)

    def plus(self, other: "Rows") -> "Rows":
        """These and others of the same place, which are not among them."""
        if not other:
            return self
        if not self:
            return other
        keys, by = [*self.keys, *other.keys], (*self.by, *other.by)
        return replace(self, keys=keys, by=by, but=(), count=self.count + other.count)

    def with_keys(self, keys: Sequence[RowKey]) -> "Rows":
        """Rows of the same place by these keys."""
        return Rows(place=self.place, tenant=self.tenant, count=len(keys), keys=keys)


@dataclass(frozen=True)
class Expected:
    """What a read-back has to find: counts that add up to so many."""

    place: str
    calls: Sequence[Call]
    count: int


@dataclass(frozen=True)
class Write:
    """Calls that wait for their turn; `must` says that they have to touch something."""

    place: str
    calls: Sequence[Call]
    must: bool


@dataclass(frozen=True)
class Desk:
    """A connection with an open transaction and the catalogue it is about: where statements over rows run.

    Writing statements wait until something is read, so that many go in one journey with it.
    """

    connection: Conn
    catalogue: Catalogue
    waiting: list[Write] = field(default_factory=list, repr=False)

    def kept(self, rows: Rows, purpose: Hashable, make: Making) -> Prepared:
        """The statement kept under this purpose for rows of this shape, made on first use.

        `make` may depend on nothing but the purpose: what it closes over is kept as long as the source.
        """
        key = (rows.place.name, purpose, rows.shape)
        known = self.catalogue.prepared.get(key)
        if known is not None:
            return known
        shell = rows.shell
        return self.catalogue.kept(key, lambda lists: make(shell.where(lists)))

    def read(self, rows: Rows, purpose: Hashable, make: Making) -> list[Row]:
        """What a select over the rows gives, a batch of keys after the other."""
        return self.read_all([(rows, purpose, make)])[0]

    def read_all(self, every: Sequence[tuple[Rows, Hashable, Making]]) -> list[list[Row]]:
        """What several selects give, in one journey."""
        statements = [self.kept(*one) for one in every]
        calls = [made.calls(rows.lists, rows.fixed) for made, (rows, _, _) in zip(statements, every, strict=True)]
        answers = iter(self._run([call for some in calls for call in some]))
        return [made.read([next(answers) for _ in some]) for made, some in zip(statements, calls, strict=True)]

    def scalars(self, every: Sequence[tuple[Rows, Hashable, Making]]) -> list[list[Any]]:
        """The single value that each of several selects gives, once per batch of keys, in one journey."""
        calls = [self.calls(*one) for one in every]
        values = self._values([call for some in calls for call in some])
        return [[next(values) for _ in some] for some in calls]

    def _values(self, calls: Sequence[Call]) -> Iterator[Any]:
        answers = self._run(self.catalogue.way.joined(calls))
        return chain.from_iterable(answer.rows[0] for answer in answers)

    def stream(self, rows: Rows, purpose: Hashable, make: Making) -> Iterator[Row]:
        """As `read`, with only a part of the result in memory."""
        return self.kept(rows, purpose, make).streamed(self.connection, rows.lists, rows.fixed)

    def calls(self, rows: Rows, purpose: Hashable, make: Making) -> list[Call]:
        """The calls that `read` would make, to be run together with others."""
        return self.kept(rows, purpose, make).calls(rows.lists, rows.fixed)

    def keys(self, rows: Rows) -> list[RowKey]:
        """The primary keys of the rows."""
        if rows.keys and rows.term is None:
            return list(rows.keys)
        if rows.count > self.catalogue.most:
            raise Refused((f"too_many_rows:{rows.place.name}",))
        key = rows.place.key
        return self.read(rows, "keys", lambda where: sa.select(*key).where(*where)) if rows else []

    def write(self, rows: Rows, purpose: Hashable, make: Making, *, must: bool = False) -> None:
        """Let a statement that changes the rows wait for its turn."""
        self.write_calls(rows.place.name, self.calls(rows, purpose, make), must=must)

    def write_calls(self, place: str, calls: Sequence[Call], *, must: bool = False) -> None:
        """The same for calls that are made already."""
        self.waiting.append(Write(place, calls, must))

    def _run(self, calls: Sequence[Call]) -> list[Answer]:
        """Run what waits and then these, in one journey.

        Raises NotReadBack where something had to be touched and was not.
        """
        waiting, written = list(self.waiting), [call for one in self.waiting for call in one.calls]
        self.waiting.clear()
        answers = self.catalogue.way.run(self.connection, [*written, *calls])
        changed = iter(answers)
        untouched = [one.place for one in waiting if not sum(next(changed).changed for _ in one.calls) and one.must]
        if untouched:
            raise NotReadBack(", ".join(untouched))
        return answers[len(written) :]

    def expect_none(self, rows: Rows, purpose: Hashable, wrong: Callable[[], Condition] | None = None) -> Expected:
        """That none of the rows is wrong (or is there at all); the condition is made when the statement is."""
        table = rows.place.table

        def make(where: list[Condition]) -> Any:
            return sa.select(sa.func.count()).select_from(table).where(*where, *([wrong()] if wrong else []))

        return Expected(rows.place.name, self.calls(rows, purpose, make), 0)

    def unmet(self, every: Sequence[Expected]) -> list[str]:
        """The places that are not as expected, asked in one journey."""
        counts = self._values([call for one in every for call in one.calls])
        return [one.place for one in every if sum(next(counts) for _ in one.calls) != one.count]
