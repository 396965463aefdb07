"""The web door: the widget's files, its WebSocket with replay, and health.

Promise: every line has a number; a socket says what it has and gets what it missed, so reload, sleep, a second tab and
a restart lose and double nothing; a key of 256 random bits opens a conversation, an Origin allow-list guards the
socket, and what carries rights is checked on the frame that uses it. Limits: it translates; it decides nothing.
"""

import asyncio
import contextlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from bot.core.clock import legal_dates
from bot.core.identity import is_proved_to
from bot.core.model import Door, Session, Status, Talk, Ticket
from bot.desk import Desk
from bot.turns import Reply
from bot.visits import NOBODY, Elsewhere, Seat
from handlers.session import Sessions
from handlers.widget_files import read_files

FRAME_LIMIT = 64 * 1024
"""Bytes of one frame (OWASP WebSocket cheat sheet)."""

SPARE = re.compile(r"[A-Za-z0-9_-]{43}")
"""256 random bits, as the widget writes them."""

HELLO_WITHIN = 10.0
FRAMES_PER_SECOND = 10
STAGES = ("received", "verified", "located", "review", "scheduled", "done")
STAGE_OF = {
    Status.VERIFYING: 0,
    Status.LOCATING: 1,
    Status.REVIEW: 3,
    Status.SCHEDULED: 4,
    Status.WORKING: 4,
    Status.DONE: 5,
}
LOG = structlog.get_logger("web")


@dataclass(eq=False)
class Visit:
    """One open socket: whose conversation it shows, up to which line, and who is logged in on it."""

    socket: web.WebSocketResponse
    talk: str
    last_seq: int = 0
    seat: Seat = NOBODY
    news: asyncio.Event = field(default_factory=asyncio.Event)
    tickets_shown: str = ""
    lang: str = ""


