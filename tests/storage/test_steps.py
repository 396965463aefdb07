"""The step table: owed once, held under a lease, taken over, finished once, in order."""

import asyncio
from datetime import datetime, timedelta

from storage.store import Store, Tx
from storage.work import Step
from tests.storage.made import MINUTE, NOW

KINDS = frozenset({"mail", "thread", "act"})
LEASE = MINUTE


def owed(tx: Tx, key: str, *, ticket: str = "ticket-1", kind: str = "mail", now: datetime = NOW, **args: str) -> None:
    tx.work.queue(f"id of {key}", key=key, ticket=ticket, kind=kind, now=now, **args)


async def claimed(
    store: Store, lease: str = "a", *, now: datetime = NOW, limit: int = 8, kinds: frozenset[str] = KINDS
) -> list[Step]:
    return await store.tx(lambda tx: tx.work.claim(lease, now=now, until=now + LEASE, limit=limit, kinds=kinds))


async def finished(store: Store, step: Step) -> bool:
    return await store.tx(lambda tx: tx.work.finish(step, NOW))


async def test_a_call_is_owed_once_per_key_however_often_it_is_decided(store: Store) -> None:
    await asyncio.gather(*(store.tx(lambda tx: owed(tx, "act:1", kind="act")) for _ in range(50)))
    assert await store.read(lambda tx: tx.work.step_counts()) == {("act", "todo"): 1}
    (step,) = await claimed(store)
    assert await finished(store, step)
    await store.tx(lambda tx: owed(tx, "act:1", kind="act"))
    assert await store.read(lambda tx: tx.work.step_counts()) == {("act", "done"): 1}


async def test_a_call_decided_in_a_turn_that_failed_is_not_owed(store: Store) -> None:
    def fail(tx: Tx) -> None:
        owed(tx, "act:1")
        raise ValueError

    await asyncio.gather(store.tx(fail), return_exceptions=True)
    assert await claimed(store) == []


async def test_a_claimed_step_tells_what_it_is_about(store: Store) -> None:
    await store.tx(lambda tx: owed(tx, "k", content="c-1"))
    (step,) = await claimed(store, "lease-1")
    assert (step.key, step.ticket, step.kind, step.tries) == ("k", "ticket-1", "mail", 0)
    assert (dict(step.args), step.lease, step.made_at, step.error) == ({"content": "c-1"}, "lease-1", NOW, None)


async def test_fifty_couriers_at_once_share_the_steps_without_overlap(store: Store) -> None:
    await store.tx(lambda tx: [owed(tx, f"k{number}", ticket=f"t{number}") for number in range(100)])
    hands = await asyncio.gather(*(claimed(store, f"courier {number}", limit=4) for number in range(50)))
    keys = [step.key for hand in hands for step in hand]
    assert len(keys) == 100
    assert len(set(keys)) == 100


async def test_a_held_step_is_given_to_nobody_until_its_lease_is_over(store: Store) -> None:
    await store.tx(lambda tx: owed(tx, "k"))
    (first,) = await claimed(store, "a")
    assert await claimed(store, "b", now=NOW + LEASE - timedelta(microseconds=1)) == []
    (second,) = await claimed(store, "b", now=NOW + LEASE)
    assert (first.id, second.lease) == (second.id, "b")


async def test_a_renewed_lease_holds_longer(store: Store) -> None:
    await store.tx(lambda tx: owed(tx, "k"))
    (step,) = await claimed(store, "a")
    assert await store.tx(lambda tx: tx.work.renew(step, NOW + 5 * LEASE))
    assert await claimed(store, "b", now=NOW + 2 * LEASE) == []
    assert len(await claimed(store, "b", now=NOW + 5 * LEASE)) == 1


async def test_a_lost_lease_changes_nothing(store: Store) -> None:
    await store.tx(lambda tx: owed(tx, "k"))
    (slow,) = await claimed(store, "slow")
    (quick,) = await claimed(store, "quick", now=NOW + LEASE)
    assert not await store.tx(lambda tx: tx.work.renew(slow, NOW + 9 * LEASE))
    assert not await store.tx(lambda tx: tx.work.put_back(slow, run_at=NOW, error="down"))
    assert not await finished(store, slow)
    (left,) = await store.read(lambda tx: tx.work.open_steps("ticket-1"))
    assert (left.lease, left.tries, left.error) == ("quick", 0, None)
    assert await finished(store, quick)
    assert not await finished(store, quick)
    assert not await store.tx(lambda tx: tx.work.put_back(quick, run_at=NOW, error="down"))
    assert await store.read(lambda tx: tx.work.step_counts()) == {("mail", "done"): 1}


async def test_a_step_is_not_due_before_its_time_nor_for_a_courier_of_other_kinds(store: Store) -> None:
    await store.tx(lambda tx: owed(tx, "k", now=NOW + MINUTE))
    assert await claimed(store) == []
    assert await claimed(store, now=NOW + MINUTE, kinds=frozenset({"act"})) == []
    assert len(await claimed(store, now=NOW + MINUTE)) == 1


