"""What the desk keeps of its own, and for how long."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.core.model import Status
from storage.store import Store, Tx
from tests.storage.made import NOW, a_challenge, a_talk, a_ticket, an_entry

DAY = timedelta(days=1)


async def test_a_conversation_in_which_nothing_was_asked_is_gone_after_thirty_days(store: Store) -> None:
    def begin(tx: Tx) -> None:
        tx.people.add_talk(a_talk(), key="k")
        tx.people.say("talk-1", who="person", text="hello", at=NOW, private=False)

    await store.tx(begin)
    assert (await store.tx(lambda tx: tx.retention.tidy(NOW + 30 * DAY)))["talks"] == 0
    assert (await store.tx(lambda tx: tx.retention.tidy(NOW + 31 * DAY)))["talks"] == 1
    assert await store.read(lambda tx: tx.people.talk("talk-1")) is None
    assert await store.read(lambda tx: tx.people.lines_after("talk-1", 0, with_private=True)) == []


async def test_a_conversation_with_a_request_stays_as_long_as_its_file(store: Store) -> None:
    def begin(tx: Tx) -> None:
        tx.people.add_talk(a_talk(), key="k")
        tx.work.add_ticket(a_ticket(), subject=None)

    await store.tx(begin)
    assert (await store.tx(lambda tx: tx.retention.tidy(NOW + 400 * DAY)))["talks"] == 0


async def test_a_conversation_that_was_about_a_request_stays_as_long_as_its_file(store: Store) -> None:
    def begin(tx: Tx) -> None:
        tx.people.add_talk(a_talk(), key="k")
        tx.work.add_ticket(a_ticket(talk=None), subject=None)
        tx.work.put_content("c", owner="ticket-1", kind="heard_in", text="talk-1", at=NOW)

    await store.tx(begin)
    assert (await store.tx(lambda tx: tx.retention.tidy(NOW + 400 * DAY)))["talks"] == 0
    await store.tx(lambda tx: tx.work.drop_contents("ticket-1", ("heard_in",)))
    assert (await store.tx(lambda tx: tx.retention.tidy(NOW + 400 * DAY)))["talks"] == 1


async def test_a_request_file_of_a_leap_day_ends_with_the_last_day_of_february_three_years_later(store: Store) -> None:
    received = datetime(2024, 2, 29, 12, tzinfo=UTC)

    def begin(tx: Tx) -> None:
        ticket = replace(a_ticket(talk=None), received_at=received, status=Status.DONE)
        tx.work.add_ticket(ticket, subject=None)
        tx.work.put_content("c", owner="ticket-1", kind="words", text="delete me", at=received)
        tx.work.write_log("ticket-1", [an_entry()])

    await store.tx(begin)
    last_instant = datetime(2027, 2, 28, 22, 59, tzinfo=UTC)
    assert (await store.tx(lambda tx: tx.retention.tidy(last_instant)))["files"] == 0
    assert (await store.tx(lambda tx: tx.retention.tidy(last_instant + timedelta(minutes=1))))["files"] == 1
    assert await store.read(lambda tx: tx.work.ticket("ticket-1")) is None
    assert await store.read(lambda tx: tx.work.content("ticket-1", "words")) is None
    assert len(await store.read(lambda tx: tx.work.log_of("ticket-1"))) == 1


async def test_an_open_request_is_never_purged_however_old(store: Store) -> None:
    old = replace(a_ticket(talk=None), received_at=NOW - 2000 * DAY)
    await store.tx(lambda tx: tx.work.add_ticket(old, subject=None))
    assert (await store.tx(lambda tx: tx.retention.tidy(NOW)))["files"] == 0


async def test_an_address_typed_for_a_code_is_gone_a_day_after_the_code_ended(store: Store) -> None:
    def begin(tx: Tx) -> None:
        tx.people.add_challenge(a_challenge())
        tx.work.put_content("c", owner="challenge-1", kind="mailbox", text="a@example.nl", at=NOW)

    await store.tx(begin)
    assert (await store.tx(lambda tx: tx.retention.tidy(NOW + DAY)))["codes"] == 0
    assert (await store.tx(lambda tx: tx.retention.tidy(NOW + 2 * DAY)))["codes"] == 1
    assert await store.read(lambda tx: tx.work.content("challenge-1", "mailbox")) is None


async def test_tidying_twice_deletes_nothing_more(store: Store) -> None:
    await store.tx(lambda tx: tx.people.count("codes:x", "2026-11-04"))
    assert (await store.tx(lambda tx: tx.retention.tidy(NOW + 30 * DAY)))["bookkeeping"] == 1
    assert set((await store.tx(lambda tx: tx.retention.tidy(NOW + 30 * DAY))).values()) == {0}
