"""A desk without law, data or memory on disk that speaks the widget's wire (version 1), for tests and for looking.

Promises: identifiers are taken once, lines are numbered without gaps and replayed from `last_seq`, a host page is
served under a strict content security policy. It can be told to cut connections, stay away or refuse.
Limits: loopback only, one process, conversations end with it; its sentences are samples, not the product's.
"""

import argparse
import asyncio
import itertools
import json
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

WIDGET = Path(__file__).resolve().parents[2] / "templates" / "widget"
TYPES = {".js": "text/javascript", ".css": "text/css"}
STAGES = ["Received", "Verified", "Located", "In review", "Scheduled", "Done"]
START = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {ws}; base-uri 'none'; "
    "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
PAGE = """<!doctype html>
<html lang="{lang}"{dir}>
<head><meta charset="utf-8"><title>A host page</title><meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="/page.css"><script src="/page.js"></script>
<script src="/widget/desk.js" data-policy="/policy" {attributes} defer></script></head>
<body><main><h1>Plans and invoices</h1><p>A page of somebody's platform, with the desk on it.</p>
<p><a id="next" href="/other">Another page</a></p></main></body></html>"""
PAGE_CSS = """
:root { color-scheme: light dark; }
html { font-size: 62.5%; }
body { margin: 0; font: 1.6rem/1.5 sans-serif; background: light-dark(#f2f4f7, #0c0f12); }
main { max-width: 60rem; margin: 0 auto; padding: 3rem 2rem; }
button, p { letter-spacing: 0.02em; }
"""
PAGE_JS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  violations.push(event.violatedDirective + " " + event.blockedURI);
});
"""


@dataclass(kw_only=True)
class Conversation:
    """One conversation: its lines, the identifiers taken, and who listens now."""

    key: str
    lines: list[dict[str, Any]] = field(default_factory=list)
    taken: dict[str, int] = field(default_factory=dict)
    tickets: list[dict[str, Any]] = field(default_factory=list)
    sockets: set[web.WebSocketResponse] = field(default_factory=set)


class Cut(Exception):
    """The connection goes here, as if the network went."""


class FakeDesk:
    """The server and the handles a test turns: `away`, `frames_left`, `cut_all`, `push`."""

    def __init__(self) -> None:
        self.conversations: dict[str, Conversation] = {}
        self.hellos: list[dict[str, Any]] = []
        self.frames: list[dict[str, Any]] = []
        self.away = False
        self.budgets: itertools.count[int] | None = None
        self.elsewhere: list[dict[str, Any]] = []
        self.cuts = 0
        self.port = 0
        self._runner: web.AppRunner | None = None
        self._left: dict[web.WebSocketResponse, int] = {}

    @property
    def address(self) -> str:
        """The origin of the page and of the desk."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def only(self) -> Conversation:
        """The single conversation of a test."""
        (conversation,) = self.conversations.values()
        return conversation

    async def start(self, port: int = 0) -> None:
        """Listens on loopback; port 0 takes a free one, a restart takes the former one again."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/chat/socket", self._socket),
                web.get("/widget/{name}", self._file),
                web.get("/page.css", self._text(PAGE_CSS, "text/css")),
                web.get("/page.js", self._text(PAGE_JS, "text/javascript")),
                web.get("/policy", self._text("The policy.", "text/plain")),
                web.get("/copy", self._text("The copy.", "text/plain")),
                web.get("/favicon.ico", self._text("", "image/png")),
                web.get("/{page:|other}", self._page),
            ]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port or self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Closes everything; conversations stay, as they would in a database."""
        await self.cut_all()
        if self._runner is not None:
            await self._runner.cleanup()

    async def cut_all(self) -> None:
        """Drops every socket at once."""
        for conversation in self.conversations.values():
            for socket in list(conversation.sockets):
                await socket.close(code=1012)

    async def push(self, conversation: Conversation, **line: Any) -> None:
        """A new line for everybody who listens: who, text, and what else it carries."""
        seq = len(conversation.lines) + 1
        at = START + timedelta(minutes=seq)
        full = {"type": "line", "seq": seq, "at": at.isoformat().replace("+00:00", "Z"), **line}
        conversation.lines.append(full)
        await self._tell(conversation, full)

    async def set_tickets(self, conversation: Conversation, *tickets: dict[str, Any]) -> None:
        """The full state of the tickets, kept for later connections."""
        conversation.tickets = list(tickets)
        await self._tell(conversation, {"type": "tickets", "tickets": conversation.tickets})

    async def _tell(self, conversation: Conversation, frame: dict[str, Any]) -> None:
        for socket in list(conversation.sockets):
            try:
                await self._send(socket, frame)
            except (Cut, ConnectionError):
                conversation.sockets.discard(socket)
                await self._break(socket)

    @staticmethod
    def _text(text: str, kind: str) -> Any:
        async def answer(_request: web.Request) -> web.Response:
            return web.Response(text=text, content_type=kind)

        return answer

    async def _file(self, request: web.Request) -> web.Response:
        path = WIDGET / Path(request.match_info["name"]).name
        if not path.is_file():
            raise web.HTTPNotFound
        fresh = {"Cache-Control": "no-cache"}
        return web.Response(body=path.read_bytes(), content_type=TYPES[path.suffix], headers=fresh)

    async def _page(self, request: web.Request) -> web.Response:
        wishes = request.query
        attributes = " ".join(f'data-{name}="{wishes[name]}"' for name in ("lang", "theme") if name in wishes)
        direction = ' dir="rtl"' if wishes.get("dir") == "rtl" else ""
        page = PAGE.format(lang=wishes.get("lang", "en"), dir=direction, attributes=attributes)
        policy = POLICY.format(ws=f"ws://127.0.0.1:{self.port}")
        return web.Response(text=page, content_type="text/html", headers={"Content-Security-Policy": policy})

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        if self.away:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse(max_msg_size=65536)
        await socket.prepare(request)
        if self.budgets is not None:
            self._left[socket] = next(self.budgets)
        conversation: Conversation | None = None
        try:
            conversation = await self._greet(socket)
            await self._listen(socket, conversation)
        except (Cut, ConnectionError):
            await self._break(socket)
        finally:
            if conversation is not None:
                conversation.sockets.discard(socket)
        return socket

    async def _break(self, socket: web.WebSocketResponse) -> None:
        self.cuts += 1
        await socket.close(code=1012)

    def _spend(self, socket: web.WebSocketResponse) -> None:
        """Counts one frame, in or out; the connection goes when its budget is spent."""
        if socket in self._left:
            self._left[socket] -= 1
            if self._left[socket] < 0:
                raise Cut

    async def _send(self, socket: web.WebSocketResponse, frame: dict[str, Any]) -> None:
        self._spend(socket)
        await socket.send_json(frame)

    async def _greet(self, socket: web.WebSocketResponse) -> Conversation:
        hello = await socket.receive_json(timeout=10)
        self._spend(socket)
        self.hellos.append(hello)
        old = self.conversations.get(hello["key"] or "")
        conversation = old or Conversation(key=secrets.token_urlsafe(32))
        self.conversations[conversation.key] = conversation
        if not conversation.lines:
            await self.push(conversation, **greeting(hello["lang"]))
        welcome = {"type": "welcome", "key": conversation.key, "last_seq": len(conversation.lines), "signed_in": False}
        restart = bool(hello["key"]) and old is None
        await self._send(socket, {**welcome, "limits": {"text": 4000}, "restart": restart})
        for line in conversation.lines[0 if restart else hello["last_seq"] :]:
            await self._send(socket, line)
        await self._send(socket, {"type": "tickets", "tickets": conversation.tickets})
        conversation.sockets.add(socket)
        return conversation

    async def _listen(self, socket: web.WebSocketResponse, conversation: Conversation) -> None:
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            self._spend(socket)
            frame = json.loads(message.data)
            self.frames.append(frame)
            if frame["type"] == "ping":
                await self._send(socket, {"type": "pong"})
            elif frame["type"] == "elsewhere":
                await self._send(socket, {"type": "elsewhere", "lines": self.elsewhere})
            elif frame["type"] == "forget":
                self.conversations.pop(conversation.key, None)
            elif frame["type"] == "speak":
                await self.push(conversation, **greeting(frame["lang"]))
            elif frame["type"] in {"say", "press"}:
                await self._take(socket, conversation, frame)

    async def _take(self, socket: web.WebSocketResponse, conversation: Conversation, frame: dict[str, Any]) -> None:
        """Takes a message once; a repeated identifier is answered with its line and nothing else."""
        client_id = str(uuid.UUID(frame["client_id"]))
        if client_id in conversation.taken:
            await self._send(socket, conversation.lines[conversation.taken[client_id] - 1])
            return
        text = frame["text"] if frame["type"] == "say" else label(conversation, frame)
        if text.startswith("refuse"):
            await self._send(socket, {"type": "refused", "client_id": client_id, "text": "That was too fast for me."})
            return
        conversation.taken[client_id] = len(conversation.lines) + 1
        await self.push(conversation, who="person", text=text, client_id=client_id)
        await self._answer(socket, conversation, text)

    async def _answer(self, socket: web.WebSocketResponse, conversation: Conversation, text: str) -> None:
        if text == "Follow it":
            await self.set_tickets(conversation, ticket(stage=3))
        if text == "Hallo":
            await self._send(socket, {"type": "lang", "lang": "nl"})
        if text == "Sign in":
            await self._send(socket, {"type": "signin"})
        if text == "Open my copy":
            await self._send(socket, {"type": "open", "href": "/copy"})
        for line in answer(text):
            await self.push(conversation, **line)


