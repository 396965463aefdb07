"""When each channel was last heard from, for the people who look at the desk: mail and Slack.

Promise: a door notes that it heard something; whoever draws a footer or answers a health check asks. Limits: of this
process alone and only since it started; nothing is decided by it.
"""

from collections.abc import Callable
from datetime import datetime


class Pulse:
    """The last sign of life per channel (UTC)."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        """Nothing was heard yet."""
        self._clock = clock
        self._heard: dict[str, datetime] = {}

    def beat(self, channel: str) -> None:
        """Something came from this channel just now."""
        self._heard[channel] = self._clock()

    def last(self, channel: str) -> datetime | None:
        """When this channel was last heard from (UTC), or None."""
        return self._heard.get(channel)

    def channels(self) -> tuple[str, ...]:
        """The channels heard from so far, by name."""
        return tuple(sorted(self._heard))
