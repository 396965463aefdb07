"""The staff's door in Slack: bolt takes requests in, over signed HTTP or sockets; the Web API carries the rest out.

Promise: over HTTP a request is verified by bolt on its raw body, and one that is not signed well leaves no byte of
itself in a log, `ssl_check` included; bodies above 256 KiB are not read; the same handlers serve both ways: work is
acknowledged first and done afterwards, an event that Slack repeats is done once, and nothing is asked of Slack before
the acknowledgement. The card is drawn from the view the courier hands in. Limits: one workspace, one channel.
"""

import asyncio
import logging
import re
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Final

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware.request_verification.async_request_verification import AsyncRequestVerification
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.deadlines import local_date
from bot.core.events import Entry
from bot.core.model import Staffer
from bot.ports import Digest, StaffDesk, TicketView, TryLater
from handlers.slack_blocks import Json
from handlers.slack_cards import card
from handlers.slack_checks import Checks
from handlers.slack_clicks import Clicks
from handlers.slack_command import Commands
from handlers.slack_deskwork import Deskwork, kept_place
from handlers.slack_digest import digest
from handlers.slack_install import EVENTS
from handlers.slack_line import PACE_SECONDS, Pause, SlackFailed, SlackLine
from handlers.slack_sent import Press, read_command, read_form, read_press, read_submission, receipt
from handlers.slack_socket import DEAF_SECONDS, SlackSocket
from handlers.slack_thread import line, nudge, readers
from handlers.slack_words import FLOODS

__all__ = ["SlackDoor", "SlackFailed"]

log = logging.getLogger(__name__)

BODY_BYTES: Final = 256 * 1024
EVENTS_KEPT: Final = 500  # ids of events remembered against Slack's repeats
SLACK: Final = "https://slack.com/api/"
EVERYTHING: Final = re.compile(".*", re.DOTALL)
GONE: Final = frozenset({"message_not_found", "cant_update_message", "channel_not_found"})
# The only headers bolt needs; others could switch on its own inner features.
HEADERS: Final = ("content-type", "x-slack-signature", "x-slack-request-timestamp", "x-slack-retry-num")
Ack = Callable[..., Awaitable[Any]]


class QuietVerification(AsyncRequestVerification):
    """Bolt's own check of the signature; a refusal is counted in the log without the request's words."""

    def _debug_log_error(self, signature: str, timestamp: str, body: str) -> None:
        log.warning("slack_signature_refused")


def _silent() -> logging.Logger:
    """A logger for bolt and the SDK that says nothing: both write bodies and signatures at INFO and DEBUG."""
    quiet = logging.getLogger("handlers.slack.vendor")
    quiet.setLevel(logging.CRITICAL + 1)
    quiet.propagate = False
    return quiet


