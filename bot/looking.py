"""What a colleague sees of one group of data: its first rows, and how many there are.

Promise: rows are kept up to a limit and counted to the end; other groups pass unread. Limits: the look is logged
elsewhere, before anything is read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.core.plans import PlanLine


@dataclass
class Shown:
    """The rows of one group, kept up to a limit and counted to the end."""

    collection: str
    limit: int
    columns: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = field(default_factory=list)
    total: int = 0

    def take(self, line: PlanLine, rows: Iterator[Mapping[str, Any]]) -> None:
        """A sink that keeps one collection and lets the others pass unread."""
        if line.collection != self.collection:
            return
        self.columns = line.columns
        for row in rows:
            self.total += 1
            if len(self.rows) < self.limit:
                self.rows.append(tuple("" if row.get(name) is None else str(row.get(name)) for name in line.columns))
