"""Killed in the middle of writing, again and again: what was answered is there, and nothing is there by half.

A kill does not test power loss (pages that were written survive it); synchronous=FULL is asserted in test_lane.py.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from bot.commands import audit
from storage.schema import counters, lines, steps
from storage.store import Store, Tx
from storage.work import Step
from tests.storage.made import NOW, a_talk

ROOT = Path(__file__).parents[2]
CHILD = Path(__file__).with_name("crash_child.py")

pytestmark = pytest.mark.slow


def answered_before_the_end(path: Path, *, kill_after: int = 0, wait: float = 0, dies_in: int = 0) -> list[int]:
    """Run the child until it was killed, `wait` seconds after an answer; the numbers it had an answer for.

    Without the wait every kill would fall at the same place of the child's round, just after its answers.
    """
    command = [sys.executable, str(CHILD), str(path), str(dies_in)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as child:
        assert child.stdout is not None
        answers = []
        for line in child.stdout:  # to its end: what is in the pipe at the kill was answered too
            answers.append(int(line))
            if len(answers) == kill_after:
                threading.Timer(wait, child.kill).start()
    assert child.returncode == -signal.SIGKILL
    return answers


def said_and_owed(tx: Tx) -> tuple[list[int], list[int], dict[str, str]]:
    numbers = list(tx.link.execute(select(lines.c.seq).order_by(lines.c.seq)).scalars())
    count = tx.link.execute(select(counters.c.count)).scalar() or 0
    states = {row.key: row.state for row in tx.link.execute(select(steps.c.key, steps.c.state))}
    return numbers, list(range(1, count + 1)), states


async def assert_whole(store: Store, answered: set[int]) -> None:
    """Every turn is there with its line, log entry, step and count, or not at all."""
    numbers, counted, states = await store.read(said_and_owed)
    records = await store.read(lambda tx: tx.work.log_after(0, 10**6))
    logged = Counter((line.what, line.facts) for line in records)
    assert answered <= set(numbers)
    assert numbers == counted
    assert set(states) == {str(number) for number in numbers}
    performed = {key for key, state in states.items() if state == "done"}
    assert logged == Counter(
        [("said", f'{{"number": "{number}"}}') for number in numbers]
        + [("performed", f'{{"number": "{key}"}}') for key in performed]
    )
    checked = await audit.verify(store)
    assert (checked.lines, checked.broken) == (len(records), None)
    assert await store.raw(_is_sound)


def _is_sound(link: Connection) -> bool:
    return link.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Store]:
    store = await Store(path).open()
    try:
        yield store
    finally:
        await store.close()


@pytest.fixture
async def path(store: Store) -> Path:
    """A file with one conversation, open nowhere."""
    await store.tx(lambda tx: tx.people.add_talk(a_talk(), key="k"))
    await store.close()
    return store.path


async def test_what_was_answered_survives_kills_at_any_moment_and_nothing_is_half_written(path: Path) -> None:
    chance, answered = random.Random(2026), set[int]()
    for _ in range(8):
        some, wait = chance.randrange(1, 300), chance.uniform(0, 0.05)
        answered |= set(await asyncio.to_thread(answered_before_the_end, path, kill_after=some, wait=wait))
        async with opened(path) as store:
            await assert_whole(store, answered)


async def test_a_death_between_two_statements_leaves_nothing_of_that_turn(path: Path) -> None:
    answered = set[int]()
    for dies_in in (1, 9, 77):
        answered |= set(await asyncio.to_thread(answered_before_the_end, path, dies_in=dies_in))
        async with opened(path) as store:
            await assert_whole(store, answered)


async def test_the_steps_of_a_killed_courier_are_taken_over_when_their_lease_is_over(path: Path) -> None:
    await asyncio.to_thread(answered_before_the_end, path, kill_after=200)
    later, kinds = NOW + timedelta(minutes=2), frozenset({"mail"})

    def take_over(tx: Tx) -> tuple[list[str], list[Step]]:
        left = [key for key, state in said_and_owed(tx)[2].items() if state == "todo"]
        return left, tx.work.claim("heir", now=later, until=later + timedelta(minutes=1), limit=10**6, kinds=kinds)

    async with opened(path) as heir:
        left, taken = await heir.tx(take_over)
        assert sorted(step.key for step in taken) == sorted(left)
        assert await heir.tx(lambda tx: all(tx.work.finish(step, later) for step in taken))
        assert set((await heir.read(said_and_owed))[2].values()) == {"done"}
