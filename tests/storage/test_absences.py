"""Who is away, what is owed and what was closed; and how the step up fills the columns they are read from."""

from dataclasses import replace
from datetime import date, timedelta

from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.core.model import Flag, Status, Task
from storage import migrate
from storage.store import Store, Tx
from tests.storage.made import NOW, a_ticket

LOTTE = "T1:U1"


async def test_the_last_day_away_is_a_day_away_and_back_is_back(store: Store) -> None:
    until = date(2026, 11, 9)
    await store.tx(lambda tx: tx.work.set_away(LOTTE, date(2026, 11, 5)))
    await store.tx(lambda tx: tx.work.set_away(LOTTE, until))
    assert await store.read(lambda tx: tx.work.away(until)) == {LOTTE: until}
    assert await store.read(lambda tx: tx.work.away(until + timedelta(days=1))) == {}
    await store.tx(lambda tx: tx.work.set_away(LOTTE, None))
    assert await store.read(lambda tx: tx.work.away(until)) == {}


async def test_what_is_owed_is_open_held_or_has_a_task_left(store: Store) -> None:
    done = {"status": Status.DONE, "closed_at": NOW}

    def write(tx: Tx) -> None:
        for number, more in enumerate(
            ({}, done, {**done, "flags": frozenset({Flag.ALARM})}, {**done, "tasks": frozenset({Task.FORWARD})}), 1
        ):
            tx.work.add_ticket(replace(a_ticket(number), **more), subject=None)

    await store.tx(write)
    owed = await store.read(lambda tx: tx.work.owed_tickets())
    assert sorted(one.ref[-1] for one in owed) == ["1", "3", "4"]
    assert len(await store.read(lambda tx: tx.work.closed_since(NOW))) == 3
    assert await store.read(lambda tx: tx.work.closed_since(NOW + timedelta(seconds=1))) == ()


async def test_a_file_of_the_first_floor_keeps_its_queue(store: Store) -> None:
    """The columns are filled from the tickets' JSON, so that no open request is missing from the Home."""
    await store.tx(lambda tx: tx.work.add_ticket(a_ticket(1), subject=None))
    closed = replace(a_ticket(2), status=Status.REFUSED, closed_at=NOW)
    await store.tx(lambda tx: tx.work.add_ticket(closed, subject=None))

    step = ScriptDirectory(migrate.FOLDER).get_revision("0003").module

    def filled(link: Connection) -> None:
        link.exec_driver_sql("UPDATE tickets SET owed = NULL, closed_at = NULL")
        step._fill(link)
        link.commit()

    await store.raw(filled)
    assert [one.ref for one in await store.read(lambda tx: tx.work.owed_tickets())] == [a_ticket(1).ref]
    assert [one.ref for one in await store.read(lambda tx: tx.work.closed_since(NOW))] == [closed.ref]
