"""The pretend workspace: its people, channels, messages, triggers and views, as the desk and the pages see them.

Promise: state only; no network. Time comes from the `clock` argument, ids from counters, so two runs of the same
steps give the same ids. Refusals are `RefusedError` with Slack's own word. Limits: lives in memory; `snapshot` and
`restore` carry it over a restart.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from bot.demo.slack.model import (
    CHANNELS,
    STAFF,
    Call,
    Channel,
    Delivery,
    Message,
    Person,
    RefusedError,
    Switches,
    View,
)
from bot.demo.slack.rules import LIMITS, elements, message_faults
from bot.demo.slack.shapes import Json
from bot.demo.slack.values import state
from bot.demo.slack.views import Views

T = TypeVar("T")
# A trigger id serves once and for 3 seconds (docs.slack.dev, interactivity/handling-user-interaction).
TRIGGER_LIFE = timedelta(seconds=3)
# A response_url serves five times within 30 minutes (same page).
RESPONSE_LIFE = timedelta(minutes=30)
RESPONSE_USES = 5


@dataclass(kw_only=True)
class Trigger:
    """A trigger id handed out with an interaction: whose, when, and whether it was spent."""

    user: str
    at: datetime
    spent: bool = False


@dataclass(kw_only=True)
class ResponseUrl:
    """A response_url handed out with an interaction: for whom, on which message, since when, how often used."""

    user: str
    channel: str
    ts: str | None
    at: datetime
    uses: int = 0


def machine_time() -> datetime:
    """Return the machine's time in UTC; requests are signed with it, since the desk's verifier reads it too."""
    return datetime.now(UTC)


class SlackWorld:
    """One workspace with one app in it. `request_url` is the desk's, `public_url` the root of our own pages.

    `patience` is how many seconds the desk may take to answer. `pause` waits for so many seconds (the late
    switch); a test hands in its own. `signed_at` is the time put under signatures.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], datetime],
        bot_token: str,
        signing_secret: str,
        request_url: str = "",
        public_url: str = "",
        team_id: str = "T0SELEQT",
        app_id: str = "A0DESK",
        app_token: str = "",
        staff: Iterable[Person] = STAFF,
        channels: Iterable[Channel] = CHANNELS,
        signed_at: Callable[[], datetime] = machine_time,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        patience: float = 3.0,
    ) -> None:
        self.clock, self.signed_at, self.pause, self.patience = clock, signed_at, pause, patience
        self.bot_token, self.signing_secret = bot_token, signing_secret
        self.request_url, self.public_url = request_url, public_url
        self.team_id, self.app_id = team_id, app_id
        self.bot_id, self.bot_user = "B0DESK", "U0DESK"
        self.staff = {person.id: person for person in staff}
        self.channels = {channel.id: channel for channel in channels}
        self.messages: dict[str, Message] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.notices: dict[str, str] = {}
        self.switches = Switches()
        self.app_token = app_token
        self.scopes = {"chat:write", "commands", "channels:read", "groups:read"}
        self.addresses: set[str] = set()
        self.sockets: list[Any] = []
        self.send: Callable[[str, Json, int], Awaitable[tuple[int | None, str]]] | None = None
        self.deliveries: list[Delivery] = []
        self.calls: list[Call] = []
        self.version = 0
        self.watchers: list[Callable[[], None]] = []
        self._count = 0
        self._bell = asyncio.Event()
        self.views = Views(number=self.number, fill=self._filled, changed=self.changed)

    # -- ids, time, change

    def number(self, prefix: str) -> str:
        """Return the next id with this prefix; one counter serves all, so ids also tell the order."""
        self._count += 1
        return f"{prefix}{self._count:06d}"

    def stamp(self) -> str:
        """Return a new message ts: seconds of the clock, a counter where Slack has microseconds."""
        return f"{int(self.clock().timestamp())}.{self.number('')}"

    def changed(self) -> None:
        """Count a change and wake whoever waits for one."""
        self.version += 1
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()
        for watcher in self.watchers:
            watcher()

    async def until(self, holds: Callable[[], T], within: float = 10.0) -> T:
        """Wait until `holds` returns something true and return it; TimeoutError after `within` seconds."""
        async with asyncio.timeout(within):
            while not (found := holds()):
                await self._bell.wait()
        return found

    def person(self, who: str) -> Person:
        """Find a colleague by id or handle (with or without @); LookupError for nobody."""
        for person in self.staff.values():
            if who.removeprefix("@") in (person.id, person.handle):
                return person
        raise LookupError(f"no colleague {who}")

    def tell(self, user: str, notice: str) -> None:
        """Leave a line for this person that Slack itself would show (a failure, a refusal to send)."""
        self.notices[user] = notice
        self.changed()

    # -- channels and messages

    def channel(self, key: str) -> Channel:
        """Find a channel by id, name or #name; a colleague's id opens their direct messages."""
        for channel in self.channels.values():
            if key in (channel.id, channel.name, f"#{channel.name}"):
                return channel
        if key not in self.staff:
            raise RefusedError("channel_not_found")
        direct = Channel(id=f"D{key[1:]}", name=self.staff[key].handle, only=key)
        return self.channels.setdefault(direct.id, direct)

    def post(self, message: Message) -> Message:
        """Check and keep a new message (its ts is given here) and return it as kept."""
        self._check(message.text, message.blocks)
        if message.thread is not None:
            self._thread(message.channel, message.thread)
        blocks = self._filled(message.blocks)
        kept = replace(message, ts=self.stamp(), blocks=blocks, state=state(blocks, {}, {}))
        return self.keep(kept)

    def edit(self, channel: str, ts: str, text: str | None, blocks: list[Json] | None) -> Message:
        """Change a message of the app; blocks that are not given stay (reference/methods/chat.update)."""
        return self.replace(self.message(channel, ts), text, blocks)

    def replace(self, old: Message, text: str | None, blocks: list[Json] | None) -> Message:
        """Give a message, an ephemeral one included, new text or blocks; what was chosen in it stays."""
        text, new = old.text if text is None else text, old.blocks if blocks is None else blocks
        self._check(text, new)
        filled = self._filled(new)
        kept = state(filled, {}, old.state)
        return self.keep(replace(old, text=text, blocks=filled, edited=self.stamp(), state=kept))

    def keep(self, message: Message) -> Message:
        """Store a message under its ts, in place of an older one."""
        self.messages[message.ts] = message
        self.changed()
        return message

    def drop(self, ts: str) -> None:
        """Take a message away."""
        self.messages.pop(ts, None)
        self.changed()

    def message(self, channel: str, ts: str) -> Message:
        """Find a message everybody in the channel sees; `message_not_found` otherwise (ephemeral ones too)."""
        found = self.messages.get(ts)
        if found is None or found.channel != channel or found.only is not None:
            raise RefusedError("message_not_found")
        return found

    def timeline(self, channel: str, user: str) -> list[Message]:
        """Return what this person sees at the top level of a channel, oldest first."""
        return [each for each in self._seen(channel, user) if each.thread is None]

    def thread(self, channel: str, ts: str, user: str) -> list[Message]:
        """Return the replies this person sees under a message, oldest first."""
        return [each for each in self._seen(channel, user) if each.thread == ts]

    def _seen(self, channel: str, user: str) -> list[Message]:
        return [e for e in self.messages.values() if e.channel == channel and e.only in (None, user)]

    def _thread(self, channel: str, ts: str) -> None:
        parent = self.messages.get(ts)
        if parent is None or parent.channel != channel:
            raise RefusedError("thread_not_found")
        if parent.thread is not None or parent.only is not None:
            raise RefusedError("cannot_reply_to_message")

    def _check(self, text: str, blocks: list[Json]) -> None:
        if not text and not blocks:
            raise RefusedError("no_text")
        if len(text) > LIMITS["message.text"].most:
            raise RefusedError("msg_too_long")
        if faults := message_faults(blocks):
            raise RefusedError("invalid_blocks", faults)

    def _filled(self, blocks: list[Json]) -> list[Json]:
        """Give ids to blocks and elements that came without, as Slack does."""
        filled = deepcopy(blocks)
        for block in filled:
            block.setdefault("block_id", self.number("b"))
        for _, element in elements(filled):
            element.setdefault("action_id", self.number("a"))
        return filled

    # -- what goes with an interaction

    def issue_trigger(self, user: str) -> str:
        """Hand out a trigger id that lets the desk open one modal for this person, soon."""
        name = f"{self.number('')}.7000.{self.number('f')}"
        self.triggers[name] = Trigger(user=user, at=self.clock())
        return name

    def spend_trigger(self, name: str) -> str:
        """Return whose trigger this is and mark it used; refuses an unknown, used or old one in Slack's words."""
        trigger = self.triggers.get(name)
        if trigger is None:
            raise RefusedError("invalid_trigger_id")
        if trigger.spent:
            raise RefusedError("exchanged_trigger_id")
        if self.clock() - trigger.at > TRIGGER_LIFE:
            raise RefusedError("expired_trigger_id")
        trigger.spent = True
        return trigger.user

    def issue_response_url(self, user: str, channel: str, ts: str | None) -> str:
        """Hand out an address to which the desk may answer this interaction."""
        name = self.number("r")
        self.response_urls[name] = ResponseUrl(user=user, channel=channel, ts=ts, at=self.clock())
        return f"{self.public_url}/api/response/{name}"

    def spend_response_url(self, name: str) -> ResponseUrl:
        """Return what the address stands for and count its use; refuses unknown, old and worn ones."""
        held = self.response_urls.get(name)
        if held is None or self.clock() - held.at > RESPONSE_LIFE:
            raise RefusedError("expired_url")
        if held.uses >= RESPONSE_USES:
            raise RefusedError("used_url")
        held.uses += 1
        return held

    # -- over a restart

    def snapshot(self) -> Json:
        """Return messages, views and counters as plain JSON values (triggers and response addresses are not kept)."""
        return {
            "count": self._count,
            "messages": [asdict(message) for message in self.messages.values()],
            "direct": [asdict(channel) for channel in self.channels.values() if channel.only],
            "homes": [asdict(view) for view in self.views.homes.values()],
        }

    def restore(self, kept: dict[str, Any]) -> None:
        """Take up a snapshot; modals that stood open are gone, as after closing the browser."""
        self._count = kept["count"]
        self.messages = {each["ts"]: Message(**each) for each in kept["messages"]}
        self.channels |= {each["id"]: Channel(**each) for each in kept["direct"]}
        self.views.homes = {each["user"]: View(**each) for each in kept["homes"]}
        self.changed()
