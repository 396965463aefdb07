"""The erasure register: what was done to people's data, kept outside every backup of the databases it was done in.

Promise: one small file of its own; lines are added durably (synchronous=FULL) and never changed; each carries the hash
of the one before it (storage/chain.py), so an edited, missing or moved line is found. It names nobody: persons and
addresses are digests under the source's key. Entering the same act or the same block again adds nothing. What no
backup can bring back any more is emptied: its line stays, as a hash, so that the chain holds, and a new line says so.
Limits: SQLite's own locks order several writers; a cut tail shows only against a head kept elsewhere (`audit verify`
prints it).
"""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from bot.core.plans import Entered, Verb
from bot.core.register import Blocks, Deed
from bot.core.suppression import YEARS, Suppression
from bot.ports import RegisterDown
from storage.chain import GENESIS, Record, chained, first_break

SUPPRESS, UNSUPPRESS, TIDIED = "suppress", "unsuppress", "tidied"
OWN = "register"
"""Whose lines about the register itself are."""

CONTENT = ("call_key", "subject", "approved", "ceiling", "known_by", "scope", "address", "reason", "since")
"""What a line says; its digest stands in the chain, so that it can be emptied without breaking it."""

TABLE = """
CREATE TABLE IF NOT EXISTS entries (
  seq INTEGER PRIMARY KEY, at TEXT NOT NULL, source TEXT NOT NULL, what TEXT NOT NULL, content TEXT NOT NULL,
  prev TEXT NOT NULL, hash TEXT NOT NULL, call_key TEXT, subject TEXT, approved TEXT, ceiling INTEGER, known_by TEXT,
  scope TEXT, address TEXT, reason TEXT, since TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS entries_key ON entries (source, call_key) WHERE call_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS entries_address ON entries (source, scope, address, seq) WHERE address IS NOT NULL;
"""
NEWEST_DEED = "SELECT * FROM entries WHERE source = ? AND call_key IS NOT NULL ORDER BY seq DESC LIMIT 1"
NEWEST_BLOCK = """
SELECT * FROM entries e WHERE source = ? AND what = 'suppress' AND address IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM entries l WHERE l.source = e.source AND l.scope = e.scope AND l.address = e.address AND l.seq > e.seq)
ORDER BY seq DESC LIMIT 1"""
LAST_OF_ADDRESS = "SELECT * FROM entries WHERE source = ? AND scope = ? AND address = ? ORDER BY seq DESC LIMIT 1"
ADD = f"INSERT INTO entries VALUES ({', '.join('?' * (7 + len(CONTENT)))})"  # noqa: S608 - marks alone
EMPTY = f"UPDATE entries SET {', '.join(f'{name} = NULL' for name in CONTENT)} WHERE seq = ?"  # noqa: S608 - our names
LEAST_SUPPRESSED = timedelta(days=YEARS * 365)
BUSY_SECONDS = 10.0
FOR_GOOD = 366 * 100
"""Days: longer than any backup."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Whole:
    """What a walk along the chain found: lines, the number of the first that doesn't fit or None, and the head."""

    lines: int
    broken: int | None
    seq: int
    hash: str


