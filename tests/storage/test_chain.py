"""The event log: whatever is changed behind the desk's back is found, and where."""

from datetime import timedelta, timezone
from typing import Any

import pytest

from bot.commands import audit
from bot.core.events import Entry
from storage.chain import GENESIS
from storage.store import Store
from tests.storage.made import MINUTE, NOW, an_entry

LINES = 6


@pytest.fixture
async def logged(store: Store) -> Store:
    """A log of six lines about two tickets."""
    for number in range(LINES // 2):
        await store.tx(
            lambda tx, number=number: tx.work.write_log(
                f"t{number % 2}", [an_entry(), an_entry("proved", level="mailbox")]
            )
        )
    return store


async def behind_its_back(store: Store, *statements: str) -> None:
    for statement in statements:
        await store.raw(lambda link, statement=statement: link.exec_driver_sql(statement))


async def test_an_empty_log_is_whole(store: Store) -> None:
    assert await audit.verify(store) == audit.Checked(lines=0, broken=None, seq=0, hash=GENESIS)
    assert await audit.holds(store, 0, GENESIS)
    assert not await audit.holds(store, 1, GENESIS)


async def test_lines_are_numbered_through_all_tickets_and_read_back_as_written(store: Store) -> None:
    entry = Entry(what="approved", by="T1:U1", at=NOW + MINUTE, facts={"plan": "ab", "count": "2", "naam": "é"})
    assert await store.tx(lambda tx: tx.work.write_log("t1", [an_entry(), entry])) == [1, 2]
    assert await store.tx(lambda tx: tx.work.write_log("t2", [an_entry()])) == [3]
    assert await store.tx(lambda tx: tx.work.write_log("t2", [])) == []
    written = await store.read(lambda tx: tx.work.log_of("t1"))
    assert [(one.seq, one.entry) for one in written] == [(1, an_entry()), (2, entry)]
    assert written[0].prev == GENESIS
    assert written[1].prev == written[0].hash


async def test_a_whole_log_is_whole_in_pages_of_any_size(logged: Store) -> None:
    checked = await audit.verify(logged)
    assert (checked.lines, checked.broken, checked.seq) == (LINES, None, LINES)
    assert await audit.holds(logged, checked.seq, checked.hash)
    page = await logged.read(lambda tx: tx.work.log_after(2, 3))
    assert [line.seq for line in page] == [3, 4, 5]


async def test_a_log_longer_than_a_page_is_checked_to_its_end(store: Store) -> None:
    many = audit.PAGE + 7
    await store.tx(lambda tx: tx.work.write_log("t", [an_entry() for _ in range(many)]))
    assert (await audit.verify(store)).lines == many
    await behind_its_back(store, f"UPDATE log SET what = 'refused' WHERE seq = {audit.PAGE + 2}")
    checked = await audit.verify(store)
    assert (checked.lines, checked.broken, checked.seq) == (audit.PAGE + 2, audit.PAGE + 2, audit.PAGE + 1)


async def test_an_instant_from_another_zone_does_not_break_the_chain(store: Store) -> None:
    entry = Entry(what="filed", by="clock", at=NOW.astimezone(timezone(timedelta(hours=2))))
    await store.tx(lambda tx: tx.work.write_log("t", [entry]))
    assert (await audit.verify(store)).broken is None


@pytest.mark.parametrize(
    ("change", "found_at"),
    [
        ("UPDATE log SET what = 'refused' WHERE seq = 3", 3),
        ("UPDATE log SET by = 'T9:U9' WHERE seq = 3", 3),
        ("UPDATE log SET ticket = 'elsewhere' WHERE seq = 3", 3),
        ("UPDATE log SET at = '2026-11-04T09:21:00.000000Z' WHERE seq = 3", 3),
        ('UPDATE log SET facts = \'{"level":  "session"}\' WHERE seq = 2', 2),
        ("UPDATE log SET facts = facts || ' ' WHERE seq = 2", 2),
        ("UPDATE log SET facts = 'not json' WHERE seq = 2", 2),
        ("UPDATE log SET at = 'never' WHERE seq = 2", 2),
        ("UPDATE log SET by = x'00ff' WHERE seq = 2", 2),
        ("UPDATE log SET hash = prev WHERE seq = 4", 4),
        ("UPDATE log SET prev = hash WHERE seq = 4", 4),
        ("DELETE FROM log WHERE seq = 1", 2),
        ("DELETE FROM log WHERE seq = 4", 5),
        ("DELETE FROM log WHERE seq IN (3, 4)", 5),
        ("UPDATE log SET seq = 99 WHERE seq = 4", 5),
        ("INSERT INTO log SELECT 0, ticket, at, by, what, facts, prev, hash FROM log WHERE seq = 1", 0),
        ("INSERT INTO log SELECT -7, ticket, at, by, what, facts, prev, hash FROM log WHERE seq = 1", -7),
        ("INSERT INTO log SELECT 7, ticket, at, by, what, facts, prev, hash FROM log WHERE seq = 6", 7),
    ],
)
async def test_one_change_is_found_where_it_was_made(logged: Store, change: str, found_at: int) -> None:
    await behind_its_back(logged, change)
    assert (await audit.verify(logged)).broken == found_at


async def test_two_lines_that_changed_places_are_found(logged: Store) -> None:
    await behind_its_back(
        logged,
        "UPDATE log SET seq = -2 WHERE seq = 2",
        "UPDATE log SET seq = 2 WHERE seq = 3",
        "UPDATE log SET seq = 3 WHERE seq = -2",
    )
    assert (await audit.verify(logged)).broken == 2


async def test_a_line_edited_and_hashed_anew_breaks_the_line_after_it(logged: Store) -> None:
    def forge(tx: Any) -> None:
        last = tx.work.record(3)
        tx.link.exec_driver_sql("DELETE FROM log WHERE seq > 3")
        tx.link.exec_driver_sql("DELETE FROM log WHERE seq = 3")
        tx.work.write_log(last.ticket, [an_entry("forged")])

    kept = [await logged.read(lambda tx, seq=seq: tx.work.record(seq)) for seq in (4, 5, 6)]
    await logged.tx(forge)
    for line in kept:
        values = (line.seq, line.ticket, line.at, line.by, line.what, line.facts, line.prev, line.hash)
        await logged.raw(
            lambda link, values=values: link.exec_driver_sql("INSERT INTO log VALUES (?,?,?,?,?,?,?,?)", values)
        )
    assert (await audit.verify(logged)).broken == 4


async def test_a_cut_tail_shows_only_against_a_head_that_was_kept_elsewhere(logged: Store) -> None:
    kept = await audit.verify(logged)
    await behind_its_back(logged, "DELETE FROM log WHERE seq > 4")
    assert (await audit.verify(logged)).broken is None
    assert not await audit.holds(logged, kept.seq, kept.hash)


async def test_a_log_written_anew_shows_only_against_a_head_that_was_kept_elsewhere(logged: Store) -> None:
    kept = await audit.verify(logged)
    await behind_its_back(logged, "DELETE FROM log")
    await logged.tx(lambda tx: tx.work.write_log("t", [an_entry("innocent") for _ in range(LINES)]))
    assert (await audit.verify(logged)).broken is None
    assert not await audit.holds(logged, kept.seq, kept.hash)
