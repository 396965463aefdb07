"""The pages under `/demo/telegram`: pick an account, then a phone with one chat in it, to type and press on.

Promise: works as plain HTML forms without a script (a script only keeps the chat fresh); every act goes through
`Phone`, so a page and a test do the same; texts of people stay text. Opening any of these pages calls `opened`, once,
so that a demo loads the Telegram door no sooner. Limits: whoever opens the page may be any account: this is a stage,
on loopback only.
"""

import contextlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from markupsafe import Markup

from bot.demo.mailbox.letters import linked
from bot.demo.stage import environment, headers, own_page, plain_file
from bot.demo.telegram.model import Message
from bot.demo.telegram.phone import THINGS, Phone
from bot.demo.telegram.world import TelegramWorld

ZONE = ZoneInfo("Europe/Amsterdam")
REACTION = 0.8
"""Seconds a page waits for the desk's first visible reaction, so that the next page already shows it."""
_PAGE = headers()
_BOLD = re.compile(r"(</?b>)")
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")


class TelegramPages:
    """The handlers of the pages for one pretend Telegram."""

    def __init__(self, world: TelegramWorld, *, opened: Callable[[], None] = lambda: None) -> None:
        """`opened` is called whenever somebody comes here."""
        self._world, self._opened = world, opened
        self._templates = environment()
        self._templates.globals.update(drawn=drawn, clock_of=_clock, day_of=_day)

    def routes(self) -> list[web.RouteDef]:
        """The addresses of the pretend phones."""
        mine = r"/demo/telegram/as/{account:\d{1,12}}"
        return [
            web.get("/demo/telegram", self.choose),
            web.get("/demo/telegram/telegram.css", self.style),
            web.get("/demo/telegram/telegram.js", self.script),
            web.get("/demo/telegram/version", self.version),
            web.get(r"/demo/telegram/open/{bot:\w{5,32}}", self.deep_link),
            web.post("/demo/telegram/switches", self.switches),
            web.get(mine, self.phone),
            web.post(f"{mine}/start", self.start),
            web.post(f"{mine}/type", self.type),
            web.post(f"{mine}/press", self.press),
            web.post(f"{mine}/send", self.send),
            web.post(f"{mine}/edit", self.edit),
            web.post(f"{mine}/block", self.block),
        ]

    # ---- looking

    async def choose(self, _: web.Request) -> web.Response:
        """Who one can be."""
        return self._page("choose.html.j2", payload="")

    async def deep_link(self, request: web.Request) -> web.Response:
        """Where a t.me link leads: which account opens it?"""
        payload = request.query.get("start", "")
        if request.match_info["bot"] != self._world.username or not _PAYLOAD.fullmatch(payload):
            raise web.HTTPNotFound(text="no such link", headers=_PAGE)
        return self._page("choose.html.j2", payload=payload)

    async def phone(self, request: web.Request) -> web.Response:
        """One account's chat with the bot."""
        phone = self._phone(request)
        mine = [one.id for one in phone.chat if not one.is_bot and one.kind == "text"]
        return self._page(
            "phone.html.j2",
            me=phone.account,
            chat=phone.chat,
            notice=self._world.notices.get(phone.account.id, ""),
            is_blocked=phone.account.id in self._world.blocked,
            commands=self._world.commands.get(phone.account.lang) or self._world.commands.get("", []),
            editable=mine[-1] if mine else 0,
            things=tuple(THINGS),
        )

    async def style(self, _: web.Request) -> web.Response:
        """The stylesheet."""
        return plain_file("telegram/telegram.css")

    async def script(self, _: web.Request) -> web.Response:
        """The script that keeps the chat fresh."""
        return plain_file("telegram/telegram.js")

    async def version(self, _: web.Request) -> web.Response:
        """A number that changes with the world."""
        return web.Response(text=str(self._world.version), headers=_PAGE)

    def _page(self, template: str, **facts: Any) -> web.Response:
        self._opened()
        html = self._templates.get_template(f"telegram/{template}").render(world=self._world, **facts)
        return web.Response(text=html, content_type="text/html", headers=_PAGE)

    def _phone(self, request: web.Request) -> Phone:
        try:
            return Phone(self._world, int(request.match_info["account"]))
        except LookupError:
            raise web.HTTPNotFound(text="no such account", headers=_PAGE) from None

    # ---- doing

    async def start(self, request: web.Request) -> web.Response:
        """Press Start, perhaps with the payload of a deep link."""
        phone, form = await self._posted(request)
        payload = form.get("payload", "")
        phone.start(payload if _PAYLOAD.fullmatch(payload) else "")
        return await self._back(phone)

    async def type(self, request: web.Request) -> web.Response:
        """Send words."""
        phone, form = await self._posted(request)
        text = form.get("text", "").replace("\r\n", "\n").strip()
        if text:
            phone.type(text)
        return await self._back(phone)

    async def press(self, request: web.Request) -> web.Response:
        """Press a button of a message."""
        phone, form = await self._posted(request)
        message = next((one for one in phone.said() if str(one.id) == form.get("message")), None)
        data = form.get("data", "")
        if message is not None and any(key.get("callback_data") == data for row in message.rows for key in row):
            phone.press_data(message, data)
        return await self._back(phone)

    async def send(self, request: web.Request) -> web.Response:
        """Send something that is not words."""
        phone, form = await self._posted(request)
        if form.get("kind") in THINGS:
            phone.send(form["kind"])
        return await self._back(phone)

    async def edit(self, request: web.Request) -> web.Response:
        """Change one's last message."""
        phone, form = await self._posted(request)
        text = form.get("text", "").strip()
        numbers = {str(one.id): one.id for one in phone.chat if not one.is_bot}
        if text and form.get("message") in numbers:
            phone.edit(numbers[form["message"]], text)
        return await self._back(phone)

    async def block(self, request: web.Request) -> web.Response:
        """Block the bot."""
        phone, _form = await self._posted(request)
        phone.block()
        return await self._back(phone)

    async def switches(self, request: web.Request) -> web.Response:
        """Let the next messages meet a 429, or the next calls an error."""
        own_page(request)
        form = await request.post()
        found = {name: str(form.get(name, "0")) for name in ("ratelimited", "broken")}
        if not all(re.fullmatch(r"\d{1,2}", value) for value in found.values()):
            raise web.HTTPBadRequest(text="whole numbers up to 99", headers=_PAGE)
        self._world.switch(**{name: int(value) for name, value in found.items()})
        raise web.HTTPSeeOther("/demo/telegram")

    async def _posted(self, request: web.Request) -> tuple[Phone, dict[str, str]]:
        own_page(request)
        form = await request.post()
        return self._phone(request), {key: value for key, value in form.items() if isinstance(value, str)}

    async def _back(self, phone: Phone) -> web.Response:
        """Go back to the chat as a GET, so that a reload sends nothing twice; wait a moment for an answer first."""
        before = len(phone.said())
        with contextlib.suppress(TimeoutError):
            await self._world.until(lambda: len(phone.said()) > before, within=REACTION)
        raise web.HTTPSeeOther(f"/demo/telegram/as/{phone.account.id}#end")


def drawn(message: Message) -> Markup:
    """A message's words as HTML: bold and web addresses; everything else is text."""
    if not message.html:
        return linked(message.text)
    parts = _BOLD.split(message.html)
    return Markup().join(Markup(part) if _BOLD.fullmatch(part) else linked(unescape(part)) for part in parts)  # noqa: S704


def _local(date: int) -> datetime:
    return datetime.fromtimestamp(date, UTC).astimezone(ZONE)


def _clock(date: int) -> str:
    return f"{_local(date):%H:%M}"


def _day(date: int) -> str:
    return f"{_local(date):%-d %B}"