class SlackDoor:
    """Implements bot.ports.StaffDoor, and gives the route that Slack calls."""

    def __init__(
        self,
        *,
        desk: StaffDesk,
        token: str,
        signing_secret: str = "",
        app_token: str = "",
        channel: str,
        team: str,
        base_url: str = SLACK,
        pause: Pause = asyncio.sleep,
        pace: float = PACE_SECONDS,
        deaf_after: float = DEAF_SECONDS,
    ) -> None:
        """Take the desk and the settings: bot token, channel and workspace id, root of the Web API.

        With an app-level token Slack is reached by sockets, else it calls and signs with the signing secret. `pace`:
        seconds between two messages to a channel; `deaf_after`: seconds of silence on the sockets. Raises ValueError
        for an empty token or where both ways in are missing: without them anybody could decide.
        """
        if not (token and channel and team and (signing_secret or app_token)):
            raise ValueError("Slack needs a token, a signing secret or an app token, a channel and a workspace")
        quiet = _silent()
        client = AsyncWebClient(token=token, base_url=base_url, logger=quiet, retry_handlers=[])
        self._desk, self._channel = desk, channel
        self._line = SlackLine(client, pause, pace=pace)
        checks = Checks(desk=desk, team=team)
        self._deskwork = Deskwork(desk=desk, line=self._line, checks=checks)
        self._clicks = Clicks(desk=desk, line=self._line, channel=channel, checks=checks, redraw=self._deskwork.redraw)
        self._commands = Commands(
            desk=desk, line=self._line, checks=checks, clicks=self._clicks, deskwork=self._deskwork
        )
        self._running: set[asyncio.Task[Any]] = set()
        self._events_seen: deque[str] = deque(maxlen=EVENTS_KEPT)
        self._bolt = _bolt(client, signing_secret, token, quiet)
        self._bolt.action(EVERYTHING)(self._on_action)
        self._bolt.view(EVERYTHING)(self._on_view)
        self._bolt.event(EVERYTHING)(self._on_event)
        self._bolt.command(EVERYTHING)(self._on_command)
        self._socket = (
            SlackSocket(bolt=self._bolt, client=client, app_token=app_token, heard=self._heard, deaf_after=deaf_after)
            if app_token
            else None
        )

    # -- how Slack is reached

    @property
    def is_deaf(self) -> bool:
        """True when no press could reach the desk: the sockets have been silent for too long."""
        return self._socket is not None and self._socket.is_deaf

    async def run(self) -> None:
        """Keep the sockets open until cancelled; over HTTP there is nothing to keep."""
        if self._socket:
            await self._socket.run()

    def _heard(self) -> None:
        self._desk.pulse.beat("slack")

    # -- out: what the courier asks

    async def card(self, view: TicketView, place: tuple[str, str] | None) -> tuple[str, str]:
        """Post the card, or update it where it stands; a card somebody deleted is posted anew.

        Returns (channel, ts). Raises TryLater and SlackFailed.
        """
        drawn = card(view, self._desk.staff(), self._desk.clock())
        said = {"text": drawn.text, "blocks": drawn.blocks}
        if place:
            try:
                await self._line.call("chat.update", channel=place[0], ts=place[1], **said)
            except SlackFailed as failed:
                if failed.error not in GONE:
                    raise
            else:
                return place
        return await self._post(self._channel, **said, metadata=_marker(view))

    async def thread(self, place: tuple[str, str], view: TicketView, entry: Entry) -> None:
        """Add a line of the log to the card's thread. Raises TryLater and SlackFailed."""
        text = line(view.ticket, entry, self._desk.staff(), self._desk.clock())
        await self._post(place[0], text=text, thread_ts=place[1])

    async def nudge(self, place: tuple[str, str] | None, view: TicketView, rung: str, who: str) -> None:
        """Tell a group what is due; `red` stands in the channel itself and goes to every approver's own messages."""
        called = readers(view.ticket, who, self._desk.staff(), view.away, local_date(self._desk.clock()))
        text = nudge(view, rung, called, self._desk.clock())
        channel = place[0] if place else self._channel
        thread: Json = {"thread_ts": place[1], "reply_broadcast": who == "red"} if place else {}
        await self._post(channel, text=text, **thread)
        if who == "red":
            await self._alert(called, nudge(view, rung, (), self._desk.clock()))

    async def digest(self, given: Digest) -> None:
        """Post the day's digest. Raises TryLater and SlackFailed."""
        drawn = digest(given, self._desk.staff(), self._desk.clock())
        await self._post(self._channel, text=drawn.text, blocks=drawn.blocks)

    async def flood(self, what: str) -> None:
        """Say that a fuse of the house has blown. Raises TryLater and SlackFailed."""
        await self._post(self._channel, text=FLOODS[what])

    async def _alert(self, called: tuple[Staffer, ...], text: str) -> None:
        """One direct message each; one colleague who can't be reached doesn't keep it from the others."""
        for one in called:
            try:
                await self._line.patient("chat.postMessage", channel=one.user, text=text)
            except (SlackFailed, TryLater):
                log.warning("slack_alert_undelivered")

    async def _post(self, channel: str, **said: Any) -> tuple[str, str]:
        answer = await self._line.call(
            "chat.postMessage", channel=channel, unfurl_links=False, unfurl_media=False, **said
        )
        return str(answer["channel"]), str(answer["ts"])

    # -- in: what Slack sends

    def routes(self) -> list[web.RouteDef]:
        """The route that Slack calls for interactions, commands and events; none where the desk opens sockets."""
        return [] if self._socket else [web.post("/slack/events", self._received)]

    async def close(self) -> None:
        """Wait for work that was acknowledged and is not finished."""
        while self._running:
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _received(self, request: web.Request) -> web.Response:
        body = await _body(request)
        if body is None:
            return web.Response(status=413)
        try:
            headers: dict[str, str | Sequence[str]] = {
                name: request.headers.get(name, "") for name in HEADERS if name in request.headers
            }
            bolt_request = AsyncBoltRequest(body=body.decode(), query="", headers=headers)
        except (ValueError, TypeError, AttributeError, LookupError):
            return web.Response(status=400)
        return await to_aiohttp_response(await self._bolt.async_dispatch(bolt_request))

    async def _on_action(self, ack: Ack, body: Json, request: AsyncBoltRequest) -> None:
        await ack()
        self._heard()
        press = read_press(body, again="x-slack-retry-num" in request.headers)
        if press:
            await self._work(press.user, self._pressed(press))

    async def _pressed(self, press: Press) -> None:
        if not await self._deskwork.pressed(press):
            await self._clicks.pressed(press)

    async def _on_view(self, ack: Ack, body: Json) -> None:
        self._heard()
        sent, form = read_submission(body), read_form(body)
        if sent is None:
            await ack(**(await self._deskwork.submitted(form) if form else {}))
            return
        noted = receipt(sent, self._desk.clock())
        if noted.previews:
            await ack(**await self._clicks.preview(sent, noted))
            return
        await ack(**noted.ack)
        await self._work(sent.user, self._clicks.submitted(sent, noted))

    async def _on_command(self, ack: Ack, body: Json) -> None:
        await ack()
        self._heard()
        command = read_command(body)
        await self._work(command.user, self._commands.typed(command))

    async def _on_event(self, ack: Ack, body: Json) -> None:
        await ack()
        self._heard()
        event = body.get("event") or {}
        if event.get("type") in EVENTS and event.get("tab") == "home" and self._is_new(body):
            team, user = str(body.get("team_id", "")), str(event.get("user", ""))
            await self._work(user, self._deskwork.show(team, user, kept_place(body)))

    def _is_new(self, body: Json) -> bool:
        """False for an event that Slack repeats. A Home drawn twice does no harm, so this memory may be forgotten."""
        event_id = str(body.get("event_id", ""))
        if event_id in self._events_seen:
            return False
        self._events_seen.append(event_id)
        return True

    async def _work(self, user: str, job: Coroutine[Any, Any, None]) -> None:
        """Do what follows an acknowledgement; whoever pressed hears of a failure, the log its kind alone."""
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            await job
        except Exception as error:  # the last stop before bolt, which would log the payload
            log.error("slack_work_failed", extra={"kind": type(error).__name__})
            await self._clicks.failed(user)
        finally:
            self._running.discard(task)


def _bolt(client: AsyncWebClient, signing_secret: str, token: str, quiet: logging.Logger) -> AsyncApp:
    """Bolt with our quiet verification in front of everything; no auth.test, so the first press is as fast as any."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=None, bot_token=token)

    return AsyncApp(
        name="privacy-desk",
        client=client,
        authorize=authorize,
        logger=quiet,
        signing_secret=signing_secret,
        # Bolt answers ssl_check before it looks at a signature; here nothing is answered unsigned.
        ssl_check_enabled=False,
        request_verification_enabled=False,
        before_authorize=QuietVerification(signing_secret, base_logger=quiet),
    )


def _marker(view: TicketView) -> Json:
    """What marks a card as this ticket's, so that a post repeated after a crash can be told."""
    return {"event_type": "privacy_ticket", "event_payload": {"ticket": view.ticket.id}}


async def _body(request: web.Request) -> bytes | None:
    """The raw body, or None when it is longer than BODY_BYTES; no more than that is ever held."""
    if (request.content_length or 0) > BODY_BYTES:
        return None
    held = bytearray()
    async for chunk in request.content.iter_any():
        held += chunk
        if len(held) > BODY_BYTES:
            return None
    return bytes(held)