async def test_a_step_put_back_comes_again_at_its_time_with_its_error_and_count(store: Store) -> None:
    await store.tx(lambda tx: owed(tx, "k"))
    (step,) = await claimed(store)
    assert await store.tx(lambda tx: tx.work.put_back(step, run_at=NOW + MINUTE, error="down" * 99))
    assert await claimed(store, "b") == []
    (again,) = await claimed(store, "b", now=NOW + MINUTE)
    assert (again.tries, again.error) == (1, ("down" * 99)[:80])


async def test_steps_of_one_ticket_and_kind_run_in_the_order_they_were_queued(store: Store) -> None:
    """All are queued at one instant, and their ids sort the other way round."""

    def queue(tx: Tx) -> None:
        for number in range(5):
            tx.work.queue(f"id {9 - number}", key=f"k{number}", ticket="t", kind="thread", now=NOW)

    await store.tx(queue)
    done = []
    while steps := await claimed(store):
        assert len(steps) == 1
        assert await finished(store, steps[0])
        done.append(steps[0].key)
    assert done == ["k0", "k1", "k2", "k3", "k4"]


async def test_a_step_waits_for_the_earlier_one_of_its_ticket_and_kind_and_for_no_other(store: Store) -> None:
    def queue(tx: Tx) -> None:
        owed(tx, "first")
        owed(tx, "second")
        owed(tx, "other kind", kind="thread")
        owed(tx, "other ticket", ticket="ticket-2")

    await store.tx(queue)
    taken = await claimed(store)
    assert [step.key for step in taken] == ["first", "other kind", "other ticket"]
    await store.tx(lambda tx: tx.work.put_back(taken[0], run_at=NOW + 9 * MINUTE, error="down"))
    assert await claimed(store, "b") == []


async def test_a_done_step_that_is_deleted_does_not_let_a_later_one_overtake(store: Store) -> None:
    await store.tx(lambda tx: owed(tx, "first"))
    (step,) = await claimed(store)
    await finished(store, step)
    assert await store.tx(lambda tx: tx.work.drop_done_steps(NOW)) == 0
    assert await store.tx(lambda tx: tx.work.drop_done_steps(NOW + MINUTE)) == 1
    await store.tx(lambda tx: (owed(tx, "second"), owed(tx, "third")))
    assert [one.key for one in await claimed(store)] == ["second"]


async def test_the_next_look_is_when_a_step_can_really_be_claimed(store: Store) -> None:
    async def next_look() -> datetime | None:
        return await store.read(lambda tx: tx.work.next_step_at())

    assert await next_look() is None
    await store.tx(lambda tx: owed(tx, "first"))
    assert await next_look() == NOW
    (step,) = await claimed(store)
    assert await next_look() == NOW + LEASE
    await store.tx(lambda tx: owed(tx, "waits for the first"))
    assert await next_look() == NOW + LEASE
    await store.tx(lambda tx: tx.work.put_back(step, run_at=NOW + 30 * MINUTE, error="down"))
    assert await next_look() == NOW + 30 * MINUTE


async def test_a_colleague_who_presses_retry_hurries_the_waiting_steps_of_that_ticket(store: Store) -> None:
    await store.tx(lambda tx: (owed(tx, "mine"), owed(tx, "theirs", ticket="ticket-2")))
    for step in await claimed(store):
        await store.tx(lambda tx, step=step: tx.work.put_back(step, run_at=NOW + 60 * MINUTE, error="down"))
    await store.tx(lambda tx: tx.work.hurry("ticket-1", NOW))
    assert [step.key for step in await claimed(store)] == ["mine"]


async def test_queueing_and_finishing_wake_the_courier_and_a_known_key_does_not(store: Store) -> None:
    woken: list[bool] = []
    store.listen(lambda news: woken.append(news.queued))
    await store.tx(lambda tx: owed(tx, "k"))
    await store.tx(lambda tx: owed(tx, "k"))
    (step,) = await claimed(store)
    await finished(store, step)
    assert woken == [True, False, False, True]


async def test_a_recipient_who_is_down_holds_up_no_other(store: Store) -> None:
    await store.tx(
        lambda tx: tx.work.queue("s-1", key="inform:crm", ticket="t", kind="inform", now=NOW, recipient="crm")
    )
    await store.tx(
        lambda tx: tx.work.queue("s-2", key="inform:post", ticket="t", kind="inform", now=NOW, recipient="p")
    )
    kinds = frozenset({"inform"})
    first, second = await store.tx(
        lambda tx: tx.work.claim("me", now=NOW, until=NOW + 10 * MINUTE, limit=5, kinds=kinds)
    )
    later = NOW + 60 * MINUTE
    assert await store.tx(lambda tx: tx.work.put_back(first, run_at=later, error="down"))
    assert await store.tx(lambda tx: tx.work.finish(second, NOW))
    assert await store.read(lambda tx: [one.key for one in tx.work.open_steps("t")]) == ["inform:crm"]
