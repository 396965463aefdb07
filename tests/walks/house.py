"""The house as a walk sees it: a desk at work, tickets as the database has them, and colleagues who decide.

Promise: everything is done through the doors that people and staff use; the database is only looked at. Limits: one
waits for facts, never for time.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.core.model import Right, Status, Ticket
from bot.demo.platform.seeds import DemoPerson
from bot.demo.slack import Message, StaffMember
from bot.demo.world import World, running
from storage.store import News, Store
from tests.walks.visitor import PATIENCE, Visitor


@asynccontextmanager
async def at_work(data_dir: Path, *, store: Store | None = None) -> AsyncIterator[World]:
    """A desk whose courier and watch run for as long as the block lasts; started again, it goes on where it was."""
    async with running(data_dir, store=store) as world:
        work = asyncio.create_task(world.app.run())
        try:
            yield world
        finally:
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work


# ---- looking into the database


async def until(world: World, holds: Callable[[Any], Any], within: float = PATIENCE) -> Any:
    """Wait until `holds(tx)` is true of the desk's database; it is looked at after each commit."""
    bell = asyncio.Event()

    def heard(_news: News) -> None:
        bell.set()

    world.app.store.listen(heard)
    async with asyncio.timeout(within):
        while not (found := await world.app.store.read(holds)):
            await bell.wait()
            bell.clear()
    return found


async def reaches(world: World, right: Right, status: Status) -> Ticket:
    """Wait until the newest ticket of a right is in a state."""

    def look(tx: Any) -> Ticket | None:
        ticket = newest(tx, right)
        return ticket if ticket is not None and ticket.status is status else None

    found: Ticket = await until(world, look)
    return found


def newest(tx: Any, right: Right) -> Ticket | None:
    """The newest ticket of a right."""
    mine = [ticket for ticket in tx.work.all_tickets(only_open=False) if ticket.right is right]
    return max(mine, key=lambda ticket: ticket.ref, default=None)


async def ticket_of(world: World, right: Right) -> Ticket:
    """The newest ticket of a right as it is now."""
    found: Ticket | None = await world.app.store.read(lambda tx: newest(tx, right))
    assert found is not None
    return found


async def settled(world: World) -> None:
    """Wait until nothing is owed that could be done now."""

    def idle(tx: Any) -> bool:
        due = tx.work.next_step_at()
        return due is None or due > world.clock()

    await until(world, idle)


def rows(database: Path, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows of a database, read only."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute(query, values).fetchall()


def one(database: Path, query: str, *values: Any) -> Any:
    """The first value of the first row."""
    return rows(database, query, *values)[0][0]


# ---- people


async def signed_in(world: World, person: DemoPerson, *, lang: str = "en") -> Visitor:
    """A person in the chat who has just logged in on the platform."""
    visitor = Visitor(url=world.url, token=world.platform.token(person), lang=lang)
    await visitor.come()
    return visitor


# ---- staff


def staff(world: World, who: str) -> StaffMember:
    """A colleague in front of Slack."""
    return StaffMember(world.slack, who)


async def card(world: World, ref: str, *words: str) -> Message:
    """Wait until a ticket's card stands in the channel and holds these words; return it as it is then."""

    def look() -> Message | None:
        for message in world.slack.timeline("C0PRIVACY", "U0LOTTE"):
            if message.thread is None and ref in str(message.blocks) and "decide" in str(message.blocks):
                return message if all(word in str(message.blocks) for word in words) else None
        return None

    found: Message = await world.slack.until(look, within=PATIENCE)
    return found


async def approve(world: World, ref: str, who: str) -> None:
    """A colleague presses approve on the card as it stands, and says yes to the question in front of it."""
    shown = await card(world, ref, "approve")
    await staff(world, who).click(shown, "approve")
