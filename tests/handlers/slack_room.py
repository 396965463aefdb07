"""One pretend workspace and the real bolt app, over signed HTTP or over sockets, with a desk in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from bot.demo.slack import SlackWorld, StaffMember, running
from handlers.slack import SlackDoor
from tests.handlers.slack_cases import STAFF, TEAM, FakeDesk, ticket, view

SECRET = "not-a-secret"


class Room:
    """One workspace, one desk, its door, and the card of its first ticket."""

    def __init__(self, world: SlackWorld, desk: FakeDesk, door: SlackDoor, naps: list[float]) -> None:
        self.world, self.desk, self.door, self.naps = world, desk, door, naps
        self.lotte, self.joris, self.mina, self.bram = (
            StaffMember(world, who) for who in ("@lotte", "@joris", "@mina", "@bram")
        )

    async def post(self) -> str:
        """Post or update the card of the first ticket, as the courier does; returns its ts."""
        first = next(iter(self.desk.tickets.values()))
        known = {name: place for place, name in self.desk.places.items()}
        place = await self.door.card(view(first), known.get(first.id))
        self.desk.places[place] = first.id
        return place[1]

    @property
    def ticket(self):
        return next(iter(self.desk.tickets.values()))

    async def press(self, who: StaffMember, ts: str, what: str):
        delivery = await who.click(ts, what)
        await self.door.close()
        return delivery

    async def window(self, who: StaffMember, ts: str, what: str):
        await self.press(who, ts, what)
        assert who.modal is not None
        return who.modal

    async def submit(self, who: StaffMember, values: dict):
        delivery = await who.submit(values)
        await self.door.close()
        return delivery

    async def home(self, who: StaffMember, *presses: str) -> str:
        """Open the Home, press these one after the other, and return it as text."""
        if who.home is None or not presses:
            await who.open_home()
            await self.door.close()
        for what in presses:
            await who.click_home(what)
            await self.door.close()
        assert who.home is not None
        return str(who.home.blocks)

    async def types(self, who: StaffMember, text: str) -> str:
        """Type the command and return what only they read of it."""
        had = len(who.ephemerals)
        delivery = await who.command("/privacy", text)
        assert delivery.accepted
        await self.door.close()
        return "\n".join(f"{one.text}\n{one.blocks}" for one in who.ephemerals[had:])

    def said(self, who: StaffMember) -> list[str]:
        return [each.text for each in who.ephemerals]


@asynccontextmanager
async def room(*tickets, staff=STAFF) -> AsyncIterator[Room]:
    desk = FakeDesk(*(tickets or (ticket(),)), staff=staff)
    world = SlackWorld(clock=desk.clock, bot_token="xoxb-pretend", signing_secret=SECRET)
    naps: list[float] = []

    async def nap(seconds: float) -> None:
        naps.append(seconds)

    async with running(world) as url:
        door = SlackDoor(
            desk=desk,
            token="xoxb-pretend",
            signing_secret=SECRET,
            channel="C0PRIVACY",
            team=TEAM,
            base_url=f"{url}/api/",
            pause=nap,
            pace=0.0,
        )
        async with served(door) as world.request_url:
            yield Room(world, desk, door, naps)


@asynccontextmanager
async def served(door: SlackDoor) -> AsyncIterator[str]:
    app = web.Application()
    app.add_routes(door.routes())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await door.close()
        await runner.cleanup()