class Register:
    """The register's file. Its calls block for a disk's write; each may come from another thread."""

    def __init__(self, path: Path, *, backup_days: int) -> None:
        """`backup_days` is how long a backup of a source's database lives; 0 while nobody knows: acts stay for good.

        Opens nothing; the first line makes the file.
        """
        self.path = path
        self._kept = timedelta(days=backup_days or FOR_GOOD)

    # ---- writing

    def enter(self, deed: Deed, entered: Iterable[Entered] = ()) -> None:
        """Add an act that was carried out, and the addresses it put on the suppression list; once per key."""

        def write(link: sqlite3.Connection) -> None:
            found = link.execute("SELECT 1 FROM entries WHERE source = ? AND call_key = ?", (deed.source, deed.key))
            if found.fetchone() is None:
                _add(link, deed.at, deed.source, deed.verb, _deed_content(deed))
                for one in entered:
                    _block(link, deed.source, one, deed.at)

        self._write(write)

    def block(self, source: str, entered: Entered, at: datetime) -> None:
        """Add an address that was put on a source's suppression list; nothing where it stands here like that."""
        self._write(lambda link: _block(link, source, entered, at))

    def unblock(self, source: str, scope: str, address: str, at: datetime) -> None:
        """Add that an address is taken off again; nothing where none stands here."""

        def write(link: sqlite3.Connection) -> None:
            last = link.execute(LAST_OF_ADDRESS, (source, scope, address)).fetchone()
            if last is not None and last["what"] == SUPPRESS:
                _add(link, at, source, UNSUPPRESS, {"scope": scope, "address": address})

        self._write(write)

    def tidy(self, now: datetime, kept: Collection[tuple[str, str]] = ()) -> int:
        """Empty what has served: acts no backup can undo any more, and suppressions that ended; returns how many.

        `kept` are scopes and addresses that still stand on a list although their time is over. A suppression that was
        taken back goes with the line that says so.
        """
        if not self.path.exists():
            return 0
        old = now - self._kept

        def write(link: sqlite3.Connection) -> int:
            over = [seq for last in _last_of_each(link) for seq in _over(link, last, now, old, kept)]
            acts = "SELECT seq FROM entries WHERE call_key IS NOT NULL AND at < ?"
            over += [row["seq"] for row in link.execute(acts, (_stamp(old),))]
            link.executemany(EMPTY, [(seq,) for seq in over])
            if over:  # said in the chain, so that nobody empties a line unseen and no other setting makes this one odd
                _add(link, now, OWN, TIDIED, {"since": _stamp(now - min(self._kept, LEAST_SUPPRESSED))})
            return len(over)

        return self._write(write)

    # ---- reading

    def newest(self, source: str, now: datetime) -> tuple[Deed | None, Entered | None]:
        """The newest act and the newest suppression that stands: a database older than the register lacks one."""

        def read(link: sqlite3.Connection) -> tuple[Deed | None, Entered | None]:
            deed = link.execute(NEWEST_DEED, (source,)).fetchone()
            block = link.execute(NEWEST_BLOCK, (source,)).fetchone()
            stands = block is not None and not _is_over(block, now)
            return _deed(deed) if deed else None, _entered(block) if stands else None

        nothing: tuple[Deed | None, Entered | None] = (None, None)
        return self._read(read, nothing)

    def deeds(self) -> tuple[Deed, ...]:
        """Every act that a backup could undo, the oldest first."""
        text = "SELECT * FROM entries WHERE call_key IS NOT NULL ORDER BY seq"
        return self._read(lambda link: tuple(_deed(row) for row in link.execute(text)), ())

    def blocks(self, source: str, now: datetime | None = None) -> Blocks:
        """The suppression list of a source as it has to be; with `now` without those whose time is over."""

        def read(link: sqlite3.Connection) -> Blocks:
            last = [row for row in _last_of_each(link) if row["source"] == source]
            standing = [row for row in last if row["what"] == SUPPRESS and not (now and _is_over(row, now))]
            return Blocks(
                standing=tuple(_entered(row) for row in standing),
                lifted=tuple((row["scope"], row["address"]) for row in last if row["what"] == UNSUPPRESS),
            )

        return self._read(read, Blocks())

    def check(self) -> Whole:
        """Walk the chain from its first line; a line that was emptied and not by `tidy` counts as broken."""

        def read(link: sqlite3.Connection) -> Whole:
            rows = link.execute("SELECT * FROM entries ORDER BY seq").fetchall()
            broken = first_break(_record(row) for row in rows)
            tidied = max((row["since"] for row in rows if row["what"] == TIDIED and row["since"]), default="")
            forged = (row["seq"] for row in rows if not _says_what_it_said(row, tidied))
            broken = min((one for one in (broken, next(forged, None)) if one is not None), default=None)
            seq, digest = _head(link)
            return Whole(lines=len(rows), broken=broken, seq=seq, hash=digest)

        return self._read(read, Whole(lines=0, broken=None, seq=0, hash=GENESIS))

    # ---- the file

    def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._open() as link:
            link.executescript(TABLE)
            link.execute("BEGIN IMMEDIATE")
            with link:
                return work(link)

    def _read(self, work: Callable[[sqlite3.Connection], T], empty: T) -> T:
        if not self.path.exists():
            self._insist_on_folder()
            return empty
        with self._open() as link:
            # A kill between the first touch of the file and the first commit leaves a file without a table.
            is_begun = link.execute("SELECT 1 FROM sqlite_master WHERE name = 'entries'").fetchone() is None
            return empty if is_begun else work(link)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._insist_on_folder()
        try:
            with closing(sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)) as link:
                link.row_factory = sqlite3.Row
                link.execute("PRAGMA synchronous=FULL")
                link.execute("PRAGMA secure_delete=ON")
                yield link
        except sqlite3.Error as problem:
            raise RegisterDown(type(problem).__name__) from None

    def _insist_on_folder(self) -> None:
        """A folder that is gone is a disk that isn't mounted: an empty register there would forget everything."""
        if not self.path.parent.is_dir():
            raise RegisterDown("folder_missing")


