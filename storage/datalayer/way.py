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
    values: Any = field(repr=False)


class Lists(Protocol):
    """How a statement being made speaks of rows of values that are bound later, by the list's name."""

    def among(self, name: str, *columns: sa.ColumnElement[Any]) -> Condition:
        """The condition that the columns together equal one row of the list."""
        ...

    def relation(self, name: str, *columns: sa.Column[Any]) -> sa.FromClause:
        """The list as something to select from, its columns called c0, c1 ..., typed like these."""
        ...


class Way(ABC):
    """One kind of database."""

    sizes: ClassVar[tuple[int, ...]] = ()
    """Lengths a bound list may have (it is filled up by repeating its last row); empty: any length."""

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
    def lists(self, sizes: Mapping[str, int]) -> Lists:
        """What a statement is made with; `sizes` are the lengths of its lists where they matter."""

    @abstractmethod
    def order(self, names: Sequence[str] | None) -> Any:
        """What `values` needs to know of the order in which a compiled statement takes its values."""

    @abstractmethod
    def values(self, order: Any, lists: Mapping[str, Sequence[Row]], fixed: Mapping[str, Any]) -> Any:
        """The bound values as the driver takes them."""

    @abstractmethod
    def run(self, connection: sa.Connection, calls: Sequence[Call]) -> list["Answer"]:
        """Run the calls in order, in one journey where the driver can."""

    @abstractmethod
    def scalars(self, connection: sa.Connection, calls: Sequence[Call]) -> list[Any]:
        """The single value that each of these selects gives, in one journey."""

    @abstractmethod
    def stream(self, connection: sa.Connection, call: Call, size: int) -> Iterator["Answer"]:
        """A select's rows in parts of at most `size`."""


@dataclass(frozen=True)
class Answer:
    """What a call gave: its rows, how many it changed, and the driver's description of its columns."""

    rows: Sequence[Row]
    changed: int
    description: Any
