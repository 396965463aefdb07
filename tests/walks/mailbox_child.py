"""A desk behind a shared mailbox that is killed at its n-th commit, and takes the mails up again in its next life.

Promise: the kill is SIGKILL from inside the store, as in crash_child.py. Limits: a process of its own, because it dies.

Run as `python -m tests.walks.mailbox_child DATA_DIR IMAP_PORT MAILS AT MODE [AT MODE ...]`: each pair is one life.
"""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

from bot.hearing import listen
from tests.walks.crash_child import LEASES_END, TROUBLE, Mortal
from tests.walks.house import at_work, settled
from tests.walks.sharedbox import read, settings


async def live(data_dir: Path, port: int, mails: int, *, at: int, mode: str) -> None:
    """One life: read all mails and answer them, and die at a commit if it comes to that."""
    store = Mortal(data_dir / "desk.sqlite3", at=at, mode=mode)
    async with at_work(data_dir, store=store, **settings(port)) as world:
        world.clock.advance(LEASES_END + timedelta(seconds=1))
        await read(world, mails)
        await settled(world)


def main() -> None:
    """Fork one life after the other; fails if one ends in any way but death or success."""
    folder, port, mails, *lives = sys.argv[1:]
    listen("warm up", "en")  # read once here, so that no fork has to
    for at, mode in zip(lives[::2], lives[1::2], strict=True):
        child = os.fork()
        if child == 0:
            asyncio.run(live(Path(folder), int(port), int(mails), at=int(at), mode=mode))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) not in {0, -signal.SIGKILL}:
            sys.exit(TROUBLE)


if __name__ == "__main__":
    main()
