"""The Telegram door over real HTTP against the stand-in, with a desk of a few lines at the boundary.

Promise: only the desk is pretended: what it was asked is written down, and it answers what a test tells it to. The
store is the real one, because "seen before" is the store's word. Limits: no courier; a test hands lines over itself.
"""

import asyncio
import contextlib
import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.core.model import Door, Talk
from bot.demo.telegram import TelegramWorld, running
from bot.desk import Keys
from bot.ports import Place
from bot.texts import House, Texts
from bot.turns import Reply
from storage.migrate import upgrade
from storage.store import Store
from storage.talks import Line

TOKEN = "710001:AAE-stand-in-token_0123456789abcdefg"
CHAT = "https://seleqt.example/support"
TEXTS = Texts.load(house=House(desk_url=CHAT, policy_url="https://seleqt.example/privacy"))
KEYS = Keys(codes=b"c" * 32, hashes=b"h" * 32)


def now() -> datetime:
    return datetime.now(UTC)


def a_line(seq: int, text: str = "Words.", *buttons: tuple[str, str, str, str], who: str = "desk") -> Line:
    return Line(seq=seq, who=who, private=False, at=now(), text=text, buttons=buttons)


def a_place(talk: str, chat: int) -> Place:
    return Place(talk=talk, door=Door.TELEGRAM, address=str(chat), lang="en")


@dataclass
class FakeDesk:
    """What the door sees of the desk."""

    store: Any
    texts: Texts = TEXTS
    keys: Keys = KEYS
    replies: list[Reply] = field(default_factory=list)
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    talks: dict[str, Talk] = field(default_factory=dict)
    alive: set[str] = field(default_factory=set)
    fails: int = 0
    bell: asyncio.Event = field(default_factory=asyncio.Event)

    def clock(self) -> datetime:
        return now()

    async def come(self, *, door: Door, address: str, lang: str) -> Talk:
        assert door is Door.TELEGRAM
        if self.fails:
            self.fails -= 1
            raise OSError("the store is away")
        if address not in self.talks:
            made = f"talk-of-{address}-{len(self.talks)}"
            self.talks[address] = Talk(id=made, door=door, lang=lang, started_at=now(), last_at=now())
        return self.talks[address]

    async def hear(self, talk_id: str, client_id: str, text: str) -> Reply:
        return self._noted("hear", talk_id, client_id, text)

    async def press(self, talk_id: str, client_id: str, line: int, button: int) -> Reply:
        return self._noted("press", talk_id, client_id, line, button)

    async def speak(self, talk_id: str, lang: str) -> None:
        self.talks = {key: replace(one, lang=lang) if one.id == talk_id else one for key, one in self.talks.items()}
        self._noted("speak", talk_id, lang)

    async def link_opened(self, token: str, talk_id: str, name: str) -> bool:
        self._noted("link", token, talk_id, name)
        return token in self.alive

    def _noted(self, *what: Any) -> Reply:
        self.asked.append(what)
        self.bell.set()
        return self.replies.pop(0) if self.replies else Reply()

    def heard(self) -> list[str]:
        return [one[3] for one in self.asked if one[0] == "hear"]

    async def was_asked(self, count: int) -> list[tuple[Any, ...]]:
        async with asyncio.timeout(20):
            while len(self.asked) < count:
                self.bell.clear()
                await self.bell.wait()
        return self.asked


@asynccontextmanager
async def a_store(folder: Path) -> AsyncIterator[Store]:
    store = await Store(folder / "desk.sqlite3").open()
    try:
        await store.raw(upgrade)
        yield store
    finally:
        await store.close()


def make(desk: Any, base_url: str, **more: Any) -> Any:
    """A door. aiogram is loaded here and not at import: collecting the tests must not take seconds."""
    room = importlib.import_module("handlers.telegram")
    setup = room.Setup(token=TOKEN, base_url=base_url, public_url="http://127.0.0.1:1", chat_url=CHAT)
    pause = more.pop("pause", no_pause)
    return room.TelegramDoor(desk=desk, setup=replace(setup, **more), pause=pause)


async def no_pause(seconds: float) -> None:
    """Wait for a turn of the loop instead of seconds."""
    await asyncio.sleep(0)


@asynccontextmanager
async def at_work(door: Any) -> AsyncIterator[Any]:
    """The door listening for as long as the block lasts."""
    work = asyncio.create_task(door.run())
    try:
        yield door
    finally:
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work


def a_world(**more: Any) -> TelegramWorld:
    return TelegramWorld(clock=now, token=TOKEN, **more)


@asynccontextmanager
async def open_door(folder: Path, **more: Any) -> AsyncIterator[tuple[TelegramWorld, FakeDesk, Any]]:
    """World, desk and a listening door."""
    world = a_world()
    async with running(world) as url, a_store(folder) as store:
        desk = FakeDesk(store=store)
        async with at_work(make(desk, url, **more)) as door:
            await listening(world)
            yield world, desk, door


async def listening(world: TelegramWorld) -> None:
    """Wait until somebody polls."""
    await world.until(lambda: world.polls > 0)
