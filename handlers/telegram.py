"""The Telegram door: aiogram carries messages in and out; the conversation is the desk's, the same as at every door.

Promise: long polling confirms an update only after it was handled; a webhook is refused without a secret, compares it
in constant time, reads at most 256 KiB and answers when the turn is written; content is protected from forwarding and
no link is unfolded. Limits: private chats, text and buttons; loading this module loads aiogram (seconds, and more
memory than the rest of the desk), so only the wiring imports it, where a token is configured.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from enum import StrEnum
from functools import partial
from typing import Any, Final

import structlog
from aiogram.types import Update
from aiohttp import web

from bot.core.model import Door
from bot.ports import Place, PostDown, TryLater
from handlers.telegram_asides import Asides
from handlers.telegram_in import Came, read
from handlers.telegram_keys import Seals
from handlers.telegram_line import FAILURES, POLL_SECONDS, Conflict, TelegramLine, TokenRefused
from handlers.telegram_setup import Setup
from handlers.telegram_turns import LANGUAGES, Front, Turns
from handlers.telegram_words import Key, Rows, may_link, pieces, rows

BODY_BYTES: Final = 256 * 1024
LONGEST_PAUSE: Final = 60.0
TRIES: Final = 5
"""How often an update is tried before the person is asked to send it again: a store that is down for seconds heals."""
SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
FIXES: Final = {
    "conflict": "another process polls with this token, or somebody set a webhook: stop it, or make a token of its own",
    "refused": "Telegram does not know this token: SELEQT_TELEGRAM_TOKEN",
    "down": "Telegram does not answer; tried again with growing pauses",
}
LOG = structlog.get_logger("telegram")
Pause = Callable[[float], Awaitable[None]]


class State(StrEnum):
    """How the door stands; only LISTENING is ready."""

    STARTING = "starting"
    LISTENING = "listening"
    DOWN = "down"
    CONFLICT = "conflict"
    REFUSED = "refused"


class TelegramDoor:
    """Implements bot.ports.Outward, and runs its own way in."""

    door = Door.TELEGRAM

    def __init__(self, *, desk: Front, setup: Setup, pause: Pause = asyncio.sleep) -> None:
        """Raises ValueError for a token that is none, and for a webhook without a secret: anybody could write then."""
        if setup.webhook and not setup.secret:
            raise ValueError("a webhook needs a secret: set SELEQT_TELEGRAM_WEBHOOK_SECRET")
        self._setup, self._pause = setup, pause
        self._line = TelegramLine(token=setup.token, base_url=setup.base_url)
        self._seals = Seals(desk.keys.hashes)
        self._asides = Asides(self._line)
        self._turns = Turns(
            desk=desk, asides=self._asides, seals=self._seals, bot_id=self._line.bot_id, chat_url=setup.chat_url
        )
        self._path = hmac.digest(setup.secret.encode() or b"none", b"webhook path", hashlib.sha256).hex()[:40]
        self._said: dict[str, tuple[int, int]] = {}
        self._turn = asyncio.Lock()
        self.state = State.STARTING
        self.name = ""

    @property
    def is_ready(self) -> bool:
        """Whether people are heard now."""
        return self.state is State.LISTENING

    # ---- out

    async def say(self, place: Place, lines: tuple[Any, ...], *, key: str) -> None:
        """Send lines in order, one message each (long ones in pieces); raises PostDown, TryLater, AddressRefused.

        What was sent before a failure is remembered while this process lives, so that the next try goes on behind it;
        after a kill the same lines may come once more.
        """
        chosen = max((line.seq for line in lines if any(not href for *_, href in line.buttons)), default=0)
        for line in lines:
            await self._say_line(place, line, key, is_open=line.seq == chosen)
        self._said.pop(key, None)

    async def _say_line(self, place: Place, line: Any, key: str, *, is_open: bool) -> None:
        chat = int(place.address)
        text, keys = self._drawn(chat, place, line, is_open=is_open)
        parts = pieces(text)
        for number, part in enumerate(parts):
            if (line.seq, number) <= self._said.get(key, (0, 0)):
                continue
            shown = keys if number == len(parts) - 1 else ()
            message = await self._sent(chat, part, shown)
            self._said[key] = (line.seq, number)
            if shown and is_open:
                self._asides.opened(chat, message, shown)

    async def _sent(self, chat: int, part: str, shown: Rows) -> int:
        try:
            return await self._line.send(chat, part, shown)
        except (Conflict, TokenRefused):
            raise PostDown("telegram") from None

    def _drawn(self, chat: int, place: Place, line: Any, *, is_open: bool) -> tuple[str, Rows]:
        """A line's text and rows. Only the newest choices can be pressed; a link that may not stand on a button is
        written out."""
        text, keys = line.text, []
        if line.who == "staff":
            text = f"**{self._turns.staff_name(place.lang)}**\n{text}"
        for number, (label, _act, _arg, href) in enumerate(line.buttons):
            if href and may_link(href):
                keys.append(Key(label=label, url=href))
            elif href:
                text += f"\n\n{label}: {href}"
            elif is_open:
                data = self._seals.data(chat=chat, talk=place.talk, line=line.seq, button=number)
                keys.append(Key(label=label, data=data))
        return text, rows(keys)

    # ---- in

    async def run(self) -> None:
        """Listen until cancelled, whatever Telegram does meanwhile."""
        try:
            await self._patiently(self._prepare)
            if self._setup.webhook:
                self._now(State.LISTENING)
                await asyncio.Event().wait()
            offset = 0
            while True:
                offset = await self._patiently(partial(self._poll, offset))
        finally:
            await self._asides.close()
            await self._line.close()

    async def _prepare(self) -> int:
        self.name = await self._line.name()
        for lang in LANGUAGES:
            await self._line.commands("" if lang == "en" else lang, self._turns.commands(lang))
        if self._setup.webhook:
            url = f"{self._setup.public_url.rstrip('/')}/telegram/{self._path}"
            await self._line.webhook(url, self._setup.secret)
        else:
            await self._line.no_webhook()
        LOG.info("telegram_ready", mode="webhook" if self._setup.webhook else "polling")
        return 0

    async def _patiently(self, work: Callable[[], Awaitable[int]]) -> int:
        """Do it until it works, with growing pauses; what is wrong is told once, with the fix."""
        pause = 1.0
        while True:
            try:
                return await work()
            except FAILURES as failure:
                wait = failure.seconds if isinstance(failure, TryLater) else pause
                if not isinstance(failure, TryLater):
                    self._now(STATES.get(type(failure), State.DOWN))
                await self._pause(min(LONGEST_PAUSE, wait))
                pause = min(LONGEST_PAUSE, pause * 2)

    def _now(self, state: State) -> None:
        if state is not self.state and state in FIXES:
            LOG.error("telegram", state=state, fix=FIXES[state])
        self.state = state

    async def _poll(self, offset: int) -> int:
        """Wait for updates, handle them, and return the number from which Telegram may forget none.

        Telegram forgets an update when a later one is asked for (getUpdates, offset): only after it was handled.
        """
        # The first look comes back at once, so that the desk knows that it is heard.
        after, updates = await self._line.updates(offset, POLL_SECONDS if self.is_ready else 0)
        self._now(State.LISTENING)
        for update in updates:
            await self._handle(update)
        return after

    async def _handle(self, update: Update) -> None:
        """Take an update; after some tries in vain the person is asked to send it again, and the others go on."""
        came = read(update)
        if came is None:
            return
        for tries in range(TRIES):
            try:
                await self._take(came)
            except Exception as failure:
                LOG.error("telegram_turn_failed", error=type(failure).__name__, tries=tries + 1)
                await self._pause(float(2**tries))
            else:
                return
        self._turns.trouble(came)

    async def _take(self, came: Came) -> None:
        """One turn at a time, so that two quick messages are answered in their order."""
        async with self._turn:
            await self._turns.take(came)

    # ---- webhook

    def routes(self) -> list[web.RouteDef]:
        """Where Telegram calls; nowhere with long polling. The path is a variable, so that no log line shows it."""
        return [web.post("/telegram/{path}", self.webhook)] if self._setup.webhook else []

    async def webhook(self, request: web.Request) -> web.Response:
        """An update from Telegram. Answered when its turn is written; an error asks Telegram to bring it again."""
        given = request.headers.get(SECRET_HEADER, "")
        if not (_same(given, self._setup.secret) and _same(request.match_info["path"], self._path)):
            return web.Response(status=401)
        body = await request.content.read(BODY_BYTES + 1)
        while len(body) <= BODY_BYTES and (more := await request.content.read(BODY_BYTES + 1)):
            body += more
        if len(body) > BODY_BYTES:
            return web.Response(status=413)
        try:
            update = self._line.read(json.loads(body))
        except ValueError:
            return web.Response(status=400)
        came = read(update) if update is not None else None
        if came is None:
            return web.Response()
        try:
            await self._take(came)
        except Exception as failure:
            LOG.error("telegram_turn_failed", error=type(failure).__name__)
            return web.Response(status=503)
        return web.Response()


STATES: Final = {Conflict: State.CONFLICT, TokenRefused: State.REFUSED}


def _same(given: str, right: str) -> bool:
    """Constant-time comparison of the secret."""
    return hmac.compare_digest(given.encode(), right.encode())
