"""What a walk does again and again: read a code from a mail, press approve in Slack, look into the platform's database.

Promise: everything goes through the same doors as in life (mailbox, signed Slack requests, HTTP); the databases are
only ever looked at, read-only. Limits: no expectation stands here but the patience of a walk.
"""

import re
import sqlite3
from contextlib import closing
from typing import Any

import aiohttp

from bot.core.model import Ticket
from bot.demo.mailbox.letters import Letter
from bot.demo.slack import Message, StaffMember
from bot.demo.world import World
from tests.walks.visitor import PATIENCE, Visitor

CODE = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4} [0-9A-HJKMNP-TV-Z]{4}\b")
CODE_SUBJECT = "Your code for Seleqt's privacy desk"
COPY_CODE_SUBJECT = "Your code to open your copy"


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


async def mail(world: World, to: str, subject: str, *, count: int = 1) -> Letter:
    """The newest letter with these words in its subject, once there are `count` of them."""
    return await world.mailbox.wait_for(to, subject, PATIENCE, count=count)


async def type_code(world: World, visitor: Visitor, address: str, *, to: str | None = None) -> None:
    """Give an address in the chat, wait for its code mail and type the code."""
    had = len([one for one in world.mailbox.letters(to or address) if CODE_SUBJECT in one.subject])
    await visitor.say(address)
    letter = await mail(world, to or address, CODE_SUBJECT, count=had + 1)
    await visitor.say(code_in(letter))


async def card_of(world: World, words: str, *, has: str = "") -> Message:
    """The card with these words in its line, once it (also) offers the button `has`."""

    def holds(card: Message) -> bool:
        return words in str(card.blocks) + card.text and (not has or has in str(card.blocks))

    staff = StaffMember(world.slack, "lotte")
    found: Message = await world.slack.until(lambda: next((one for one in staff.cards() if holds(one)), None), PATIENCE)
    return found


async def press_card(world: World, who: str, ref: str, label: str) -> None:
    """A colleague presses a button of a ticket's card, once the card offers it."""
    card = await card_of(world, ref, has=label)
    delivery = await StaffMember(world.slack, who).click(card.ts, label)
    assert delivery is not None
    assert delivery.accepted


def platform(world: World, sql: str, *values: Any) -> list[dict[str, Any]]:
    """Rows of the platform's database."""
    return _rows(str(world.platform_database), sql, values)


def desk_rows(world: World, sql: str, *values: Any) -> list[dict[str, Any]]:
    """Rows of the desk's own database."""
    return _rows(str(world.app.settings.database), sql, values)


def _rows(path: str, sql: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as link:
        link.row_factory = sqlite3.Row
        return [dict(row) for row in link.execute(sql, values)]


async def ticket(world: World, ref: str) -> Ticket:
    """The ticket with this label as the desk has it now."""
    found: Ticket = await world.app.store.read(lambda tx: tx.work.ticket_by_ref(ref))
    return found


async def tickets(world: World) -> tuple[Ticket, ...]:
    """Every ticket of the desk, by label."""
    found: tuple[Ticket, ...] = await world.app.store.read(lambda tx: tx.work.all_tickets(only_open=False))
    return tuple(sorted(found, key=lambda one: one.ref))


def ref_in(text: str) -> str:
    """The first ticket label in a text."""
    found = re.search(r"SEL-\d{4}-\d{5}", text)
    assert found, text
    return found[0]


async def post(url: str, **fields: str) -> tuple[int, bytes, dict[str, str]]:
    """Press a page's button: status, body and headers after redirects."""
    async with aiohttp.ClientSession() as browser, browser.post(url, data=fields) as answer:
        return answer.status, await answer.read(), {"url": str(answer.url), **answer.headers}


async def get(url: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """Open a page: status, body and headers."""
    async with aiohttp.ClientSession() as browser, browser.get(url, headers=headers) as answer:
        return answer.status, await answer.read(), dict(answer.headers)
