"""What a walk does again and again: open a chat, read a code or a link from a mail, press a page's button.

Promise: everything goes through the same doors as in life (WebSocket, mailbox, HTTP); the databases are only looked at.
Limits: a letter or a page that does not come in time fails the walk with TimeoutError.
"""

import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.core.model import Ticket
from bot.demo.mailbox.letters import Letter
from bot.demo.platform.seeds import DemoPerson
from bot.demo.slack import Message, StaffMember
from bot.demo.world import World
from tests.walks.house import pressed_open
from tests.walks.visitor import PATIENCE, Visitor

CODE = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4} [0-9A-HJKMNP-TV-Z]{4}\b")
CODE_MAIL = "Your code for Seleqt's privacy desk"
COPY_CODE_MAIL = "Your code to open your copy"
NEW_ADDRESS_MAIL = "Your code to check this address"

Visit = Callable[..., Awaitable[Visitor]]


@asynccontextmanager
async def visits(world: World) -> AsyncIterator[Visit]:
    """Lets people open the chat, and closes every chat in the end."""
    came: list[Visitor] = []

    async def come(person: DemoPerson | None = None, **more: Any) -> Visitor:
        token = world.platform.token(person) if person else None
        visitor = Visitor(**{"url": world.url, "token": token, **more})
        came.append(visitor)
        return await visitor.come()

    try:
        yield come
    finally:
        for visitor in came:
            await visitor.leave()


# ---- mails


async def mail(world: World, to: str, subject: str, *, count: int = 1) -> Letter:
    """The newest letter with these words in its subject, once there are `count` of them."""
    return await world.mailbox.wait_for(to, subject, PATIENCE, count=count)


def letters(world: World, to: str, subject: str) -> list[Letter]:
    """The letters so far with these words in their subject."""
    return [one for one in world.mailbox.letters(to) if subject in one.subject]


def code_in(letter: Letter) -> str:
    """The code of a code mail, as it is printed."""
    found = CODE.search(letter.text)
    assert found, letter.text
    return found[0]


def link_in(letter: Letter, kind: str) -> str:
    """The address of a landing page (copy, stop, undo) in a mail."""
    found = re.search(rf"https?://[^\s<>\"')]+/{kind}/[A-Za-z0-9_-]+", letter.text)
    assert found, letter.text
    return found[0]


async def code_for(world: World, visitor: Visitor, address: str, *, to: str | None = None) -> str:
    """Give an address in the chat and read the code that is mailed (to the stored spelling, if there is one)."""
    had = len(letters(world, to or address, CODE_MAIL))
    await visitor.say(address)
    return code_in(await mail(world, to or address, CODE_MAIL, count=had + 1))


async def prove(world: World, visitor: Visitor, address: str, *, to: str | None = None) -> None:
    """Give an address in the chat and type the code that is mailed."""
    await visitor.say(await code_for(world, visitor, address, to=to))


# ---- pages


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a request brought, after redirects."""

    status: int
    body: bytes
    url: str
    headers: dict[str, str]

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


async def get(url: str, **headers: str) -> Page:
    """Open a page, as a scanner, a preview or a person does."""
    async with aiohttp.ClientSession() as browser, browser.get(url, headers=headers) as answer:
        return await _page(answer)


async def post(url: str, *, headers: dict[str, str] | None = None, **fields: str) -> Page:
    """Press a page's button."""
    async with aiohttp.ClientSession() as browser, browser.post(url, data=fields, headers=headers) as answer:
        return await _page(answer)


async def _page(answer: aiohttp.ClientResponse) -> Page:
    headers = dict(answer.headers.items())
    return Page(status=answer.status, body=await answer.read(), url=str(answer.url), headers=headers)


# ---- the staff page


@dataclass(frozen=True, kw_only=True)
class StaffSheet:
    """A request on the staff page, as one colleague has it open."""

    browser: aiohttp.ClientSession
    url: str
    text: str

    async def reply(self, words: str) -> Page:
        """Type a reply to the person and send it."""
        return await self._send("reply", text=words)

    async def look(self, collection: str, reason: str) -> Page:
        """Open the rows of one group of the platform's acme tenant."""
        return await self._send("look", source="platform", tenant="acme", collection=collection, reason=reason)

    async def _send(self, what: str, **fields: str) -> Page:
        own = {name: self._hidden(name) for name in ("form", "key")}
        async with self.browser.post(f"{self.url}/{what}", data=own | fields) as answer:
            return await _page(answer)

    def _hidden(self, name: str) -> str:
        forms = self.text.partition("/reply")[2]
        found = re.search(rf'name="{name}" value="([^"]+)"', forms)
        assert found, name
        return found[1]


@asynccontextmanager
async def on_staff_page(member: StaffMember, shown: Message) -> AsyncIterator[StaffSheet]:
    """A colleague opens a request by the single-use link that only their window shows."""
    link = None
    while link is None:
        link = await pressed_open(member, shown)
    jar = aiohttp.CookieJar(unsafe=True)  # the desk stands at a bare address here
    async with aiohttp.ClientSession(cookie_jar=jar) as browser, browser.post(link, data={}) as answer:
        assert answer.status == 200
        yield StaffSheet(browser=browser, url=str(answer.url), text=await answer.text())


# ---- looking


def platform(world: World, query: str, *values: Any) -> list[dict[str, Any]]:
    """Rows of the platform's database, by column."""
    with closing(sqlite3.connect(f"file:{world.platform_database}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query, values)]


def change_platform(world: World, statement: str, *values: Any) -> None:
    """The platform itself changes a row, as it does when people use it."""
    with closing(sqlite3.connect(world.platform_database)) as connection, connection:
        connection.execute(statement, values)


async def by_ref(world: World, ref: str) -> Ticket:
    """The ticket with this label as the desk has it now."""
    found: Ticket = await world.app.store.read(lambda tx: tx.work.ticket_by_ref(ref))
    return found


async def every_ticket(world: World) -> tuple[Ticket, ...]:
    """All tickets, by label."""
    found = await world.app.store.read(lambda tx: tx.work.all_tickets(only_open=False))
    return tuple(sorted(found, key=lambda one: one.ref))


def refs_in(text: str) -> list[str]:
    """The ticket labels in a text, without repeats."""
    return list(dict.fromkeys(re.findall(r"SEL-\d{4}-\d{5}", text)))
