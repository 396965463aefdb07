"""Doors that carry words elsewhere and run their own way in; one may be opened only when somebody first needs it.

Promise: a late channel is loaded once, by whoever comes first: somebody who opens it by hand, or a line that has to be
delivered there; loading happens in a thread, so that nobody waits for it. Limits: what a channel does is its own
affair; a channel that cannot be made is an error at its first use.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from aiohttp import web

from bot.core.model import Door
from bot.desk import Desk
from bot.ports import Place, TryLater
from bot.settings import Settings, Unfit
from handlers.telegram_setup import Setup

LOADING_SECONDS = 1.0


class Channel(Protocol):
    """A door that delivers lines (`say`) and listens by itself (`run`)."""

    door: Door
    name: str

    @property
    def is_ready(self) -> bool:
        """Whether people are heard at this door now."""
        ...

    def routes(self) -> list[web.RouteDef]:
        """Where it is called from outside, if at all."""
        ...

    async def run(self) -> None:
        """Listen until cancelled."""
        ...

    async def say(self, place: Place, lines: tuple[Any, ...], *, key: str) -> None:
        """Deliver lines in order. Raises PostDown, TryLater or AddressRefused."""
        ...


class LateChannel:
    """A channel in waiting: `make` loads and builds the real one, and is called once, in a thread."""

    def __init__(self, door: Door, make: Callable[[], Callable[[], Channel]]) -> None:
        """`make` loads what is slow and returns what builds the channel; building happens in the event loop."""
        self.door, self.name = door, ""
        self._make = make
        self._wanted = asyncio.Event()
        self._channel: Channel | None = None

    @property
    def is_ready(self) -> bool:
        """A door nobody asked for is not missing; one that was asked for answers for itself."""
        return not self._wanted.is_set() or (self._channel is not None and self._channel.is_ready)

    def routes(self) -> list[web.RouteDef]:
        """None: a door that may never open has no address."""
        return []

    def open(self) -> None:
        """From now on this door is wanted."""
        self._wanted.set()

    async def run(self) -> None:
        """Wait until the door is wanted, then be it."""
        await self._wanted.wait()
        build = await asyncio.to_thread(self._make)
        self._channel = build()
        await self._channel.run()

    async def say(self, place: Place, lines: tuple[Any, ...], *, key: str) -> None:
        """Words for somebody there open the door; they are asked to come again until it is open."""
        self.open()
        if self._channel is None:
            raise TryLater(LOADING_SECONDS)
        await self._channel.say(place, lines, key=key)


def telegram(settings: Settings, desk: Desk, *, late: bool = False) -> Channel | None:
    """The Telegram door, where a token is configured; `late` for one that is loaded when it is first needed.

    Raises Unfit for a token that is none.
    """
    if not settings.telegram_token.get_secret_value():
        return None

    def load() -> Callable[[], Channel]:
        from handlers.telegram import TelegramDoor  # here and nowhere else: aiogram costs seconds and 170 MiB

        return lambda: TelegramDoor(desk=desk, setup=_setup(settings))

    if late:
        return LateChannel(Door.TELEGRAM, load)
    try:
        return load()()
    except ValueError as problem:
        raise Unfit(f"the Telegram door can't open: {problem}") from None


def _setup(settings: Settings) -> Setup:
    is_webhook = settings.telegram_mode == "webhook"
    return Setup(
        token=settings.telegram_token.get_secret_value(),
        base_url=settings.telegram_api,
        public_url=settings.public_url,
        chat_url=settings.chat_url or settings.public_url,
        webhook=is_webhook,
        secret=settings.telegram_webhook_secret.get_secret_value() if is_webhook else "",
    )


def telegram_link(settings: Settings, channel: Channel | None, token: str) -> str:
    """A deep link to the bot that carries `token` (core.telegram.org/bots/features), "" while its name is unknown."""
    name = settings.telegram_bot_name or (channel.name if channel is not None else "")
    return f"{settings.telegram_site.rstrip('/')}/{name}?start={token}" if name else ""


def routes_of(channels: Sequence[Channel]) -> list[web.RouteDef]:
    """The addresses at which channels are called; late ones are not called, they ask."""
    return [route for channel in channels for route in channel.routes()]
