"""The event log as a hash chain: each line carries the hash of the one before it.

Promise: the hash is taken over the very texts that stand in the row, so an edited, deleted, inserted or moved line is
found, also one that can no longer be parsed. Limits: the chain alone shows neither a cut tail nor a rewrite from some
line on; for that a head (number and hash) that was published elsewhere is compared with `record`.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Text, bindparam, insert, select, type_coerce

from bot.core.events import Entry
from storage.queries import Queries
from storage.schema import log, stamp

GENESIS = "0" * 64
BEFORE_ALL = -(2**63)
"""Lower than any number a row can have: a line smuggled in under number 0 must not go unseen."""

HEAD = select(log.c.seq, log.c.hash).order_by(log.c.seq.desc()).limit(1)
ADD = insert(log)
OF_TICKET = select(log).where(log.c.ticket == bindparam("this")).order_by(log.c.seq)
AS_STORED = select(*(column if column is not log.c.at else type_coerce(column, Text).label("at") for column in log.c))
AFTER = AS_STORED.where(log.c.seq > bindparam("number")).order_by(log.c.seq).limit(bindparam("most"))
ONE = AS_STORED.where(log.c.seq == bindparam("number"))


@dataclass(frozen=True, kw_only=True)
class Logged:
    """One line of the event log with its place in the chain."""

    seq: int
    ticket: str
    entry: Entry
    prev: str
    hash: str


@dataclass(frozen=True, kw_only=True)
class Record:
    """One line of the event log as its row holds it: every field as stored text, nothing parsed."""

    seq: int
    ticket: str
    at: str
    by: str
    what: str
    facts: str
    prev: str
    hash: str


class Chain(Queries):
    """The event log."""

    def head(self) -> tuple[int, str]:
        """The number and hash of the newest line; (0, GENESIS) before the first."""
        row = self._link.execute(HEAD, {}).first()
        return (row.seq, row.hash) if row else (0, GENESIS)

    def write_log(self, ticket_id: str, entries: Iterable[Entry]) -> list[int]:
        """Append lines to the chain and return their numbers."""
        newest, prev = self.head()
        rows: list[dict[str, Any]] = []
        for seq, entry in enumerate(entries, newest + 1):
            facts = json.dumps(dict(entry.facts), sort_keys=True)
            here = chained(prev, seq, ticket_id, stamp(entry.at), entry.by, entry.what, facts)
            row = {"seq": seq, "ticket": ticket_id, "at": entry.at, "by": entry.by, "what": entry.what}
            rows.append({**row, "facts": facts, "prev": prev, "hash": here})
            prev = here
        for row in rows:  # one or two: cheaper one by one than as a list, which Core has to look at
            self._link.execute(ADD, row)
        return [row["seq"] for row in rows]

    def log_of(self, ticket_id: str) -> tuple[Logged, ...]:
        """The log of one ticket, oldest first."""
        return tuple(_logged(row) for row in self._link.execute(OF_TICKET, {"this": ticket_id}))

    def log_after(self, seq: int, limit: int = 1000) -> tuple[Record, ...]:
        """The log from a number on, as stored, for `audit verify`."""
        rows = self._link.execute(AFTER, {"number": seq, "most": limit})
        return tuple(Record(**row._asdict()) for row in rows)

    def record(self, seq: int) -> Record | None:
        """One line by its number, as stored."""
        row = self._link.execute(ONE, {"number": seq}).first()
        return Record(**row._asdict()) if row else None


def chained(prev: str, seq: int, ticket: str, at: str, by: str, what: str, facts: str) -> str:
    """The hash of a log line over the one before it (SHA-256 of the canonical record), as hex."""
    record = [prev, seq, ticket, at, by, what, facts]
    # repr: a blob put where a text belongs must break the chain, not the check.
    return hashlib.sha256(json.dumps(record, separators=(",", ":"), default=repr).encode()).hexdigest()


def first_break(chain: Iterable[Record], *, prev: str = GENESIS, seq: int = 0) -> int | None:
    """The number of the first line that does not fit the chain after (`seq`, `prev`), or None when all fit."""
    for line in chain:
        here = chained(prev, line.seq, line.ticket, line.at, line.by, line.what, line.facts)
        if line.seq != seq + 1 or line.prev != prev or line.hash != here:
            return line.seq
        prev, seq = line.hash, line.seq
    return None


def _logged(row: Row[Any]) -> Logged:
    entry = Entry(what=row.what, by=row.by, at=row.at, facts=json.loads(row.facts))
    return Logged(seq=row.seq, ticket=row.ticket, entry=entry, prev=row.prev, hash=row.hash)
