"""The webhook: shut without a secret, deaf to whoever does not know it, and as reliable as polling."""

import json
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from bot.app import counted
from bot.demo.telegram import Phone, running
from tests.handlers.telegram.house import FakeDesk, a_store, a_world, at_work, make

ANNA = 501_000_201
SECRET = "s3cret-of-256-bits"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


@asynccontextmanager
async def hooked(folder):
    """World, desk, door, and the address Telegram was told."""
    world, served = a_world(), web.Application(client_max_size=256 * 1024, middlewares=[counted])
    runner = web.AppRunner(served, access_log=None)
    async with running(world) as url, a_store(folder) as store:
        desk = FakeDesk(store=store)
        rooms = []

        async def heard(request):
            return await rooms[0].webhook(request)

        served.router.add_post("/telegram/{path}", heard)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        own = f"http://127.0.0.1:{runner.addresses[0][1]}"
        rooms.append(make(desk, url, webhook=True, secret=SECRET, public_url=own))
        try:
            async with at_work(rooms[0]) as door:
                await world.until(lambda: world.webhook.get("url"))
                yield world, desk, door, world.webhook["url"]
        finally:
            await runner.cleanup()


async def post(url, body, **headers):
    async with aiohttp.ClientSession() as client, client.post(url, data=body, headers=headers) as answer:
        return answer.status, await answer.read()


async def test_a_webhook_without_a_secret_is_refused(tmp_path):
    async with a_store(tmp_path) as store:
        with pytest.raises(ValueError, match="needs a secret"):
            make(FakeDesk(store=store), "http://127.0.0.1:9", webhook=True)


async def test_updates_come_in_by_webhook(tmp_path):
    async with hooked(tmp_path) as (world, desk, door, _url):
        Phone(world, ANNA).type("delete my data")
        await desk.was_asked(1)
        await world.until(lambda: not world.updates)
        assert door.is_ready
        assert "getUpdates" not in [one.method for one in world.calls]


async def test_a_polling_door_has_no_route(tmp_path):
    async with a_store(tmp_path) as store:
        assert make(FakeDesk(store=store), "http://127.0.0.1:9").routes() == []
        assert len(make(FakeDesk(store=store), "http://127.0.0.1:9", webhook=True, secret="s").routes()) == 1


@pytest.mark.parametrize("headers", [{}, {HEADER: ""}, {HEADER: "s3cret-of-256-bitz"}, {HEADER: "\u00e9"}])
async def test_a_wrong_secret_gets_401_and_no_word(tmp_path, headers):
    async with hooked(tmp_path) as (_world, desk, _door, url):
        assert await post(url, "{}", **headers) == (401, b"")
        assert desk.asked == []


async def test_a_wrong_path_gets_401_even_with_the_secret(tmp_path):
    async with hooked(tmp_path) as (_world, desk, _door, url):
        assert await post(url[:-1] + "x", "{}", **{HEADER: SECRET}) == (401, b"")
        assert desk.asked == []


async def test_the_path_stands_in_no_log_line(tmp_path, capsys):
    async with hooked(tmp_path) as (world, desk, _door, url):
        Phone(world, ANNA).type("hello")
        await desk.was_asked(1)
        await world.until(lambda: not world.updates)
    said = capsys.readouterr().out
    assert url.rpartition("/")[2] not in said
    assert SECRET not in said


@pytest.mark.parametrize(
    ("body", "status"),
    [("not json", 400), ("[]", 200), ("{}", 200), ('{"update_id": 1, "poll": {}}', 200), (" " * 262_145, 413)],
)
async def test_bodies_that_are_no_update_do_nothing(tmp_path, body, status):
    async with hooked(tmp_path) as (_world, desk, _door, url):
        assert (await post(url, body, **{HEADER: SECRET}))[0] == status
        assert desk.asked == []


async def test_an_update_brought_twice_is_one_turn(tmp_path):
    async with hooked(tmp_path) as (world, desk, _door, url):
        update = Phone(world, ANNA).type("once")
        await world.until(lambda: not world.updates)
        assert (await post(url, json.dumps(update), **{HEADER: SECRET}))[0] == 200
        assert desk.heard() == ["once"]


async def test_a_turn_that_fails_is_brought_again(tmp_path):
    async with hooked(tmp_path) as (world, desk, _door, _url):
        desk.fails = 1
        Phone(world, ANNA).type("patience")
        await desk.was_asked(1)
        await world.until(lambda: not world.updates)
        assert desk.heard() == ["patience"]
        assert "503" in world.webhook["last_error_message"]
