"""Calls to Slack's Web API: what can help later is said with seconds, everything else with Slack's own error word.

Promise: no error and no log line carries a body, a token or a text; a 429 comes out as TryLater with the seconds Slack
named, or is waited for once where a colleague is waiting too, and until they are over the same call to the same channel
is not made again; a channel gets one message per pace (a second, as Slack allows). Limits: it queues nothing for long;
the courier does. The pace is this process's own: a second replica meets Slack's 429 and heeds it.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable
from time import monotonic
from typing import Any, Final

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.ports import TryLater
from handlers.slack_blocks import Json, Marked, section

log = logging.getLogger(__name__)

MOST_PATIENCE: Final = 5.0  # seconds a press may wait for Slack's rate limit
DOWN_SECONDS: Final = 15.0  # seconds before Slack is asked again after it didn't answer (desk's choice)
TOO_MANY: Final = 429
BROKEN: Final = 500
PACE_SECONDS: Final = 1.0  # Slack takes about one message per second and channel (docs.slack.dev, rate limits)
PACED: Final = frozenset({"chat.postMessage"})

Pause = Callable[[float], Awaitable[None]]


class SlackFailed(Exception):
    """Slack refused the call; `error` is its word (channel_not_found, invalid_blocks ...), never a text of ours."""

    def __init__(self, error: str) -> None:
        """Keep the word."""
        super().__init__(f"Slack refused: {error}")
        self.error = error


class SlackLine:
    """The Web API as this desk uses it. `pause` waits for so many seconds; a test hands in its own."""

    def __init__(
        self,
        client: AsyncWebClient,
        pause: Pause,
        *,
        pace: float = PACE_SECONDS,
        time: Callable[[], float] = monotonic,
    ) -> None:
        """Take the client (its own retries are off, because the courier tries again) and seconds between messages."""
        self._client = client
        self._pause = pause
        self._pace = pace
        self._time = time
        self._free: dict[str, float] = {}
        self._held: dict[tuple[str, str], float] = {}

    async def call(self, method: str, **arguments: Any) -> Json:
        """One call. Raises TryLater for 429, 5xx and a dead line, SlackFailed for everything Slack refuses."""
        place = (method, str(arguments.get("channel", "")))
        self._heed(place)
        if method in PACED:
            await self._turn(place[1])
        try:
            response = await self._client.api_call(method, json=arguments)
        except SlackApiError as error:
            failure = _failure(error)
            if isinstance(failure, TryLater):
                self._held[place] = self._time() + failure.seconds
            raise failure from None
        except (SlackClientError, ClientError, TimeoutError, OSError):
            raise TryLater(DOWN_SECONDS) from None
        data = response.data
        return data if isinstance(data, dict) else {}

    def _heed(self, place: tuple[str, str]) -> None:
        """What Slack asked to wait with is not asked again before."""
        left = self._held.get(place, 0.0) - self._time()
        if left > 0:
            raise TryLater(left)
        self._held.pop(place, None)

    async def _turn(self, channel: str) -> None:
        """Wait for this channel's next turn; a long queue goes back to the courier, which keeps it over a restart."""
        now = self._time()
        at = max(now, self._free.get(channel, 0.0))
        if at - now > MOST_PATIENCE:
            raise TryLater(at - now)
        self._free[channel] = at + self._pace
        if at > now:
            await self._pause(at - now)

    async def patient(self, method: str, **arguments: Any) -> Json:
        """The same, but a short rate limit (at most 5 seconds) is waited for, once."""
        try:
            return await self.call(method, **arguments)
        except TryLater as later:
            if later.seconds > MOST_PATIENCE:
                raise
            await self._pause(later.seconds)
            self._held.pop((method, str(arguments.get("channel", ""))), None)
        return await self.call(method, **arguments)

    async def aside(self, channel: str, user: str, text: str, more: Iterable[Json] = ()) -> None:
        """Tell one colleague, in the channel if they are in it, else in their own messages. Never raises for that.

        `more` are blocks under the text, a button for the next step for instance.
        """
        said: Json = {"text": text}
        if blocks := list(more):
            said["blocks"] = [section(Marked(text)), *blocks]
        await self.show(channel, user, said)

    async def show(self, channel: str, user: str, said: Json) -> None:
        """The same for a message of text and blocks."""
        try:
            await self.patient("chat.postEphemeral", channel=channel, user=user, **said)
        except SlackFailed:
            await self._directly(user, said)
        except TryLater:
            log.warning("slack_aside_lost")

    async def _directly(self, user: str, said: Json) -> None:
        try:
            await self.patient("chat.postMessage", channel=user, **said)
        except (SlackFailed, TryLater):
            log.warning("slack_aside_lost")


def _failure(error: SlackApiError) -> TryLater | SlackFailed:
    response = error.response
    status = getattr(response, "status_code", 0)
    if status == TOO_MANY:
        return TryLater(_seconds(getattr(response, "headers", None) or {}))
    if isinstance(status, int) and status >= BROKEN:
        return TryLater(DOWN_SECONDS)
    data = getattr(response, "data", response)
    word = data.get("error", "unknown") if isinstance(data, dict) else "unknown"
    return TryLater(_seconds({})) if word == "ratelimited" else SlackFailed(str(word))


def _seconds(headers: Any) -> float:
    """Retry-After in seconds, at least one; Slack always sends it with a 429."""
    given = {str(name).lower(): value for name, value in dict(headers).items()}.get("retry-after", "1")
    text = str(given[0] if isinstance(given, list) else given)
    return max(float(text), 1.0) if text.isascii() and text.isdigit() else 1.0
