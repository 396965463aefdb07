"""The phones without a script: forms in, redirects out, everything escaped, and the door loaded by the first visit."""

import aiohttp
import pytest
from aiohttp import web

from bot.demo.telegram import Phone, TelegramPages, TelegramWorld
from bot.demo.telegram.methods import send_message
from bot.demo.telegram.pages import drawn
from tests.demo.world import NOON

ANNA, MALLORY = 501_000_201, 501_000_666


@pytest.fixture
async def browser():
    world = TelegramWorld(clock=lambda: NOON, token="710001:x")
    visits = []
    app = web.Application()
    app.add_routes(TelegramPages(world, opened=lambda: visits.append(1)).routes())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    root = f"http://127.0.0.1:{runner.addresses[0][1]}/demo/telegram"

    class Browser:
        def __init__(self, client):
            self.client, self.world, self.visits = client, world, visits

        async def look(self, path=""):
            async with self.client.get(f"{root}{path}") as answer:
                return answer.status, await answer.text(), answer.headers

        async def post(self, path, headers=None, **fields):
            async with self.client.post(f"{root}{path}", data=fields, headers=headers) as answer:
                return answer.status

    async with aiohttp.ClientSession() as client:
        yield Browser(client)
    await runner.cleanup()


async def test_the_first_visit_opens_the_door_and_a_look_at_the_style_does_not(browser):
    await browser.look("/telegram.css")
    await browser.look("/version")
    assert browser.visits == []
    status, page, headers = await browser.look()
    assert (status, len(browser.visits)) == (200, 1)
    assert "&lt;b&gt;Mallory&lt;/b&gt;" in page
    assert "script-src 'self'" in headers["Content-Security-Policy"]


async def test_what_is_typed_pressed_and_sent_becomes_updates(browser):
    me = f"/as/{ANNA}"
    assert await browser.post(f"{me}/start") == 200
    rows = (
        '{"inline_keyboard": [[{"text": "Go", "callback_data": "d1"}, {"text": "Read", "url": "https://a.example"}]]}'
    )
    await send_message(browser.world, {"chat_id": ANNA, "text": "Which?", "reply_markup": rows})
    question = browser.world.chat(ANNA)[-1]
    await browser.post(f"{me}/type", text=" <script>alert(1)</script> ")
    await browser.post(f"{me}/press", message=str(question.id), data="d1")
    await browser.post(f"{me}/press", message=str(question.id), data="made up")
    await browser.post(f"{me}/send", kind="photo")
    await browser.post(f"{me}/send", kind="nothing")
    own = next(one for one in browser.world.chat(ANNA) if "script" in one.text)
    await browser.post(f"{me}/edit", message=str(own.id), text="changed")
    kinds = [next(iter(set(one) - {"update_id"})) for one in browser.world.updates]
    assert kinds == ["message", "message", "callback_query", "message", "edited_message"]
    _, page, _ = await browser.look(me)
    assert "<script>alert" not in page
    assert "[photo]" in page
    assert 'href="https://a.example" target="_blank" rel="noopener noreferrer"' in page


async def test_a_blocked_bot_can_be_started_again(browser):
    await browser.post(f"/as/{ANNA}/start")
    await browser.post(f"/as/{ANNA}/block")
    assert "Unblock and start again" in (await browser.look(f"/as/{ANNA}"))[1]
    await browser.post(f"/as/{ANNA}/start")
    assert browser.world.blocked == set()


async def test_a_deep_link_asks_who_opens_it(browser):
    status, page, _ = await browser.look("/open/seleqt_privacy_bot?start=abc_DEF-1")
    assert (status, 'name="payload" value="abc_DEF-1"' in page) == (200, True)
    await browser.post(f"/as/{MALLORY}/start", payload="abc_DEF-1")
    assert browser.world.chat(MALLORY)[-1].text == "/start abc_DEF-1"
    assert (await browser.look("/open/somebody_else?start=abc"))[0] == 404
    assert (await browser.look("/open/seleqt_privacy_bot?start=a%20b"))[0] == 404


async def test_another_sites_page_cannot_type_here(browser):
    assert await browser.post(f"/as/{ANNA}/type", headers={"Origin": "https://evil.example"}, text="hi") == 403
    assert await browser.post("/as/12345/type", text="hi") == 404
    assert browser.world.updates == []


async def test_the_switches_are_whole_numbers(browser):
    assert await browser.post("/switches", ratelimited="2", broken="1") == 200
    assert (browser.world.switches.ratelimited, browser.world.switches.broken) == (2, 1)
    assert await browser.post("/switches", ratelimited="-1") == 400


async def test_bold_and_addresses_are_drawn_and_nothing_else(browser):
    Phone(browser.world, ANNA).start()
    text = "<b>SEL-1</b> &lt;i&gt; see https://a.example/x."
    await send_message(browser.world, {"chat_id": ANNA, "text": text, "parse_mode": "HTML"})
    shown = drawn(browser.world.chat(ANNA)[-1])
    assert "<b>SEL-1</b> &lt;i&gt; see <a href=" in shown
