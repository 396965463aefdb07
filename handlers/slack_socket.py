"""Socket Mode: Slack's interactions over WebSockets that the desk opens, for a house that has no public address.

Promise: several connections, each rebuilt when it ends or falls silent: only what Slack itself sends (hello, ping,
pong, an event) counts as a sign of life, and `is_deaf` says when there was none on any of them; each envelope is
answered as soon as bolt acknowledges it, beside the next ones; nothing of an envelope is logged. Limits: what an
envelope means is bolt's. The SDK's own client is not used, because it counts its own ping as a sign of life and writes
bodies to its log.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable
from time import monotonic
from typing import Any, Final

from aiohttp import ClientError, ClientSession, ClientWebSocketResponse, ClientWSTimeout, WSMsgType
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from handlers.slack_blocks import Json

log = logging.getLogger(__name__)

CONNECTIONS: Final = 2  # Slack permits ten; two outlive the refresh of one
DEAF_SECONDS: Final = 60.0  # silence after which a connection counts as dead
PINGS: Final = 6  # of ours per that time: each pong is a sign of life
LONGEST_PAUSE: Final = 30.0  # seconds between two tries to connect
OK: Final = 200
CLOSING: Final = ClientWSTimeout(
    ws_close=1.0
)  # a deaf server never answers a close; the next connection shouldn't wait
ENDS: Final = frozenset({WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR})


class SlackSocket:
    """The connections of one app. `heard` is called at each sign of life."""

    def __init__(
        self,
        *,
        bolt: AsyncApp,
        client: AsyncWebClient,
        app_token: str,
        heard: Callable[[], None] = lambda: None,
        connections: int = CONNECTIONS,
        deaf_after: float = DEAF_SECONDS,
    ) -> None:
        """Take bolt, the Web API's client, the app-level token, and the seconds of silence that count as death."""
        self._bolt = bolt
        self._client = client
        self._app_token = app_token
        self._heard_by = heard
        self._connections = connections
        self._deaf_after = deaf_after
        self._last = monotonic()
        self._working: set[asyncio.Task[None]] = set()

    @property
    def age(self) -> float:
        """Seconds since Slack was last heard on any connection, or since the start."""
        return monotonic() - self._last

    @property
    def is_deaf(self) -> bool:
        """True when nothing came for too long: the desk isn't ready, because no press would reach it."""
        return self.age > self._deaf_after

    async def run(self) -> None:
        """Stay connected until cancelled."""
        self._last = monotonic()
        async with ClientSession() as session, asyncio.TaskGroup() as group:
            for _ in range(self._connections):
                group.create_task(self._stay(session))

    async def _stay(self, session: ClientSession) -> None:
        failures = 0
        while True:
            try:
                await self._once(session)
                failures = 0
            except (SlackClientError, ClientError, TimeoutError, OSError, ValueError) as problem:
                failures += 1
                log.warning("slack_socket_lost", extra={"kind": type(problem).__name__})
                await asyncio.sleep(min(LONGEST_PAUSE, self._deaf_after / 10 * 2 ** min(failures, 8)))

    async def _once(self, session: ClientSession) -> None:
        """One connection, from its address to its end. Raises TimeoutError when it fell silent."""
        answer = await self._client.apps_connections_open(app_token=self._app_token)
        async with session.ws_connect(str(answer["url"]), autoping=False, timeout=CLOSING) as socket:
            pinging = asyncio.create_task(self._ping(socket))
            try:
                while await self._next(socket):
                    pass
            finally:
                pinging.cancel()

    async def _ping(self, socket: ClientWebSocketResponse) -> None:
        with contextlib.suppress(ClientError, OSError):
            while not socket.closed:
                await socket.ping(b"desk")
                await asyncio.sleep(self._deaf_after / PINGS)

    async def _next(self, socket: ClientWebSocketResponse) -> bool:
        """Take one frame; False at the end of the connection."""
        async with asyncio.timeout(self._deaf_after):
            frame = await socket.receive()
        if frame.type in ENDS:
            return False
        self._last = monotonic()
        self._heard_by()
        if frame.type is WSMsgType.PING:
            await socket.pong(frame.data)
        if frame.type is not WSMsgType.TEXT:
            return True
        return self._took(socket, json.loads(frame.data))

    def _took(self, socket: ClientWebSocketResponse, body: Any) -> bool:
        """Begin on an envelope; False when Slack asks to come again on a new connection."""
        if not isinstance(body, dict) or body.get("type") == "disconnect":
            return not isinstance(body, dict)
        request = SocketModeRequest.from_dict(body)
        if request is not None:
            task = asyncio.create_task(self._answer(socket, request))
            self._working.add(task)
            task.add_done_callback(self._working.discard)
        return True

    async def _answer(self, socket: ClientWebSocketResponse, request: SocketModeRequest) -> None:
        try:
            response = await run_async_bolt_app(self._bolt, request)
            if response.status != OK:
                log.warning("slack_envelope_refused", extra={"status": response.status})
                return
            await socket.send_json(_envelope(request.envelope_id, response.body))
        except Exception as problem:  # one envelope must not end the connection; Slack sends an event again
            log.error("slack_envelope_failed", extra={"kind": type(problem).__name__})


def _envelope(envelope_id: str, body: str) -> Json:
    """The acknowledgement, with bolt's answer where it has one."""
    answer: Json = {"envelope_id": envelope_id}
    if not body:
        return answer
    return answer | {"payload": json.loads(body) if body.startswith("{") else {"text": body}}
