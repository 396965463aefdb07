"""The watch: wakes up, claims what is due, and hands it to the desk.

Promise: no rule stands here; what is due is a column of the database, so a restart or a second replica forgets and
doubles nothing (the desk saves by compare-and-set). Limits: it looks at least once a minute; a rung may be that late.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import structlog

from bot.core.deadlines import local_date
from bot.core.escalation import digest_day
from bot.desk import Desk

LONGEST_SLEEP = 60.0
SHORTEST_SLEEP = 1.0
A_MINUTE = timedelta(seconds=LONGEST_SLEEP)
Look = Callable[[], Awaitable[Any]]
Daily = Callable[[datetime], Awaitable[Any]]
LOG = structlog.get_logger("watch")


class Watch:
    """Looks at tickets and conversations when something becomes due."""

    def __init__(self, desk: Desk, *, looks: Sequence[Look] = (), daily: Sequence[Daily] = ()) -> None:
        """Watch over this desk's clockwork; `looks` are taken at most once a minute, `daily` done once a local day."""
        self._desk = desk
        self._looks, self._daily = tuple(looks), tuple(daily)
        self._looked: datetime | None = None
        self._bell = asyncio.Event()
        self._tidied: date | None = None
        self._digested: date | None = None

    def ring(self) -> None:
        """Time moved or something new is due: look now."""
        self._bell.set()

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            self._bell.clear()
            while await self.look_once():
                pass
            pause = await self._sleep()
            # Not wait_for: before Python 3.12 it loses a cancellation that comes together with the bell.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._bell.wait()

    async def look_once(self) -> int:
        """Hand everything that is due now to the desk; returns how much that was."""
        now = self._desk.clock()
        await self._digest_daily(now)  # what colleagues wait for goes before what nobody does
        await self._look_around(now)
        await self._tidy_daily(now)
        tickets, talks = await self._desk.store.read(
            lambda tx: (tx.work.tickets_to_wake(now), tx.people.talks_to_wake(now))
        )
        done = [await self._safely(self._desk.tick(ticket_id), ticket_id) for ticket_id in tickets]
        done += [await self._safely(self._desk.wake(talk_id), talk_id) for talk_id in talks]
        return sum(done)  # what failed waits for the next look, so that one bad row cannot keep the watch awake

    async def _look_around(self, now: datetime) -> None:
        """At most once a minute, look at what changes without the desk: a database that was set back."""
        if self._looked is not None and timedelta() <= now - self._looked < A_MINUTE:
            return
        self._looked = now
        for look in self._looks:
            await self._safely(look(), "look")

    async def _tidy_daily(self, now: datetime) -> None:
        """Once per local day, and at every start, delete what the desk may no longer keep."""
        if self._tidied == local_date(now):
            return
        await self._safely(self._desk.store.tx(lambda tx: tx.retention.tidy(now)), "retention")
        for one in self._daily:
            await self._safely(one(now), "retention")
        self._tidied = local_date(now)

    async def _digest_daily(self, now: datetime) -> None:
        """Once per working day, from the opening of the office on, owe staff the day's digest."""
        day = digest_day(now)
        if day is None or day == self._digested:
            return

        def write(tx: Any) -> None:
            named = {"key": f"digest:{day}", "ticket": "digest", "kind": "digest", "day": day.isoformat()}
            tx.work.queue(self._desk.fresh(), now=now, **named)

        if await self._safely(self._desk.store.tx(write), "digest"):
            self._digested = day

    async def _safely(self, work: Awaitable[Any], about: str) -> bool:
        """True when it went well. One bad row must not stop the watch."""
        try:
            await work
        except Exception as failure:
            LOG.error("watch_failed", about=about, error=type(failure).__name__)
            return False
        return True

    async def _sleep(self) -> float:
        """Seconds until the next thing is due, at most a minute."""

        def read(tx: Any) -> list[datetime]:
            return [one for one in (tx.work.next_wake(), tx.people.next_wake()) if one is not None]

        due = await self._desk.store.read(read)
        seconds = [(one - self._desk.clock()).total_seconds() for one in due]
        return max(SHORTEST_SLEEP, min([LONGEST_SLEEP, *seconds]))
