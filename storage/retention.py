"""What the desk itself may keep, and for how long: conversations, request files, typed addresses, bookkeeping.

Promise: a conversation in which nothing was asked is gone after 30 days, as the chat says; a request's file after three
years from the date of the request (policy, "Data Retention Periods"), counted in local dates and purged at the start
of the next day; an address typed for a code, a day after the code ended. The event log stays: it holds no personal
data, and a hole would break its chain. Limits: vault objects are shredded by their own steps long before.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, select

from bot.core.deadlines import local_date, purge_at
from storage.queries import Queries
from storage.schema import (
    cards,
    challenges,
    contents,
    counters,
    lines,
    links,
    mails,
    objects,
    places,
    seen,
    steps,
    talks,
    ticket_keys,
    tickets,
)

IDLE_TALK = timedelta(days=30)
FILE_YEARS = 3
LEAST_FILE_AGE = timedelta(days=3 * 365)
ENDED_CODE = timedelta(days=1)
ENDED_LINK = timedelta(days=30)
BOOKKEEPING = timedelta(days=400)
"""Longer than any request can take, so that a key is remembered while anybody could use it again."""

COUNTER_DAYS = timedelta(days=7)


class Retention(Queries):
    """Deletes what has served, over one open transaction; running it again deletes nothing more."""

    def tidy(self, now: datetime) -> dict[str, int]:
        """Delete everything whose time is over at `now` (UTC); returns how many of each."""
        return {
            "files": self._files(now),
            "talks": self._talks(now - IDLE_TALK),
            "codes": self._codes(now - ENDED_CODE),
            "bookkeeping": self._bookkeeping(now),
        }

    def _files(self, now: datetime) -> int:
        """Request files three years after their request; a ticket that is still open is never purged."""
        old = select(tickets.c.id, tickets.c.talk, tickets.c.received_at).where(
            tickets.c.received_at < now - LEAST_FILE_AGE,
            tickets.c.status.in_(("done", "refused", "withdrawn", "lapsed", "forwarded")),
        )
        rows = [row for row in self._link.execute(old) if now >= purge_at(local_date(row.received_at), FILE_YEARS)]
        self._drop_owned([row.id for row in rows])
        self._link.execute(delete(ticket_keys).where(ticket_keys.c.ticket.in_([row.id for row in rows])))
        self._link.execute(delete(tickets).where(tickets.c.id.in_([row.id for row in rows])))
        return len(rows)

    def _talks(self, before: datetime) -> int:
        """Conversations nobody has been in for 30 days and that carry no ticket (any more), nor words about one."""
        asked = select(tickets.c.talk).where(tickets.c.talk.is_not(None))
        heard = select(contents.c.text).where(contents.c.kind == "heard_in")
        is_free = and_(talks.c.id.not_in(asked), talks.c.id.not_in(heard), talks.c.wake_at.is_(None))
        idle = select(talks.c.id).where(talks.c.last_at < before, is_free)
        ids = list(self._link.execute(idle).scalars())
        self._link.execute(delete(lines).where(lines.c.talk.in_(ids)))
        self._link.execute(delete(places).where(places.c.talk.in_(ids)))
        self._link.execute(delete(contents).where(contents.c.owner.in_(ids)))  # the address of its place
        self._link.execute(delete(talks).where(talks.c.id.in_(ids)))
        return len(ids)

    def _codes(self, before: datetime) -> int:
        """Ended codes and the addresses typed for them."""
        ended = list(self._link.execute(select(challenges.c.id).where(challenges.c.ends_at < before)).scalars())
        self._link.execute(delete(contents).where(contents.c.owner.in_(ended)))
        self._link.execute(delete(challenges).where(challenges.c.id.in_(ended)))
        return len(ended)

    def _bookkeeping(self, now: datetime) -> int:
        old = now - BOOKKEEPING
        day = local_date(now - COUNTER_DAYS).isoformat()
        done = self._link.execute(delete(steps).where(steps.c.state == "done", steps.c.done_at < old)).rowcount
        keys = self._link.execute(delete(seen).where(seen.c.at < old)).rowcount
        ended = self._link.execute(delete(links).where(links.c.ends_at < now - ENDED_LINK)).rowcount
        counts = self._link.execute(delete(counters).where(counters.c.day < day)).rowcount
        read = self._link.execute(delete(mails).where(mails.c.made_at < old, mails.c.object.is_(None))).rowcount
        return done + keys + ended + counts + read

    def _drop_owned(self, ids: Iterable[str]) -> None:
        """Everything that belongs to these tickets."""
        mine = tuple(ids)
        owned = (contents.c.owner, links.c.owner, cards.c.ticket, objects.c.ticket, challenges.c.talk)
        for column in owned:
            self._link.execute(delete(column.table).where(column.in_(mine)))
