"""A person in the chat, over the real WebSocket: can say, press and wait; sees what the widget would see."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any
from uuid import uuid4

import aiohttp

PATIENCE = 60.0
"""Seconds a walk waits for something that must come; generous, because a busy machine is no failure."""


@dataclass
class Visitor:
    """One device with the chat open."""

    url: str
    token: str | None = None
    lang: str = "en"
    shown_in: str = ""
    key: str | None = None
    spare: str = field(default_factory=lambda: token_urlsafe(32))
    lines: list[dict[str, Any]] = field(default_factory=list)
    tickets: list[dict[str, Any]] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    told: list[dict[str, Any]] | None = None
    signed_in: bool = False
    _welcomed: bool = False
    _session: aiohttp.ClientSession | None = None
    _socket: aiohttp.ClientWebSocketResponse | None = None
    _reader: asyncio.Task[None] | None = None
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def come(self) -> "Visitor":
        """Open the chat, or come back to it with the same key and what was already seen."""
        self._welcomed, self.shown_in = False, self.lang
        self._session = aiohttp.ClientSession()
        self._socket = await self._session.ws_connect(f"{self.url}/chat/socket", origin=self.url)
        last = max((line["seq"] for line in self.lines), default=0)
        mine = {"key": self.key, "spare": self.spare, "last_seq": last, "token": self.token, "lang": self.lang}
        await self._socket.send_json({"type": "hello", "v": 1, **mine})
        self._reader = asyncio.create_task(self._read(self._socket))
        await self.until(lambda: self._welcomed)
        return self

    async def leave(self) -> None:
        """Close the chat without a word, as a closed laptop does."""
        if self._reader:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        if self._socket:
            await self._socket.close()
        if self._session:
            await self._session.close()
        self._reader = self._socket = self._session = None

    async def say(self, text: str, *, client_id: str | None = None) -> None:
        """Type a message."""
        assert self._socket is not None
        await self._socket.send_json({"type": "say", "client_id": client_id or uuid4().hex, "text": text})

    async def press(self, label: str, *, client_id: str | None = None) -> None:
        """Press a button of the newest line that offers it."""
        assert self._socket is not None
        line, index = await self.until(lambda: self._button(label))
        frame = {"type": "press", "client_id": client_id or uuid4().hex, "line": line["seq"], "button": index}
        await self._socket.send_json(frame)

    async def log_in(self, token: str | None) -> None:
        """Log in (or out, with None) on the page while the chat is open."""
        assert self._socket is not None
        self.token = token
        await self._socket.send_json({"type": "token", "token": token})

    async def send(self, frame: dict[str, Any]) -> None:
        """Send any frame, also one that the widget would not."""
        assert self._socket is not None
        await self._socket.send_json(frame)

    async def elsewhere(self) -> list[dict[str, Any]]:
        """What this person said at other doors, as the widget asks for it when a transcript is saved."""
        self.told = None
        await self.send({"type": "elsewhere"})
        lines: list[dict[str, Any]] = await self.until(lambda: self.told)
        return lines

    async def send_text(self, text: str) -> None:
        """Send anything at all."""
        assert self._socket is not None
        await self._socket.send_str(text)

    async def closed(self) -> None:
        """Wait until the desk has hung up."""
        assert self._reader is not None
        async with asyncio.timeout(PATIENCE):
            await self._reader

    async def hears(self, *words: str, after: int = 0) -> str:
        """Wait for a desk line that holds all these words, and return it."""
        return str(await self.until(lambda: self._line(words, after)))

    async def until(self, holds: Callable[[], Any]) -> Any:
        """Wait until something is so."""
        async with asyncio.timeout(PATIENCE):
            async with self._news:
                while not (found := holds()):
                    await self._news.wait()
                return found

    def said(self) -> str:
        """Everything the desk said, for a failing test's message."""
        return "\n".join(f"{line['who']}: {line['text']}" for line in self.lines)

    def _line(self, words: tuple[str, ...], after: int) -> str | None:
        for line in reversed(self.lines):
            if line["who"] != "person" and line["seq"] > after and all(word in line["text"] for word in words):
                return str(line["text"])
        return None

    def _button(self, label: str) -> tuple[dict[str, Any], int] | None:
        for line in reversed(self.lines):
            for index, button in enumerate(line["buttons"]):
                if button["label"] == label:
                    return line, index
        return None

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                break
            async with self._news:
                self._take(message.json())
                self._news.notify_all()

    def _take(self, frame: dict[str, Any]) -> None:
        kind = frame["type"]
        if kind == "welcome":
            self.key, self.signed_in, self._welcomed = frame["key"], frame["signed_in"], True
            self.lines = [] if frame["restart"] else self.lines
        elif kind == "line" and frame["seq"] not in {line["seq"] for line in self.lines}:
            self.lines.append(frame)
        elif kind == "key":
            self.key = frame["key"]
        elif kind == "tickets":
            self.tickets = frame["tickets"]
        elif kind == "lang":
            self.shown_in = frame["lang"]
        elif kind == "open":
            self.opened.append(frame["href"])
        elif kind == "elsewhere":
            self.told = frame["lines"]
        elif kind == "refused":
            self.refused.append(frame["text"])