def label(conversation: Conversation, frame: dict[str, Any]) -> str:
    """The words on the pressed button."""
    return str(conversation.lines[frame["line"] - 1]["buttons"][frame["button"]]["label"])


def greeting(lang: str) -> dict[str, Any]:
    """The desk's first line."""
    if lang == "nl":
        text = "Hallo. Ik ben een computerprogramma. Typ **mens** voor een collega."
        return {"who": "desk", "text": text, "buttons": []}
    return {"who": "desk", "text": "Hello. I'm a computer program. Type **person** for a human.", "buttons": []}


def ticket(**values: Any) -> dict[str, Any]:
    """A sample ticket, by default in its second step."""
    note = "By Wednesday 2 December 2026 at the latest"
    sample = {"ref": "SEL-2026-00417", "title": "A copy of your data", "stage": 1, "stages": STAGES}
    return {**sample, "note": note, "open": True, **values}


def answer(text: str) -> list[dict[str, Any]]:
    """What the fake says to a text: an access request gets choices, everything else an echo."""
    if "copy" in text or "everything" in text:
        choices = [{"label": "Follow it"}, {"label": "I meant something else"}, {"label": "A person"}]
        words = "I've filed it as **SEL-2026-00417**: a copy of everything we hold about you.\nYou'll have it:\n"
        dates = "- by Wednesday 2 December 2026 at the latest\n- free of charge"
        return [{"who": "desk", "text": words + dates, "buttons": choices}]
    if text == "links":
        choices = [{"label": "Read it here", "href": "/copy"}, {"label": "Odd", "href": "javascript:alert(1)"}]
        return [{"who": "desk", "text": "Your copy is ready.", "buttons": choices}]
    if text in {"A person", "Een mens"}:
        joined = {"who": "note", "text": "A colleague joined."}
        return [joined, {"who": "staff", "text": "Hello, this is Noor. I've read it all."}]
    return [{"who": "desk", "text": f"You said: {text}", "buttons": []}]


async def serve(port: int) -> None:
    """Runs until interrupted."""
    desk = FakeDesk()
    await desk.start(port)
    print(desk.address)
    await asyncio.Event().wait()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="The widget on a page, with a desk that only pretends.")
    options.add_argument("--port", type=int, default=8899)
    asyncio.run(serve(options.parse_args().port))
