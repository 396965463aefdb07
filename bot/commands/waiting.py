"""Long work at the shell says that it goes on.

Promise: a line on standard error every few seconds, so that answers on standard output stay clean. Limits: it measures
nothing; how far the work is, whoever does it says.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

HEARTBEAT_SECONDS = 3.0


async def waiting(
    doing: str, work: Awaitable[T], so_far: Callable[[], str] = str, *, every: float = HEARTBEAT_SECONDS
) -> T:
    """Wait for long work and say on standard error, `every` so many seconds, that it goes on."""
    task = asyncio.ensure_future(work)
    seconds = 0.0
    while not (await asyncio.wait({task}, timeout=every))[0]:
        seconds += every
        sys.stderr.write(f"{doing} ... {seconds:.0f} s {so_far()}\n")
        sys.stderr.flush()
    return await task
