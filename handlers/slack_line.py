"""Calls to Slack's Web API: what can help later is said with seconds, everything else with Slack's own error word.

Promise: no error and no log line carries a body, a token or a text; a 429 comes out as TryLater with the seconds Slack
named, or is waited for once where a colleague is waiting too. Limits: it queues nothing; the courier does.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.ports import TryLater
from handlers.slack_blocks import Json

log = logging.getLogger(__name__)

MOST_PATIENCE: Final = 5.0  # seconds a press may wait for Slack's rate limit
DOWN_SECONDS: Final = 15.0  # seconds before Slack is asked again after it didn't answer (desk's choice)
TOO_MANY: Final = 429
BROKEN: Final = 500

Pause = Callable[[float], Awaitable[None]]


class SlackFailed(Exception):
    """Slack refused the call; `error` is its word (channel_not_found, invalid_blocks ...), never a text of ours."""

    def __init__(self, error: str) -> None:
        """Keep the word."""
        super().__init__(f"Slack refused: {error}")
        self.error = error


class SlackLine:
    """The Web API as this desk uses it. `pause` waits for so many seconds; a test hands in its own."""

    def __init__(self, client: AsyncWebClient, pause: Pause) -> None:
        """Take the client; its own retries are off, because the courier tries again."""
        self._client = client
        self._pause = pause

    async def call(self, method: str, **arguments: Any) -> Json:
        """One call. Raises TryLater for 429, 5xx and a dead line, SlackFailed for everything Slack refuses."""
        try:
            response = await self._client.api_call(method, json=arguments)
        except SlackApiError as error:
            raise _failure(error) from None
        except (SlackClientError, ClientError, TimeoutError, OSError):
            raise TryLater(DOWN_SECONDS) from None
        data = response.data
        return data if isinstance(data, dict) else {}

    async def patient(self, method: str, **arguments: Any) -> Json:
        """The same, but a short rate limit (at most 5 seconds) is waited for, once."""
        try:
            return await self.call(method, **arguments)
        except TryLater as later:
            if later.seconds > MOST_PATIENCE:
                raise
            await self._pause(later.seconds)
        return await self.call(method, **arguments)

    async def aside(self, channel: str, user: str, text: str) -> None:
        """Tell one colleague, in the channel if they are in it, else in their own messages. Never raises for that."""
        try:
            await self.patient("chat.postEphemeral", channel=channel, user=user, text=text)
        except SlackFailed:
            await self._directly(user, text)
        except TryLater:
            log.warning("slack_aside_lost")

    async def _directly(self, user: str, text: str) -> None:
        try:
            await self.patient("chat.postMessage", channel=user, text=text)
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
