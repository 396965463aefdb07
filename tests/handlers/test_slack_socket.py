"""Socket Mode: the same presses over WebSockets, several connections, and a deaf one is noticed and rebuilt."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web

from bot.core import events as e
from bot.core.model import Right
from bot.demo.slack import SlackWorld, Switches, running
from handlers.ready import Readiness
from handlers.slack import SlackDoor
from tests.handlers.slack_cases import HASH, LOTTE, TEAM, FakeDesk, ticket
from tests.handlers.slack_room import Room

PATIENCE = 60.0


@asynccontextmanager
async def socket_room(*tickets, deaf_after: float = 60.0) -> AsyncIterator[Room]:
    desk = FakeDesk(*(tickets or (ticket(),)))
    world = SlackWorld(clock=desk.clock, bot_token="xoxb-pretend", signing_secret="unused", app_token="xapp-pretend")
    world.patience = PATIENCE
    async with running(world) as url:
        door = SlackDoor(
            desk=desk,
            token="xoxb-pretend",
            app_token="xapp-pretend",
            channel="C0PRIVACY",
            team=TEAM,
            base_url=f"{url}/api/",
            pace=0.0,
            deaf_after=deaf_after,
        )
        running_door = asyncio.create_task(door.run())
        try:
            await world.until(lambda: len(world.sockets) == 2, within=PATIENCE)
            yield Room(world, desk, door, [])
        finally:
            running_door.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running_door


async def heard(at: Room) -> None:
    await at.world.until(lambda: at.desk.pulse.last("slack"), within=PATIENCE)


async def test_a_press_comes_over_a_socket_and_there_is_no_route():
    async with socket_room() as at:
        assert at.door.routes() == []
        ts = await at.post()
        delivery = await at.press(at.lotte, ts, "approve")
        assert delivery.accepted
        assert at.desk.events == [e.Approved(by=LOTTE.key, plan_hash=HASH)]
        await heard(at)


async def test_windows_errors_commands_and_the_home_work_over_sockets():
    async with socket_room(ticket(Right.ERASURE)) as at:
        ts = await at.post()
        await at.window(at.mina, ts, "Refuse…")
        await at.submit(at.mina, {"ground": "art_17_3_b", "facts": "Because."})
        assert "facts" in at.mina.modal.errors
        assert "/privacy queue" in await at.types(at.lotte, "help")
        assert "SEL-2026-00417" in await at.home(at.lotte)


async def test_an_event_that_slack_sends_again_draws_the_home_once():
    async with socket_room() as at:
        at.world.switches = Switches(retry=2)
        await at.home(at.lotte)
        drawn = [call for call in at.world.calls if call.method == "views.publish"]
        assert len(drawn) == 1


async def test_a_connection_that_ends_is_made_again():
    async with socket_room() as at:
        first = at.world.sockets[0]
        await first.close()
        await at.world.until(lambda: first not in at.world.sockets and len(at.world.sockets) == 2, within=PATIENCE)
        await at.press(at.lotte, await at.post(), "approve")
        assert len(at.desk.events) == 1


async def test_slack_may_ask_to_come_again():
    async with socket_room() as at:
        first = at.world.sockets[0]
        await first.send_json({"type": "disconnect", "reason": "refresh_requested"})
        await at.world.until(lambda: first not in at.world.sockets and len(at.world.sockets) == 2, within=PATIENCE)


async def test_a_deaf_desk_is_not_ready_and_hears_again_on_new_connections():
    async with socket_room(deaf_after=0.6) as at:
        site = web.Application()
        site.add_routes(Readiness(signs={"slack": lambda: not at.door.is_deaf}).routes())
        runner = web.AppRunner(site)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/readyz"
        async with aiohttp.ClientSession() as browser:

            async def status() -> int:
                async with browser.get(url) as answer:
                    return answer.status

            await _until(status, 200)
            old = set(map(id, at.world.sockets))
            at.world.switches = replace(at.world.switches, deaf=True)
            await _until(status, 503)
            at.world.switches = replace(at.world.switches, deaf=False)
            await at.world.until(lambda: at.world.sockets and not old & set(map(id, at.world.sockets)), within=PATIENCE)
            await _until(status, 200)
        await runner.cleanup()


async def _until(look, wanted: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while await look() != wanted:
            await asyncio.sleep(0.05)


async def test_without_any_way_in_the_door_does_not_open():
    with pytest.raises(ValueError, match="signing secret or an app token"):
        SlackDoor(desk=FakeDesk(), token="t", channel="c", team="t")
