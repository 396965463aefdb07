"""What differs from one database to another, behind one set of verbs; sqlite_way.py and postgres_way.py fill it in.

Everything else in this folder is written once for all of them. A way knows how to open the database for reading and
for an act, how lists of values reach a statement, what an error means, and what of a deleted row outlives the act.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Protocol

import sqlalchemy as sa

Condition = sa.ColumnElement[bool]
Row = tuple[Any, ...]

BUSY_SECONDS = 5.0
STATEMENT_SECONDS = 300.0
"""How long one statement may take before the source counts as down; ten million rows go in less."""


class Fate(StrEnum):
    """What a database's error means for the call: try at once, try later, or never as it is."""

    AGAIN = "again"
    DOWN = "down"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """An error in the desk's words; `code` may name a table and a column and never holds a value."""

    fate: Fate
    code: str


@dataclass(frozen=True, kw_only=True)
class Call:
    """One statement as its driver takes it."""

    text: str
    values: Sequence[Any] = field(repr=False)


def _in_one(calls: Sequence[Call]) -> Call:
    text = f"SELECT ({'), ('.join([call.text for call in calls])})"
    return Call(text=text, values=[value for call in calls for value in call.values])


class Lists(Protocol):
    """How a statement being made speaks of rows of values that are bound later, by the list's name.

    A bound value is called `list.row.part`, a column of all rows as one value `list.*.part`; see prepared.py.
    """

    def among(self, name: str, *columns: sa.ColumnElement[Any]) -> Condition:
        """The condition that the columns together equal one row of the list."""
        ...

    def relation(self, name: str, *columns: sa.Column[Any]) -> sa.FromClause:
        """The list as something to select from, its columns called c0, c1 ..., typed like these."""
        ...


class Way(ABC):
    """One kind of database."""

    most: ClassVar[int] = 0
    """The longest list one statement takes; 0: any length."""

    together: ClassVar[bool] = False
    """Whether tables that point at each other have to be emptied in one statement."""

    residue: ClassVar[str] = ""
    """Code of what may still hold a deleted row's bytes where `clear` says False."""

    @abstractmethod
    def engine(self, url: sa.URL, busy_seconds: float) -> sa.Engine:
        """An engine that shows no bound values in errors; waits `busy_seconds` for a lock. Opens nothing yet."""

    @abstractmethod
    def options(self, *, write: bool) -> Mapping[str, Any]:
        """The execution options of a transaction that reads only, or of an act."""

    @abstractmethod
    def clear(self, engine: sa.Engine) -> bool:
        """Overwrite what a finished act left in logs and free pages; True when nothing of it is left there."""

    @abstractmethod
    def fault(self, error: BaseException) -> Fault:
        """What a driver's error means."""

    @abstractmethod
    def read_as(self, kind: Any) -> Any:
        """The type to read a reflected column with, so that a copy shows what is stored."""

    @abstractmethod
    def cascades(self, connection: sa.Connection, table: sa.Table) -> frozenset[str]:
        """The columns whose foreign key deletes by a cascade."""

    @abstractmethod
    def index_texts(self, connection: sa.Connection, table: str) -> Iterable[str]:
        """The definitions of a table's indexes, expressions included."""

    @abstractmethod
    def unmapped(self, connection: sa.Connection) -> Iterable[str]:
        """Findings about copies of data that reflection does not show (stored views, other schemas)."""

    @abstractmethod
    def size(self, count: int) -> int:
        """The length for which a statement over a list of so many rows is made; it is filled up by its last row."""

    @abstractmethod
    def lists(self, sizes: Mapping[str, int]) -> Lists:
        """What a statement is made with; `sizes` are the lengths of its lists."""

    @abstractmethod
    def fits(self, calls: Sequence[Call]) -> bool:
        """Whether so many selects of a single value are still quick as one statement."""

    def joined(self, calls: Sequence[Call]) -> list[Call]:
        """Selects of a single value as few statements, whose first rows put together are the values in order.

        Sending, planning and reading a statement costs more than such a count.
        """
        groups: list[list[Call]] = []
        for call in calls:
            if groups and self.fits([*groups[-1], call]):
                groups[-1].append(call)
            else:
                groups.append([call])
        return [_in_one(some) for some in groups]

    @abstractmethod
    def run(self, connection: sa.Connection, calls: Sequence[Call]) -> list["Answer"]:
        """Run the calls in order, in one journey where the driver can."""

    @abstractmethod
    def stream(self, connection: sa.Connection, call: Call, size: int) -> Iterator["Answer"]:
        """A select's rows in parts of at most `size`."""


@dataclass(frozen=True)
class Answer:
    """What a call gave: its rows, how many it changed, and the cursor, which describes its columns to who asks."""

    rows: Sequence[Row]
    changed: int
    cursor: Any
