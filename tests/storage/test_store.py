"""Transactions from the outside: what is durable when, what is rolled back, and who is harmed by whom."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from storage.queries import Conflict
from storage.schema import lines
from storage.store import AGAIN, BATCH, News, Store, Tx
from tests.storage.made import NOW, a_talk, a_ticket

DAY = "2026-11-04"


def counts(path: Path) -> dict[str, int]:
    """What another program would see in the file now."""
    with closing(sqlite3.connect(path)) as link:
        return dict(link.execute("SELECT name, count FROM counters"))


def a_line_of_nobody(tx: Tx) -> None:
    """A write that goes through and whose commit fails."""
    tx.link.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    values = {"talk": "nobody", "seq": 1, "who": "person", "private": False, "at": NOW, "text": "x", "buttons": "[]"}
    tx.link.execute(insert(lines), values)


def counting(name: str) -> Callable[[Tx], int]:
    return lambda tx: tx.people.count(name, DAY)


async def gathered(store: Store, *functions: Callable[[Tx], Any]) -> list[Any]:
    return await asyncio.gather(*(store.tx(fn) for fn in functions), return_exceptions=True)


async def test_sixty_four_at_once_are_all_durable_when_they_are_answered(store: Store) -> None:
    await gathered(store, *(counting(f"c{number}") for number in range(BATCH)))
    assert counts(store.path) == {f"c{number}": 1 for number in range(BATCH)}


async def test_more_than_a_batch_is_served_in_the_order_of_asking(store: Store) -> None:
    answers = await gathered(store, *(counting("c") for _ in range(3 * BATCH + 5)))
    assert answers == list(range(1, 3 * BATCH + 6))


async def test_a_function_that_fails_is_rolled_back_alone(store: Store) -> None:
    def failing(tx: Tx) -> None:
        tx.people.count("lost", DAY)
        raise ValueError("no")

    first, failed, last = await gathered(store, counting("first"), failing, counting("last"))
    assert (first, last) == (1, 1)
    assert isinstance(failed, ValueError)
    assert counts(store.path) == {"first": 1, "last": 1}


async def test_a_commit_that_fails_runs_each_function_alone(store: Store) -> None:
    runs: list[str] = []

    def noted(tx: Tx) -> int:
        runs.append("once")
        return tx.people.count("kept", DAY)

    kept, failed, other = await gathered(store, noted, a_line_of_nobody, counting("other"))
    assert (kept, other) == (1, 1)
    assert "FOREIGN KEY" in str(failed)
    assert counts(store.path) == {"kept": 1, "other": 1}
    assert len(runs) == 2


async def test_a_lonely_commit_that_fails_is_told_and_the_store_goes_on(store: Store) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        await store.tx(a_line_of_nobody)
    assert await store.tx(counting("after")) == 1


async def test_a_conflict_runs_the_function_again(store: Store) -> None:
    runs: list[int] = []

    def third_time_lucky(tx: Tx) -> int:
        tx.people.count("tries", DAY)
        runs.append(1)
        if len(runs) < 3:
            raise Conflict("somebody was faster")
        return len(runs)

    assert await store.tx(third_time_lucky) == 3
    assert counts(store.path) == {"tries": 1}


async def test_a_conflict_without_end_is_told(store: Store) -> None:
    runs: list[int] = []

    def hopeless(_: Tx) -> None:
        runs.append(1)
        raise Conflict("always")

    with pytest.raises(Conflict):
        await store.tx(hopeless)
    assert len(runs) == AGAIN + 1


async def test_a_result_is_given_only_after_the_commit(store: Store) -> None:
    seen_from_outside: list[dict[str, int]] = []
    answered: list[bool] = []

    def second(_: Tx) -> None:
        seen_from_outside.append(counts(store.path))
        answered.append(first.done())

    first = asyncio.create_task(store.tx(counting("c")))
    await asyncio.gather(first, store.tx(second))
    assert (seen_from_outside, answered) == ([{}], [False])
    assert counts(store.path) == {"c": 1}


async def test_a_read_sees_only_what_is_committed_and_stays_with_it(store: Store) -> None:
    writing, reading = threading.Event(), threading.Event()

    def slow_write(tx: Tx) -> None:
        tx.people.count("c", DAY)
        writing.set()
        assert reading.wait(10)

    def look(tx: Tx) -> int:
        assert writing.wait(10)
        before = tx.people.counted("c", DAY)
        reading.set()
        return before

    _, seen = await asyncio.gather(store.tx(slow_write), store.read(look))
    assert seen == 0
    assert await store.read(lambda tx: tx.people.counted("c", DAY)) == 1


async def test_one_reading_transaction_sees_one_state_of_things(store: Store) -> None:
    between, written = threading.Event(), threading.Event()

    def twice(tx: Tx) -> tuple[int, int]:
        before = tx.people.counted("c", DAY)
        between.set()
        assert written.wait(10)
        return before, tx.people.counted("c", DAY)

    async def write() -> None:
        await asyncio.to_thread(between.wait, 10)
        await store.tx(counting("c"))
        written.set()

    seen, _ = await asyncio.gather(store.read(twice), write())
    assert seen == (0, 0)


async def test_a_caller_that_goes_away_harms_nobody_and_its_commit_is_still_news(store: Store) -> None:
    started, go_on = threading.Event(), threading.Event()
    heard: list[News] = []
    store.listen(heard.append)

    def slow(tx: Tx) -> None:
        tx.work.add_ticket(a_ticket(), subject=None)
        started.set()
        assert go_on.wait(10)

    going = asyncio.create_task(store.tx(slow))
    await asyncio.to_thread(started.wait, 10)
    waiting = asyncio.create_task(store.tx(counting("never")))
    staying = asyncio.create_task(store.tx(counting("stays")))
    await asyncio.sleep(0)
    going.cancel()
    waiting.cancel()
    go_on.set()
    assert await staying == 1
    assert counts(store.path) == {"stays": 1}
    assert [one.tickets for one in heard] == [{"ticket-1"}, frozenset()]


async def test_listeners_hear_of_commits_only_and_what_they_changed(store: Store) -> None:
    heard: list[News] = []
    store.listen(heard.append)

    def write(tx: Tx) -> None:
        tx.people.add_talk(a_talk(), key="k")
        tx.work.add_ticket(a_ticket(), subject=None)
        tx.work.queue("s", key="k", ticket="ticket-1", kind="mail", now=NOW)
        tx.spoken.add("talk-1")

    def fail(tx: Tx) -> None:
        write(tx)
        raise ValueError

    await gathered(store, write, fail)
    assert heard == [News(talks=frozenset({"talk-1"}), tickets=frozenset({"ticket-1"}), queued=True)]


async def test_a_listener_that_fails_stops_neither_the_writer_nor_the_other_listeners(store: Store) -> None:
    told: list[dict[str, Any]] = []
    heard: list[News] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))

    def broken(_: News) -> None:
        raise ValueError("deaf")

    store.listen(broken)
    store.listen(heard.append)
    assert await asyncio.wait_for(store.tx(counting("a")), 10) == 1
    assert await asyncio.wait_for(store.tx(counting("b")), 10) == 1
    assert [str(one["exception"]) for one in told] == ["deaf", "deaf"]
    assert len(heard) == 2


async def test_close_waits_for_what_was_asked_before(store: Store) -> None:
    started, go_on = threading.Event(), threading.Event()
    turns: list[int] = []

    def slow(tx: Tx) -> int:
        started.set()
        assert go_on.wait(10)
        turns.append(1)
        if len(turns) == 1:
            raise Conflict("once more")
        return tx.people.count("slow", DAY)

    asked = [asyncio.create_task(store.tx(fn)) for fn in (slow, counting("b"), counting("c"))]
    await asyncio.to_thread(started.wait, 10)
    closing_time = asyncio.create_task(store.close())
    await asyncio.sleep(0)
    assert not closing_time.done()
    go_on.set()
    await closing_time
    assert [one.result() for one in asked] == [1, 1, 1]
    assert counts(store.path) == {"slow": 1, "b": 1, "c": 1}


async def test_a_closed_store_refuses_with_words(store: Store) -> None:
    await store.close()
    with pytest.raises(RuntimeError, match="not open"):
        await store.tx(counting("c"))
    with pytest.raises(RuntimeError, match="not open"):
        await store.read(lambda tx: tx.people.counted("c", DAY))


async def test_two_stores_on_one_file_take_turns(store: Store) -> None:
    other = await Store(store.path).open()
    answers = await asyncio.gather(*(one.tx(counting("c")) for one in (store, other) for _ in range(40)))
    assert sorted(answers) == list(range(1, 81))
    await other.close()


async def test_what_was_deleted_is_gone_from_the_file_after_a_checkpoint(store: Store) -> None:
    secret = "Sanne van den Berg, Keizersgracht 1"
    await store.tx(lambda tx: tx.work.put_content("c", owner="t", kind="words", text=secret * 40, at=NOW))
    await store.raw(lambda link: link.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all())
    assert secret.encode() in store.path.read_bytes()
    await store.tx(lambda tx: tx.work.drop_contents("t", ("words",)))
    await store.raw(lambda link: link.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all())
    for file in store.path.parent.glob("desk.db*"):
        assert secret.encode() not in file.read_bytes(), file.name
