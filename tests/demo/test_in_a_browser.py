"""The demo's pages in Chromium: the login that the chat asks for, letters in their frame, axe, small screens."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, expect

from bot.demo.slack import SlackWorld, routes
from handlers.session import Sessions
from tests.demo.world import NOON, Demo

pytestmark = pytest.mark.browser

WIDGET = Path(__file__).resolve().parents[2] / "templates" / "widget"
WRITING = ("/demo/mail/write", "/demo/mail/write?reply=2", "/demo/mail/sent", "/demo/mail/sent/1", "/demo/mail/sent/2")
PAGES = (
    "/", "/privacy", "/demo/mail", "/demo/mail/1", "/demo/mail/2", *WRITING, "/demo/staff", "/demo/staff/as/lotte",
)  # fmt: skip
SERIOUS = {"serious", "critical"}
HTML = "<html lang='en'><head><title>x</title></head><body><a href='{url}/privacy'>Our policy</a></body></html>"


class Socket:
    """The end of the chat's wire: remembers what the widget says first, and can ask for a login."""

    def __init__(self) -> None:
        self.hellos: asyncio.Queue[dict[str, object]] = asyncio.Queue()
        self.open: list[web.WebSocketResponse] = []

    async def chat(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.open.append(socket)
        async for message in socket:
            frame = json.loads(message.data)
            if frame["type"] == "hello":
                self.hellos.put_nowait(frame)
                welcome = {"type": "welcome", "key": "k" * 43, "last_seq": 0, "limits": {"text": 4000}}
                await socket.send_json({**welcome, "signed_in": bool(frame["token"]), "restart": False})
            elif frame["type"] == "token":
                self.hellos.put_nowait(frame)
        return socket

    async def token(self) -> str:
        """The login's token: in the hello, or in a frame of its own when the chat was faster than the page's script."""
        while True:
            frame = await self.hellos.get()
            if frame["token"]:
                return str(frame["token"])

    async def ask_for_login(self) -> None:
        await self.open[-1].send_json({"type": "signin"})

    async def hang_up(self) -> None:
        for socket in self.open:
            await socket.close()


@pytest.fixture
def socket() -> Socket:
    return Socket()


@pytest.fixture
async def demo(tmp_path: Path, socket: Socket) -> AsyncIterator[Demo]:
    slack = SlackWorld(clock=lambda: NOON, bot_token="xoxb", signing_secret="x")
    files = web.static("/widget", WIDGET)
    extra = (files, web.get("/chat/socket", socket.chat), *routes(slack))
    async with Demo(tmp_path, extra).running() as running:
        await running.send("anna@example.nl", "Your copy is ready", "Words.", HTML.format(url=running.url))
        await running.send("bram@example.nl", "Only words", f"See {running.url}/privacy.")
        running.verdicts += ["ours", "unsure"]
        for subject in ("Delete everything", "A question"):
            await running.writing.send(replace(running.writing.blank(), sender="anna@example.nl", subject=subject))
        yield running
        await socket.hang_up()


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    person = await browser.new_context(viewport={"width": 1000, "height": 760}, locale="en-GB")
    person.set_default_timeout(15_000)
    yield person
    await person.close()


@pytest.fixture
async def tab(context: BrowserContext) -> AsyncIterator[Page]:
    """One tab; what a policy blocked or a script raised fails the test."""
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    assert wrong == []


async def test_the_desk_asks_for_a_login_and_the_chat_goes_on_with_a_token(demo: Demo, socket: Socket, tab: Page):
    await tab.goto(demo.url)
    await tab.locator(".launcher").click()
    assert (await socket.hellos.get())["token"] is None
    await socket.ask_for_login()
    await expect(tab.get_by_role("dialog", name="Log in as")).to_be_visible()
    await expect(tab.get_by_role("status").filter(has_text="asks you to log in")).to_be_visible()
    await expect(tab.get_by_role("button", name="Anna de Vries")).to_be_focused()
    await tab.keyboard.press("Enter")
    await expect(tab.get_by_role("heading", name="Good to see you, Anna de Vries")).to_be_visible()
    token = await socket.token()
    platform = demo.platform
    sessions = Sessions(key=platform.public_key_pem, issuer=platform.issuer, audience=platform.audience)
    assert sessions.judge(token, NOON).session.subject == "101"


async def test_the_login_opens_and_closes_with_the_keyboard(demo: Demo, tab: Page):
    await tab.goto(demo.url)
    button = tab.get_by_role("button", name="Log in as")
    await button.focus()
    await tab.keyboard.press("Enter")
    await expect(tab.get_by_role("button", name="Anna de Vries")).to_be_visible()
    await tab.keyboard.press("Escape")
    await expect(tab.get_by_role("button", name="Anna de Vries")).to_be_hidden()
    await expect(button).to_be_focused()


async def test_on_a_phone_the_login_lies_above_the_open_chat(demo: Demo, socket: Socket, tab: Page):
    await tab.set_viewport_size({"width": 320, "height": 640})
    await tab.goto(demo.url)
    await tab.locator(".launcher").click()
    await socket.hellos.get()
    await socket.ask_for_login()
    await tab.get_by_role("button", name="Bram Jansen").click()
    assert await socket.token()


async def test_the_policy_page_opens_the_chat(demo: Demo, socket: Socket, tab: Page):
    await tab.goto(f"{demo.url}/privacy")
    await tab.get_by_role("button", name="Ask the privacy desk").click()
    await expect(tab.get_by_role("dialog", name="Privacy desk")).to_be_visible()


async def test_a_new_letter_appears_by_itself_and_the_focus_stays(demo: Demo, tab: Page):
    await tab.goto(f"{demo.url}/demo/mail")
    await tab.locator("#letter-1").focus()
    await demo.send("anna@example.nl", "The newest")
    await expect(tab.locator(".row").first).to_contain_text("The newest")
    await expect(tab.locator("#letter-1")).to_be_focused()
    await expect(tab).to_have_title("(3) Mailbox")


async def test_a_link_in_a_letters_frame_opens_a_tab(demo: Demo, context: BrowserContext, tab: Page):
    await tab.goto(f"{demo.url}/demo/mail/1")
    async with context.expect_page() as opened:
        await tab.frame_locator("iframe").get_by_role("link", name="Our policy").click()
    page = await opened.value
    await expect(page.get_by_role("heading", name="Privacy at Seleqt, in short")).to_be_visible()


async def test_time_passes_by_a_button(demo: Demo, tab: Page):
    await tab.goto(f"{demo.url}/demo/mail")
    await tab.get_by_role("button", name="3 days").click()
    await expect(tab.locator("#dates")).to_contain_text("Thursday 5 November 2026")
    await tab.get_by_label("Number of days").fill("10")
    await tab.keyboard.press("Enter")
    await expect(tab.locator("#dates")).to_contain_text("Sunday 15 November 2026")


async def test_the_bar_leads_from_page_to_page(demo: Demo, tab: Page):
    await tab.goto(demo.url)
    for name, path in (("Staff", "/demo/staff"), ("Mailbox", "/demo/mail"), ("Platform", "/")):
        await tab.get_by_role("navigation", name="Demo pages").get_by_role("link", name=name).click()
        await expect(tab).to_have_url(demo.url + path)
        here = tab.get_by_role("navigation", name="Demo pages").locator("[aria-current]")
        await expect(here).to_have_text(name)


async def test_a_reply_is_written_and_what_the_desk_did_is_shown(demo: Demo, tab: Page):
    await tab.goto(f"{demo.url}/demo/mail/2")
    await tab.get_by_role("link", name="Reply").click()
    text = tab.get_by_label("Text")
    await expect(text).to_be_focused()
    await text.press_sequentially("Please stop.")
    await tab.get_by_role("button", name="Send").click()
    await expect(tab.get_by_role("status")).to_contain_text("not for the desk", ignore_case=True)
    assert b"\r\n\r\nPlease stop.\r\n\r\nOn Monday" in demo.delivered[-1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_serious(demo: Demo, context: BrowserContext, scheme: str):
    tab = await context.new_page()  # axe tries inline styles of its own, which the pages' policy blocks
    await tab.emulate_media(color_scheme=scheme)
    found = []
    for path in PAGES:
        await tab.goto(demo.url + path)
        found += await faults(tab, path)
    await tab.goto(demo.url)
    await tab.get_by_role("button", name="Log in as").click()
    found += await faults(tab, "the login")
    await tab.get_by_role("button", name="Bram Jansen").click()
    await expect(tab.get_by_role("heading", name="Good to see you")).to_be_visible()
    found += await faults(tab, "logged in")
    assert found == []


async def faults(tab: Page, where: str) -> list[str]:
    report = await Axe().run(tab)
    serious = [one for one in report.response["violations"] if one["impact"] in SERIOUS]
    return [f"{where}: {one['id']} {node['html'][:120]}" for one in serious for node in one["nodes"]]


async def test_nothing_is_wider_than_a_small_phone(demo: Demo, tab: Page):
    await tab.set_viewport_size({"width": 320, "height": 640})
    wide = {}
    for path in PAGES:
        await tab.goto(demo.url + path)
        wide[path] = await tab.evaluate("document.documentElement.scrollWidth")
    assert set(wide.values()) == {320}
