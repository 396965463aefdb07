"""A connection to the mailbox in a thread of its own, used from the event loop.

Promise: one step at a time, in order, each with its result or its fault; cancelling whoever waits never waits for the
server. Limits: a step under way is ended by hanging up, so what it did is only known at the next connection.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from handlers.imap_line import ImapLine

T = TypeVar("T")


class Hand:
    """One thread for one connection: the libraries for IMAP block, and a connection belongs to one thread.

    A thread of its own, not the loop's pool: a stop must not wait for a server that doesn't answer.
    """

    def __init__(self, line: ImapLine) -> None:
        """Start the thread; nothing is connected yet."""
        self.line = line
        self._tasks: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        threading.Thread(target=self._work, name="mailbox", daemon=True).start()

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            task()
        self.line.close()

    async def do(self, fn: Callable[..., T], *args: Any, **named: Any) -> T:
        """Run one step in the thread and give its result, or raise its fault."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def task() -> None:
            try:
                settle = _settling(done, fn(*args, **named), None)
            except Exception as failure:
                settle = _settling(done, None, failure)
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(settle)

        self._tasks.put(task)
        return await done

    def leave(self) -> None:
        """Say goodbye and end, after the steps under way; nobody waits for it."""
        self._tasks.put(None)

    def tear(self) -> None:
        """End the connection now: a step under way comes back with a fault."""
        self.line.hang_up()
        self.leave()


def _settling(done: "asyncio.Future[T]", result: Any, failure: Exception | None) -> Callable[[], None]:
    def settle() -> None:
        if done.done():
            return
        if failure is not None:
            done.set_exception(failure)
        else:
            done.set_result(result)

    return settle