class WebDoor:
    """Serves the widget and its sockets."""

    def __init__(
        self,
        *,
        desk: Desk,
        sessions: Sessions,
        origins: frozenset[str],
        telegram: Callable[[str], str] | None = None,
    ) -> None:
        """`origins` are the pages that may embed the chat, as scheme://host[:port].

        `telegram` makes a deep link of a token ("" while there is none); without it the widget offers none.
        """
        self._telegram = telegram
        self._desk = desk
        self._sessions = sessions
        self._origins = origins
        self._visits: dict[str, set[Visit]] = {}
        self._files = read_files()
        self._frames: Mapping[str, Callable[[Visit, dict[str, Any]], Awaitable[None]]] = {
            "say": self._say,
            "press": self._press,
            "token": self._token,
            "forget": self._forget,
            "telegram": self._to_telegram,
            "speak": self._speak,
            "ping": self._ping,
            "elsewhere": self._elsewhere,
        }

    def routes(self) -> list[web.RouteDef]:
        """The web door's addresses."""
        return [
            web.get("/chat/socket", self.socket),
            web.get("/widget/{name:.+}", self.widget_file),
            web.get("/healthz", self.health),
        ]

    def tell(self, talks: frozenset[str]) -> None:
        """These conversations have news: their sockets look."""
        for talk in talks:
            for visit in self._visits.get(talk, ()):
                visit.news.set()

    async def close(self) -> None:
        """Close every socket, so that the widgets come back to whoever serves next."""
        for visit in [one for visits in self._visits.values() for one in visits]:
            await visit.socket.close(code=WSCloseCode.GOING_AWAY)

    # ---- files and health

    async def health(self, request: web.Request) -> web.Response:
        """Alive, and the database answers."""
        await self._desk.store.read(lambda tx: tx.work.next_step_at())
        return web.json_response({"status": "ok"})

    async def widget_file(self, request: web.Request) -> web.StreamResponse:
        """The widget's own files, by name and nothing else."""
        asset = self._files.get(request.match_info["name"])
        if asset is None:
            raise web.HTTPNotFound
        return asset.answer(request)

    # ---- the socket

    async def socket(self, request: web.Request) -> web.StreamResponse:
        """One device's connection."""
        if request.headers.get("Origin") not in self._origins:
            raise web.HTTPForbidden(text="this page may not open the chat")
        socket = web.WebSocketResponse(max_msg_size=FRAME_LIMIT, heartbeat=30.0, compress=False)
        await socket.prepare(request)
        with contextlib.suppress(ConnectionError):  # the device went away; it comes back with what it has seen
            await self._serve(socket)
        return socket

    async def _serve(self, socket: web.WebSocketResponse) -> None:
        visit = await self._hello(socket)
        if visit is None:
            await socket.close(code=WSCloseCode.POLICY_VIOLATION)
            return
        self._visits.setdefault(visit.talk, set()).add(visit)
        pusher = asyncio.create_task(self._push(visit))
        try:
            await self._listen(visit)
        finally:
            pusher.cancel()
            self._leave(visit)

    def _leave(self, visit: Visit) -> None:
        visits = self._visits.get(visit.talk, set())
        visits.discard(visit)
        if not visits:
            self._visits.pop(visit.talk, None)

    async def _hello(self, socket: web.WebSocketResponse) -> Visit | None:
        try:
            frame = _frame(await socket.receive(timeout=HELLO_WITHIN))
        except TimeoutError:
            return None
        if frame is None or frame.get("type") != "hello" or frame.get("v") != 1:
            return None
        session = await self._judged(frame.get("token"))
        seat = Seat(session=session, spare=_spare(frame.get("spare")))
        key, talk = await self._found(frame.get("key"), seat)
        restart = talk is None or isinstance(talk, Elsewhere)
        if talk is None or isinstance(talk, Elsewhere):
            lang = next((one for one in self._desk.texts.languages if one == frame.get("lang")), "en")
            talk, key = await self._desk.begin(door=Door.WEB, lang=lang, hidden=talk is not None)
        seen = frame.get("last_seq")
        last_seq = seen if isinstance(seen, int) and seen >= 0 and not restart else 0
        shown = str(frame.get("lang", ""))
        visit = Visit(socket=socket, talk=talk.id, last_seq=last_seq, seat=seat, lang=shown)
        reply = await self._desk.sign_in(talk.id, seat) if session is not None else Reply()
        await self._welcome(visit, reply.key or key, restart=restart)
        if reply.key:
            await self._part(visit)
        return visit

    async def _found(self, key: Any, seat: Seat) -> tuple[str, Talk | Elsewhere | None]:
        """The conversation behind a device's key, or behind its spare one when the news of the change was lost."""
        found: Talk | Elsewhere | None = None
        for one in (key, seat.spare):
            if isinstance(one, str) and 0 < len(one) <= 64:
                talk = await self._desk.visits.resume(one, seat.session)
                if talk is not None and not isinstance(talk, Elsewhere):
                    return one, talk
                found = found or talk
        return "", found

    async def _part(self, visit: Visit) -> None:
        """The conversation has become somebody's: sockets with the old key come again and are asked who they are."""
        for other in self._visits.get(visit.talk, set()) - {visit}:
            await other.socket.close(code=WSCloseCode.SERVICE_RESTART)

    async def _welcome(self, visit: Visit, key: str, *, restart: bool) -> None:
        newest = await self._desk.store.read(lambda tx: tx.people.last_seq(visit.talk))
        if visit.last_seq > newest:
            visit.last_seq = 0
        await visit.socket.send_json(
            {
                "type": "welcome",
                "key": key,
                "last_seq": newest,
                "signed_in": visit.seat.session is not None,
                "limits": {"text": 4000},
                "restart": restart,
                "telegram": bool(self._telegram and self._telegram("")),
            }
        )
        visit.news.set()

    async def _judged(self, token: Any) -> Session | None:
        """A session token, good once: its id is remembered."""
        now = self._desk.clock()
        accepted = self._sessions.judge(token if isinstance(token, str) else None, now)
        if accepted is None:
            return None
        is_new = await self._desk.store.tx(lambda tx: tx.work.first_time(f"jti:{accepted.jti}"[:160], now))
        return accepted.session if is_new else None

    async def _listen(self, visit: Visit) -> None:
        budget, since = FRAMES_PER_SECOND, asyncio.get_running_loop().time()
        async for message in visit.socket:
            now = asyncio.get_running_loop().time()
            budget, since = min(FRAMES_PER_SECOND, budget + int((now - since) * FRAMES_PER_SECOND)), now
            frame = _frame(message)
            handler = self._frames.get(str(frame.get("type"))) if frame is not None else None
            if frame is None or handler is None or budget <= 0:
                await visit.socket.close(code=WSCloseCode.POLICY_VIOLATION)
                return
            budget -= 1
            await handler(visit, frame)

    # ---- frames

    async def _say(self, visit: Visit, frame: dict[str, Any]) -> None:
        client_id, text = frame.get("client_id"), frame.get("text")
        if isinstance(client_id, str) and 0 < len(client_id) <= 64 and isinstance(text, str):
            await self._answer(visit, client_id, self._desk.hear(visit.talk, client_id, text, visit.seat))

    async def _press(self, visit: Visit, frame: dict[str, Any]) -> None:
        client_id, line, button = frame.get("client_id"), frame.get("line"), frame.get("button")
        if (
            isinstance(client_id, str)
            and 0 < len(client_id) <= 64
            and isinstance(line, int)
            and isinstance(button, int)
        ):
            await self._answer(visit, client_id, self._desk.press(visit.talk, client_id, line, button, visit.seat))

    async def _answer(self, visit: Visit, client_id: str, turn: Awaitable[Reply]) -> None:
        await visit.socket.send_json({"type": "typing", "on": True})
        reply = await turn
        if reply.moved:
            await visit.socket.close(code=WSCloseCode.SERVICE_RESTART)
            return
        await visit.socket.send_json({"type": "typing", "on": False})
        if reply.key:
            await self._rekey(visit, reply.key)
        if reply.refused:
            await visit.socket.send_json({"type": "refused", "client_id": client_id, "text": reply.refused})
        elif reply.seq and reply.seq <= visit.last_seq:
            await self._confirm_again(visit, reply.seq)
        if reply.sign_in:
            await visit.socket.send_json({"type": "signin"})
        if reply.open_href:
            await visit.socket.send_json({"type": "open", "href": reply.open_href})

    async def _rekey(self, visit: Visit, key: str) -> None:
        """Tell the device its new key, and let every other holder of the old one come again."""
        await visit.socket.send_json({"type": "key", "key": key})
        await self._part(visit)

    async def _confirm_again(self, visit: Visit, seq: int) -> None:
        """The device sent a message again that had arrived: show it the line once more."""
        line = await self._desk.store.read(lambda tx: tx.people.line(visit.talk, seq))
        if line is not None:
            await visit.socket.send_json(_line(line))

    async def _token(self, visit: Visit, frame: dict[str, Any]) -> None:
        session = await self._judged(frame.get("token"))
        visit.seat = replace(visit.seat, session=session)
        if session is None:
            await self._desk.sign_out(visit.talk)
            await self._part(visit)
            visit.news.set()
            return
        reply = await self._desk.sign_in(visit.talk, visit.seat)
        if reply.moved:
            await visit.socket.close(code=WSCloseCode.SERVICE_RESTART)
        elif reply.key:
            await self._rekey(visit, reply.key)
        visit.news.set()

    async def _forget(self, visit: Visit, frame: dict[str, Any]) -> None:
        await self._desk.forget(visit.talk)
        await self._part(visit)
        await visit.socket.close()

    async def _to_telegram(self, visit: Visit, frame: dict[str, Any]) -> None:
        """Give out a link that carries this login to Telegram; without a fresh login, offer to sign in."""
        if self._telegram is None:
            return
        token = await self._desk.give_out_link(visit.talk, visit.seat)
        link = {"type": "open", "href": self._telegram(token)} if token else {"type": "signin"}
        await visit.socket.send_json(link)

    async def _elsewhere(self, visit: Visit, frame: dict[str, Any]) -> None:
        """What the same person said at other doors, for a transcript that is whole."""

        def read(tx: Any) -> list[tuple[Talk, Any]]:
            talk = tx.people.talk(visit.talk)
            return (
                self._desk.visits.said_elsewhere(tx, talk)
                if self._desk.visits.is_at_home(tx, talk, visit.seat.session)
                else []
            )

        said = await self._desk.store.read(read)
        word = self._desk.texts.word
        lines = [{**_line(line), "door": word("door", talk.door, talk.lang)} for talk, line in said]
        await visit.socket.send_json({"type": "elsewhere", "lines": lines})

    async def _speak(self, visit: Visit, frame: dict[str, Any]) -> None:
        """The visitor chose the language; the conversation goes on in it until they write another one."""
        lang = frame.get("lang")
        if isinstance(lang, str) and lang in self._desk.texts.languages:
            visit.lang = lang
            await self._desk.speak(visit.talk, lang)
            visit.news.set()

    async def _ping(self, visit: Visit, frame: dict[str, Any]) -> None:
        await visit.socket.send_json({"type": "pong"})

    # ---- what the device has not seen yet

    async def _push(self, visit: Visit) -> None:
        while True:
            await visit.news.wait()
            visit.news.clear()
            with contextlib.suppress(ConnectionError):
                await self._push_once(visit)

    async def _push_once(self, visit: Visit) -> None:
        """Show what is new, if this visitor is still at home here; else let the device come again."""

        def read(tx: Any) -> tuple[Talk, bool, list[Any], tuple[Ticket, ...]]:
            talk = tx.people.talk(visit.talk)
            missed = tx.people.lines_after(visit.talk, visit.last_seq, with_private=True)
            at_home = self._desk.visits.is_at_home(tx, talk, visit.seat.session)
            return talk, at_home, missed, self._desk.visits.tickets_of(tx, talk)

        talk, at_home, missed, tickets = await self._desk.store.read(read)
        if not at_home:
            await visit.socket.close(code=WSCloseCode.SERVICE_RESTART)
            return
        if talk.lang != visit.lang:  # before the lines: they are read out in their own language
            visit.lang = talk.lang
            await visit.socket.send_json({"type": "lang", "lang": talk.lang})
        for line in missed:
            await visit.socket.send_json(_line(line))
            visit.last_seq = max(visit.last_seq, line.seq)
        shown = self._progress(talk, tickets)
        text = json.dumps(shown)
        if text != visit.tickets_shown:
            visit.tickets_shown = text
            await visit.socket.send_json({"type": "tickets", "tickets": shown})

    def _progress(self, talk: Talk, tickets: tuple[Ticket, ...]) -> list[dict[str, Any]]:
        mine = [ticket for ticket in tickets if is_proved_to(talk, ticket)]
        return [self._shown(ticket, talk.lang) for ticket in mine[-6:]]

    def _shown(self, ticket: Ticket, lang: str) -> dict[str, Any]:
        texts = self._desk.texts
        ended = ticket.status not in STAGE_OF
        stages = [*STAGES[:-1], ticket.status] if ended else list(STAGES)
        note = texts.plain("chat/progress.j2", lang, latest=legal_dates(ticket).queue_date if ticket.is_open else None)
        return {
            "ref": ticket.ref,
            "title": texts.word("title", ticket.right, lang),
            "stage": STAGE_OF.get(ticket.status, len(STAGES) - 1),
            "stages": list(texts.stages(stages, lang)),
            "note": note.strip(),
            "open": ticket.is_open,
        }


def _frame(message: Any) -> dict[str, Any] | None:
    """A frame as an object, or None for anything else."""
    if message.type is not WSMsgType.TEXT:
        return None
    try:
        frame = json.loads(message.data)
    except ValueError:
        return None
    return frame if isinstance(frame, dict) else None


def _spare(value: Any) -> str:
    """The key a device proposes, if it is long enough to be one; the desk makes its own otherwise."""
    return value if isinstance(value, str) and SPARE.fullmatch(value) else ""


def _line(line: Any) -> dict[str, Any]:
    buttons = [{"label": label, **({"href": href} if href else {})} for label, _act, _arg, href in line.buttons]
    shown = {
        "type": "line",
        "seq": line.seq,
        "who": line.who,
        "text": line.text,
        "buttons": buttons,
        "at": line.at.isoformat(),
    }
    return shown | ({"client_id": line.client_id} if line.client_id else {})
