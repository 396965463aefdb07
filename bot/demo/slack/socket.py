"""Socket Mode of the pretend Slack: apps.connections.open, hello, envelopes, acknowledgements, pings.

Promise: the envelopes of docs.slack.dev (apis/events-api/using-socket-mode); an address serves one connection; an
acknowledgement after the world's patience is none; with the `deaf` switch nothing leaves any more, not even a pong.
Limits: connections are taken in turn; none is refreshed by itself.
"""

import asyncio
import contextlib
import json
from typing import Any

from aiohttp import WSMsgType, web

from bot.demo.slack.model import RefusedError
from bot.demo.slack.shapes import Json
from bot.demo.slack.world import SlackWorld

ACCEPTED = 200


class Sockets:
    """The connections of the app; the world's requests leave through them while there are any."""

    def __init__(self, world: SlackWorld) -> None:
        self.world = world
        self._waiting: dict[str, asyncio.Future[Any]] = {}

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection whose address was handed out by apps.connections.open."""
        if request.match_info["ticket"] not in self.world.addresses:
            raise web.HTTPNotFound
        self.world.addresses.discard(request.match_info["ticket"])
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self.world.sockets.append(socket)
        self.world.send = self.send
        if not self.world.switches.deaf:
            await socket.send_json(_hello(self.world))
        self.world.changed()
        try:
            async for frame in socket:
                await self._frame(socket, frame)
        finally:
            self.world.sockets.remove(socket)
            self.world.changed()
        return socket

    async def _frame(self, socket: web.WebSocketResponse, frame: Any) -> None:
        if self.world.switches.deaf:
            return
        if frame.type is WSMsgType.PING:
            await socket.pong(frame.data)
        elif frame.type is WSMsgType.TEXT:
            answer = json.loads(frame.data)
            waiting = self._waiting.get(answer.get("envelope_id", ""))
            if waiting and not waiting.done():
                waiting.set_result(answer.get("payload"))

    async def send(self, kind: str, payload: Json, retry: int) -> tuple[int | None, str]:
        """Send an envelope over the next connection; the status and body of the acknowledgement, or None."""
        envelope: Json = {"envelope_id": self.world.number("E"), "type": kind, "payload": payload}
        envelope["accepts_response_payload"] = kind != "events_api"
        if kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": "timeout" if retry else ""}
        waiting: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[envelope["envelope_id"]] = waiting
        self.world.sockets.append(self.world.sockets.pop(0))
        try:
            with contextlib.suppress(ConnectionError):
                if not self.world.switches.deaf:
                    await self.world.sockets[-1].send_json(envelope)
            async with asyncio.timeout(self.world.patience):
                answer = await waiting
        except TimeoutError:
            return None, ""
        finally:
            del self._waiting[envelope["envelope_id"]]
        return ACCEPTED, json.dumps(answer) if answer else ""


def _hello(world: SlackWorld) -> Json:
    about = {"host": "applink", "build_number": 1, "approximate_connection_time": 18060}
    return {
        "type": "hello",
        "num_connections": len(world.sockets),
        "connection_info": {"app_id": world.app_id},
        "debug_info": about,
    }


def connections_open(world: SlackWorld, _: Any) -> Json:
    """apps.connections.open: an address that serves one connection."""
    if not world.public_url:
        raise RefusedError("internal_error")
    name = world.number("wss")
    world.addresses.add(name)
    return {"url": f"{world.public_url.replace('http', 'ws', 1)}/api/socket/{name}"}
