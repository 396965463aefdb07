"""`audit verify`: walks the event log from its first line to its head and finds the first line that does not fit.

Promise: reads only, in pages, beside a running desk; a line that can no longer be parsed counts as broken, it does not
stop the check. Limits: a cut tail or a rewrite of everything after some line shows only against a head that was kept
elsewhere; `holds` compares one.
"""

from dataclasses import dataclass

from storage.chain import BEFORE_ALL, GENESIS, Record, first_break
from storage.store import Store

PAGE = 1000


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a walk found: lines read, the first broken number or None, and the head it ended at (number and hash)."""

    lines: int = 0
    broken: int | None = None
    seq: int = 0
    hash: str = GENESIS


async def verify(store: Store) -> Checked:
    """Check every line; the head is the newest line that fits: number 0 and 64 zeros while the log is empty."""
    checked = Checked()
    page = await _page(store, BEFORE_ALL)
    while page and checked.broken is None:
        checked = _walked(checked, page)
        page = await _page(store, checked.seq)
    return checked


def _walked(so_far: Checked, page: tuple[Record, ...]) -> Checked:
    broken = first_break(page, prev=so_far.hash, seq=so_far.seq)
    if broken is None:
        return Checked(lines=so_far.lines + len(page), seq=page[-1].seq, hash=page[-1].hash)
    whole = [line.seq for line in page].index(broken)
    seq, digest = (page[whole - 1].seq, page[whole - 1].hash) if whole else (so_far.seq, so_far.hash)
    return Checked(lines=so_far.lines + whole + 1, broken=broken, seq=seq, hash=digest)


async def holds(store: Store, seq: int, digest: str) -> bool:
    """Whether a head that was kept earlier is still part of the log; worth something only after a clean `verify`."""
    if seq == 0:
        return digest == GENESIS
    line = await store.read(lambda tx: tx.work.record(seq))
    return line is not None and line.hash == digest


async def _page(store: Store, after: int) -> tuple[Record, ...]:
    return await store.read(lambda tx: tx.work.log_after(after, PAGE))
