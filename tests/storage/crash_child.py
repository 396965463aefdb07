"""A program that writes through the store until it is killed; run by test_crash.py, never imported.

It prints a number only after the write of that number was answered. Its second argument says in the middle of which
write it kills itself, between two statements of one transaction; 0 is never.
"""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

from storage.store import Store, Tx
from tests.storage.made import NOW, an_entry

WRITERS = 8
KINDS = frozenset({"mail"})


class Child:
    """Writers and couriers over one store."""

    def __init__(self, store: Store, dies_in: int) -> None:
        self.store = store
        self.dies_in = dies_in
        self.writes = 0

    def write(self, tx: Tx) -> int:
        """One turn: a line, a log entry, an owed step and a count, all of the same number."""
        number = tx.people.say("talk-1", who="person", text="hello", at=NOW, private=False)
        self.writes += 1
        if self.writes == self.dies_in:
            os.kill(os.getpid(), signal.SIGKILL)
        tx.work.write_log("ticket-1", [an_entry("said", number=str(number))])
        tx.work.queue(f"id {number}", key=str(number), ticket=f"ticket-{number}", kind="mail", now=NOW)
        tx.people.count("said", "2026-11-04")
        return number

    async def writer(self) -> None:
        while True:
            number = await self.store.tx(self.write)
            os.write(1, b"%d\n" % number)

    async def courier(self) -> None:
        until = NOW + timedelta(minutes=1)
        lease = f"courier {os.getpid()}"
        while True:
            steps = await self.store.tx(lambda tx: tx.work.claim(lease, now=NOW, until=until, limit=8, kinds=KINDS))
            for step in steps:
                await self.store.tx(lambda tx, step=step: self.finish(tx, step))
            await asyncio.sleep(0)

    def finish(self, tx: Tx, step: object) -> None:
        """A step and its report, in one transaction."""
        if tx.work.finish(step, NOW):  # type: ignore[arg-type]
            tx.work.write_log(step.ticket, [an_entry("performed", number=step.key)])  # type: ignore[attr-defined]


async def main(path: Path, dies_in: int) -> None:
    store = await Store(path).open()
    child = Child(store, dies_in)
    await asyncio.gather(*(child.writer() for _ in range(WRITERS)), child.courier())


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
