"""The house as a walk sees it: a desk at work, tickets as the database has them, and colleagues who decide.

Promise: everything is done through the doors that people and staff use; the database is only looked at. Limits: one
waits for facts, never for time.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp

from bot.core.escalation import rings_at
from bot.core.model import Right, Status, Ticket
from bot.demo.slack import Message, StaffMember, View
from bot.demo.world import World, running
from storage.schema import stamp
from storage.store import News, Store
from tests.walks.visitor import PATIENCE

SOON = timedelta(seconds=2)


@asynccontextmanager
async def at_work(data_dir: Path, *, port: int = 0, store: Store | None = None, **changed: str) -> AsyncIterator[World]:
    """A desk whose courier and watch run for as long as the block lasts; started again, it goes on where it was."""
    is_new = not data_dir.exists()
    async with running(data_dir, port=port, store=store, **changed) as world:
        if is_new:
            _in_office_hours(world)
        work = asyncio.create_task(world.app.run())
        try:
            yield world
        finally:
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work


def _in_office_hours(world: World) -> None:
    """Begin while staff may be called, and for an hour yet: what they are told waits for the morning else."""
    soon = world.clock() + timedelta(hours=1)
    if rings_at(soon) != soon:
        world.clock.advance(rings_at(soon) - world.clock())


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
    """Wait until nothing is owed that could be done now or in a moment (a thread waits a second for its card).

    After time passed that takes the watch too: what became due by it has been looked at.
    """

    def idle(tx: Any) -> bool:
        now = world.clock()
        if tx.work.tickets_to_wake(now) or tx.people.talks_to_wake(now):
            return False
        query = "SELECT count(*) FROM steps WHERE state = 'todo' AND run_at <= ?"
        return int(tx.link.exec_driver_sql(query, (stamp(now + SOON),)).scalar()) == 0

    await until(world, idle)


def rows(database: Path, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows of a database, read only."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute(query, values).fetchall()


def fingerprint(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the platform's own tables, to be compared before and after."""
    database = world.platform_database
    tables = rows(database, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'privacy_desk%'")
    return {name: rows(database, f"SELECT * FROM {name} ORDER BY 1") for (name,) in tables}


def one(database: Path, query: str, *values: Any) -> Any:
    """The first value of the first row."""
    return rows(database, query, *values)[0][0]


# ---- staff


def staff(world: World, who: str) -> StaffMember:
    """A colleague in front of Slack."""
    return StaffMember(world.slack, who)


def cards(world: World) -> list[Message]:
    """The cards in the channel, oldest first."""
    return [one for one in staff(world, "lotte").cards() if any(block["type"] == "actions" for block in one.blocks)]


async def card(world: World, ref: str, *words: str) -> Message:
    """Wait until a ticket's card stands in the channel and holds these words; return it as it is then."""

    def look() -> Message | None:
        mine = [one for one in cards(world) if ref in str(one.blocks[0])]
        return mine[-1] if mine and all(word in str(mine[-1].blocks) for word in words) else None

    found: Message = await world.slack.until(look, within=PATIENCE)
    # Nobody presses in the instant between Slack's answer and its being written down.
    await until(world, lambda tx: tx.work.ticket_of_card(found.channel, found.ts))
    return found


async def approve(world: World, ref: str, who: str) -> None:
    """A colleague looks at the plan where the card says so, presses approve, and says yes to the question."""
    await see_plan(world, ref, who)
    await staff(world, who).click(await card(world, ref, "'approve'"), "approve")


async def see_plan(world: World, ref: str, who: str) -> None:
    """Open an odd request's plan on the staff page, as a colleague has to before approving."""
    shown = await card(world, ref, "'approve'")
    if "open the plan before you approve" in str(shown.blocks):
        member = staff(world, who)
        await staff_page(member, shown)
        await member.close(everything=True)


async def pressed_open(member: StaffMember, shown: Message) -> str | None:
    """Press "open" and read the window's link; None when the machine was too slow for Slack's three seconds."""
    had = len(member.ephemerals)
    await member.click(shown, "open")

    def look() -> list[str | None]:
        blocks = member.modal.blocks if member.modal else []
        urls = [item["url"] for block in blocks for item in block.get("elements", ()) if "url" in item]
        return urls or [None] * (len(member.ephemerals) - had)

    return (await member.world.until(look, within=PATIENCE))[0]


async def window(member: StaffMember, *words: str) -> View:
    """Wait until a colleague's window holds these words, and return it."""

    def look() -> View | None:
        view = member.modal
        return view if view is not None and all(word in str(view.body) for word in words) else None

    found: View = await member.world.until(look, within=PATIENCE)
    return found


async def told(member: StaffMember, *words: str) -> str:
    """Wait until a colleague alone was told this, and return the whole line."""

    def look() -> str | None:
        said = [one.text for one in member.ephemerals]
        return next((one for one in reversed(said) if all(word in one for word in words)), None)

    found: str = await member.world.until(look, within=PATIENCE)
    return found


async def thread(world: World, ref: str, *words: str) -> str:
    """Wait until a line of a ticket's thread holds these words, and return the line."""

    def look() -> str | None:
        for shown in (one for one in cards(world) if ref in str(one.blocks[0])):
            lines = [one.text for one in staff(world, "lotte").thread(shown.ts)]
            return next((line for line in lines if all(word in line for word in words)), None)
        return None

    found: str = await world.slack.until(look, within=PATIENCE)
    return found


async def staff_page(member: StaffMember, shown: Message) -> str:
    """Open a request on the staff page by the link that only the window shows, and return the page."""
    link = None
    while link is None:
        link = await pressed_open(member, shown)
    jar = aiohttp.CookieJar(unsafe=True)  # the desk stands at a bare address here
    async with aiohttp.ClientSession(cookie_jar=jar) as browser, browser.post(link, data={}) as answer:
        assert answer.status == 200
        return await answer.text()
