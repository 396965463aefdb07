"""Tickets, contents, cards and keys that were seen, on a real file."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.clock import legal_dates
from bot.core.model import Status
from storage.queries import Conflict
from storage.store import Store, Tx
from tests.storage.made import MINUTE, NOW, a_ticket


def filed(tx: Tx, *numbers: int, **more: Any) -> None:
    for number in numbers:
        tx.work.add_ticket(a_ticket(number, **more), subject=None)


async def test_a_ticket_is_found_by_key_label_conversation_group_and_subject(store: Store) -> None:
    ticket = a_ticket()
    await store.tx(lambda tx: tx.work.add_ticket(ticket, subject="sanne"))
    await store.tx(lambda tx: tx.work.set_keys(ticket.id, {"sanne", "her mailbox"}))
    assert await store.read(lambda tx: tx.work.tickets_of_subject("her mailbox")) == (ticket,)
    assert await store.read(lambda tx: tx.work.ticket("ticket-1")) == ticket
    assert await store.read(lambda tx: tx.work.ticket_by_ref("SEL-2026-00001")) == ticket
    assert await store.read(lambda tx: tx.work.tickets_of_talk("talk-1")) == (ticket,)
    assert await store.read(lambda tx: tx.work.tickets_of_group("group-1")) == (ticket,)
    assert await store.read(lambda tx: tx.work.tickets_of_subject("sanne")) == (ticket,)
    assert await store.read(lambda tx: tx.work.subject_of("ticket-1")) == "sanne"


async def test_a_ticket_that_is_not_there_is_none(store: Store) -> None:
    assert await store.read(lambda tx: tx.work.ticket("nobody")) is None
    assert await store.read(lambda tx: tx.work.ticket_by_ref("SEL-2026-00001")) is None
    assert await store.read(lambda tx: tx.work.tickets_of_talk("nobody")) == ()
    assert await store.read(lambda tx: tx.work.subject_of("nobody")) is None


async def test_two_tickets_never_carry_one_label(store: Store) -> None:
    await store.tx(lambda tx: filed(tx, 1))
    with pytest.raises(Exception, match=r"tickets\.ref"):
        await store.tx(lambda tx: tx.work.add_ticket(replace(a_ticket(1), id="another"), subject=None))


async def test_labels_are_counted_on_within_their_year(store: Store) -> None:
    assert await store.read(lambda tx: tx.work.next_number(2026)) == 1
    await store.tx(lambda tx: filed(tx, 9, 1234, 417))
    await store.tx(lambda tx: tx.work.add_ticket(replace(a_ticket(2), ref="SEL-2027-00003"), subject=None))
    assert await store.read(lambda tx: tx.work.next_number(2026)) == 1235
    assert await store.read(lambda tx: tx.work.next_number(2027)) == 4
    assert await store.read(lambda tx: tx.work.next_number(2025)) == 1


async def test_of_two_savers_of_one_version_one_is_refused(store: Store) -> None:
    await store.tx(lambda tx: filed(tx, 1))
    moved = replace(a_ticket(1), version=1, status=Status.LOCATING)

    def save(tx: Tx) -> None:
        tx.work.save_ticket(moved, was=0, subject="sanne")

    answers = await asyncio.gather(store.tx(save), store.tx(save), return_exceptions=True)
    assert [type(one) for one in answers] == [type(None), Conflict]
    assert await store.read(lambda tx: tx.work.ticket("ticket-1")) == moved
    assert await store.read(lambda tx: tx.work.subject_of("ticket-1")) == "sanne"


async def test_the_most_urgent_ticket_comes_first_and_closed_ones_only_when_asked_for(store: Store) -> None:
    def write(tx: Tx) -> None:
        late = replace(a_ticket(1), received_at=NOW + timedelta(days=9))
        tx.work.add_ticket(late, subject=None)
        tx.work.add_ticket(a_ticket(2), subject=None)
        tx.work.add_ticket(replace(a_ticket(3), status=Status.DONE), subject=None)

    await store.tx(write)
    still_open = await store.read(lambda tx: tx.work.all_tickets(only_open=True))
    everything = await store.read(lambda tx: tx.work.all_tickets(only_open=False))
    assert [one.id for one in still_open] == ["ticket-2", "ticket-1"]
    assert [one.id for one in everything] == ["ticket-2", "ticket-3", "ticket-1"]
    assert legal_dates(still_open[0]).queue_date < legal_dates(still_open[1]).queue_date
    assert len(await store.read(lambda tx: tx.work.all_tickets(only_open=False, limit=2))) == 2


async def test_a_ticket_wakes_when_something_is_due_and_not_before(store: Store) -> None:
    assert await store.read(lambda tx: tx.work.next_wake()) is None
    await store.tx(lambda tx: filed(tx, 1))
    at = await store.read(lambda tx: tx.work.next_wake())
    assert at is not None
    assert at > NOW
    assert await store.read(lambda tx: tx.work.tickets_to_wake(at - MINUTE)) == []
    assert await store.read(lambda tx: tx.work.tickets_to_wake(at)) == ["ticket-1"]


async def test_the_newest_content_of_a_kind_counts_and_each_goes_on_its_own(store: Store) -> None:
    def write(tx: Tx) -> None:
        tx.work.put_content("c1", owner="t", kind="words", text="first", at=NOW)
        tx.work.put_content("c2", owner="t", kind="words", text="second", at=NOW + MINUTE)
        tx.work.put_content("c3", owner="t", kind="plan", text="plan", at=NOW)

    await store.tx(write)
    assert await store.read(lambda tx: tx.work.content("t", "words")) == "second"
    assert await store.read(lambda tx: tx.work.content_by_id("c1")) == "first"
    await store.tx(lambda tx: tx.work.replace_content("c4", owner="t", kind="words", text="third", at=NOW))
    assert await store.read(lambda tx: tx.work.content("t", "words")) == "third"
    assert await store.read(lambda tx: tx.work.content_by_id("c1")) is None
    await store.tx(lambda tx: tx.work.drop_contents("t", ("words", "changes")))
    assert await store.read(lambda tx: tx.work.content("t", "words")) is None
    assert await store.read(lambda tx: tx.work.content("t", "plan")) == "plan"
    await store.tx(lambda tx: tx.work.drop_contents("t", ()))
    assert await store.read(lambda tx: tx.work.content("t", "plan")) == "plan"


async def test_a_card_leads_to_its_ticket_and_a_new_card_takes_its_place(store: Store) -> None:
    await store.tx(lambda tx: tx.work.set_card("ticket-1", "C1", "1.0"))
    assert await store.read(lambda tx: tx.work.card("ticket-1")) == ("C1", "1.0")
    assert await store.read(lambda tx: tx.work.ticket_of_card("C1", "1.0")) == "ticket-1"
    await store.tx(lambda tx: tx.work.set_card("ticket-1", "C1", "2.0"))
    assert await store.read(lambda tx: tx.work.ticket_of_card("C1", "1.0")) is None
    assert await store.read(lambda tx: tx.work.card("ticket-2")) is None


async def test_a_vault_object_is_listed_and_its_end_is_remembered(store: Store) -> None:
    def listed(tx: Tx) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in tx.link.exec_driver_sql("SELECT id, kind, size, shredded_at FROM objects")]

    await store.tx(lambda tx: tx.work.add_object("o", ticket="t", kind="parcel", size=10, now=NOW))
    await store.tx(lambda tx: tx.work.add_object("o", ticket="t", kind="parcel", size=20, now=NOW))
    assert await store.read(listed) == [("o", "parcel", 20, None)]
    assert await store.read(lambda tx: tx.work.kept_objects()) == ["o"]
    await store.tx(lambda tx: tx.work.shredded("o", NOW))
    assert await store.read(lambda tx: tx.work.kept_objects()) == []
    assert await store.read(listed) == [("o", "parcel", 20, "2026-11-04T09:20:00.000000Z")]


async def test_a_key_is_new_once_however_many_bring_it(store: Store) -> None:
    firsts = await asyncio.gather(*(store.tx(lambda tx: tx.work.first_time("slack:1", NOW)) for _ in range(50)))
    assert sum(firsts) == 1


async def test_a_key_seen_in_a_turn_that_failed_is_new_again(store: Store) -> None:
    def fail(tx: Tx) -> None:
        assert tx.work.first_time("slack:1", NOW)
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        await store.tx(fail)
    assert await store.tx(lambda tx: tx.work.first_time("slack:1", NOW))