def _block(link: sqlite3.Connection, source: str, one: Entered, at: datetime) -> None:
    last = link.execute(LAST_OF_ADDRESS, (source, one.scope, one.address)).fetchone()
    if last is None or last["what"] != SUPPRESS or _entered(last) != one:
        content = {"scope": one.scope, "address": one.address, "reason": one.reason, "since": _stamp(one.since)}
        _add(link, at, source, SUPPRESS, content)


def _add(link: sqlite3.Connection, at: datetime, source: str, what: str, content: Mapping[str, Any]) -> None:
    seq, prev = _head(link)
    said, here = tuple(content.get(name) for name in CONTENT), (seq + 1, _stamp(at))
    digest = _content_digest(said)
    row = (*here, source, what, digest, prev, chained(prev, here[0], "", here[1], source, what, digest), *said)
    link.execute(ADD, row)


def _head(link: sqlite3.Connection) -> tuple[int, str]:
    row = link.execute("SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1").fetchone()
    return (row["seq"], row["hash"]) if row else (0, GENESIS)


def _content_digest(said: tuple[Any, ...]) -> str:
    return hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()


def _record(row: sqlite3.Row) -> Record:
    return Record(
        seq=row["seq"], ticket="", at=row["at"], by=row["source"], what=row["what"], facts=row["content"],
        prev=row["prev"], hash=row["hash"],
    )  # fmt: skip


def _says_what_it_said(row: sqlite3.Row, tidied: str) -> bool:
    said = tuple(row[name] for name in CONTENT)
    is_empty = all(one is None for one in said)
    return bool(row["at"] < tidied if is_empty else _content_digest(said) == row["content"])


def _last_of_each(link: sqlite3.Connection) -> list[sqlite3.Row]:
    """The newest line about each address: lines are read in their order, the last one stays."""
    text = "SELECT * FROM entries WHERE address IS NOT NULL ORDER BY seq"
    return list({(row["source"], row["scope"], row["address"]): row for row in link.execute(text)}.values())


def _over(
    link: sqlite3.Connection, last: sqlite3.Row, now: datetime, old: datetime, kept: Collection[tuple[str, str]]
) -> list[int]:
    """Every line about an address whose suppression ended, or was taken back before the oldest backup."""
    place = (last["scope"], last["address"])
    is_over = last["at"] < _stamp(old) if last["what"] == UNSUPPRESS else _is_over(last, now) and place not in kept
    text = "SELECT seq FROM entries WHERE source = ? AND scope = ? AND address = ?"
    return [row["seq"] for row in link.execute(text, (last["source"], *place))] if is_over else []


def _is_over(row: sqlite3.Row, now: datetime) -> bool:
    return Suppression(reason=row["reason"], since=datetime.fromisoformat(row["since"])).is_over(now)


def _deed_content(deed: Deed) -> Mapping[str, Any]:
    return {
        "call_key": deed.key,
        "subject": deed.subject,
        "approved": deed.approved,
        "ceiling": deed.ceiling,
        "known_by": json.dumps(deed.known_by),
    }


def _deed(row: sqlite3.Row) -> Deed:
    return Deed(
        source=row["source"], verb=Verb(row["what"]), key=row["call_key"], at=datetime.fromisoformat(row["at"]),
        approved=row["approved"], ceiling=row["ceiling"], subject=row["subject"],
        known_by=tuple(json.loads(row["known_by"])),
    )  # fmt: skip


def _entered(row: sqlite3.Row) -> Entered:
    since = datetime.fromisoformat(row["since"])
    return Entered(scope=row["scope"], address=row["address"], reason=row["reason"], since=since)


def _stamp(at: datetime) -> str:
    """UTC to the second: the texts sort as the instants do."""
    return at.astimezone(UTC).isoformat(timespec="seconds")
