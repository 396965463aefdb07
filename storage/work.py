"""Queries about work: tickets, their contents, the event log, the step table (outbox with leases), cards, objects.

Promise: tickets are saved by compare-and-set; the log is a hash chain with one writer; a step has a unique key, a lease
that is checked when it is finished, and is inserted in the transaction that decided it. Limits: no rule stands here;
`audit` checks the chain only up to its head, an outside anchor shows a cut tail.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select, update

from bot.core.clock import legal_dates, next_wake
from bot.core.events import Entry
from bot.core.model import CLOSED, Ticket
from storage.people import Conflict
from storage.schema import TICKET, cards, contents, log, objects, seen, steps, tickets

GENESIS = "0" * 64


@dataclass(frozen=True, kw_only=True)
class Step:
    """One outside call that is owed: unique key, kind, ids it is about, tries so far, and the lease that holds it."""

    id: str
    key: str
    ticket: str
    kind: str
    args: Mapping[str, str]
    tries: int
    lease: str = ""
    made_at: datetime
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class Logged:
    """One line of the event log with its place in the chain."""

    seq: int
    ticket: str
    entry: Entry
    prev: str
    hash: str


class Work:
    """Queries over one open transaction."""

    def __init__(self, link: Connection) -> None:
        """Work on this connection, inside its transaction; `queued` tells the store to wake the courier."""
        self._link = link
        self.queued = False
        self.touched: set[str] = set()

    # -- tickets

    def next_number(self, year: int) -> int:
        """The next running number of a year, from the highest given out so far."""
        newest = select(func.max(tickets.c.ref)).where(tickets.c.ref.like(f"SEL-{year}-%"))
        ref = self._link.execute(newest).scalar()
        return int(ref.rsplit("-", 1)[1]) + 1 if ref else 1

    def ticket(self, ticket_id: str) -> Ticket | None:
        """A ticket by its key."""
        body = self._link.execute(select(tickets.c.body).where(tickets.c.id == ticket_id)).scalar()
        return TICKET.load(body) if body else None

    def ticket_by_ref(self, ref: str) -> Ticket | None:
        """A ticket by its label, for staff and the shell; never a way in for people."""
        body = self._link.execute(select(tickets.c.body).where(tickets.c.ref == ref)).scalar()
        return TICKET.load(body) if body else None

    def tickets_of_talk(self, talk_id: str) -> tuple[Ticket, ...]:
        """The tickets of a conversation, oldest first."""
        query = select(tickets.c.body).where(tickets.c.talk == talk_id).order_by(tickets.c.ref)
        return tuple(TICKET.load(body) for body in self._link.execute(query).scalars())

    def tickets_of_subject(self, subject: str) -> tuple[Ticket, ...]:
        """The tickets of a verified person (a keyed hash), oldest first."""
        query = select(tickets.c.body).where(tickets.c.subject == subject).order_by(tickets.c.ref)
        return tuple(TICKET.load(body) for body in self._link.execute(query).scalars())

    def tickets_of_group(self, group: str) -> tuple[Ticket, ...]:
        """The tickets that one message opened."""
        query = select(tickets.c.body).where(tickets.c.group_id == group).order_by(tickets.c.ref)
        return tuple(TICKET.load(body) for body in self._link.execute(query).scalars())

    def all_tickets(self, *, only_open: bool, limit: int = 200) -> tuple[Ticket, ...]:
        """Tickets by due date, the most urgent first."""
        query = select(tickets.c.body).order_by(tickets.c.due, tickets.c.ref).limit(limit)
        if only_open:
            query = query.where(tickets.c.status.not_in(sorted(CLOSED)))
        return tuple(TICKET.load(body) for body in self._link.execute(query).scalars())

    def add_ticket(self, ticket: Ticket, *, subject: str | None) -> None:
        """File a new ticket."""
        self._link.execute(insert(tickets).values(id=ticket.id, **_columns(ticket, subject)))
        self.touched.add(ticket.id)

    def save_ticket(self, ticket: Ticket, *, was: int, subject: str | None) -> None:
        """Write a ticket over version `was`; raises Conflict when somebody else was faster."""
        query = update(tickets).where(tickets.c.id == ticket.id, tickets.c.version == was)
        if self._link.execute(query.values(**_columns(ticket, subject))).rowcount != 1:
            raise Conflict("ticket")
        self.touched.add(ticket.id)

    def subject_of(self, ticket_id: str) -> str | None:
        """The keyed hash of the person a ticket is of, once verified."""
        return self._link.execute(select(tickets.c.subject).where(tickets.c.id == ticket_id)).scalar()

    def tickets_to_wake(self, now: datetime, limit: int = 50) -> list[str]:
        """Tickets for which something is due."""
        query = select(tickets.c.id).where(tickets.c.wake_at <= now).order_by(tickets.c.wake_at).limit(limit)
        return list(self._link.execute(query).scalars())

    def next_wake(self) -> datetime | None:
        """When the earliest ticket wants to be looked at."""
        return self._link.execute(select(func.min(tickets.c.wake_at))).scalar()

    # -- contents

    def put_content(self, content_id: str, *, owner: str, kind: str, text: str, at: datetime) -> None:
        """Keep a content under its own id, so that it can be deleted on its own."""
        values = {"id": content_id, "owner": owner, "kind": kind, "text": text, "at": at}
        self._link.execute(insert(contents).values(**values))

    def replace_content(self, content_id: str, *, owner: str, kind: str, text: str, at: datetime) -> None:
        """Put a content in place of what the owner had of this kind."""
        self.drop_contents(owner, (kind,))
        self.put_content(content_id, owner=owner, kind=kind, text=text, at=at)

    def content(self, owner: str, kind: str) -> str | None:
        """The newest content of a kind."""
        mine = and_(contents.c.owner == owner, contents.c.kind == kind)
        return self._link.execute(select(contents.c.text).where(mine).order_by(contents.c.at.desc()).limit(1)).scalar()

    def content_by_id(self, content_id: str) -> str | None:
        """One content by its id."""
        return self._link.execute(select(contents.c.text).where(contents.c.id == content_id)).scalar()

    def drop_contents(self, owner: str, kinds: Iterable[str]) -> None:
        """Delete contents once they have served."""
        self._link.execute(delete(contents).where(contents.c.owner == owner, contents.c.kind.in_(tuple(kinds))))

    # -- the log

    def write_log(self, ticket_id: str, entries: Iterable[Entry]) -> list[int]:
        """Append lines to the chain and return their numbers."""
        head = self._link.execute(select(log.c.seq, log.c.hash).order_by(log.c.seq.desc()).limit(1)).first()
        seq, prev = (head.seq, head.hash) if head else (0, GENESIS)
        numbers = []
        for entry in entries:
            seq += 1
            facts = json.dumps(dict(entry.facts), sort_keys=True)
            here = chained(prev, seq, ticket_id, entry, facts)
            values = {"seq": seq, "ticket": ticket_id, "at": entry.at, "by": entry.by, "what": entry.what}
            self._link.execute(insert(log).values(**values, facts=facts, prev=prev, hash=here))
            prev = here
            numbers.append(seq)
        return numbers

    def log_of(self, ticket_id: str) -> tuple[Logged, ...]:
        """The log of one ticket, oldest first."""
        rows = self._link.execute(select(log).where(log.c.ticket == ticket_id).order_by(log.c.seq))
        return tuple(_logged(row) for row in rows)

    def log_after(self, seq: int, limit: int = 1000) -> tuple[Logged, ...]:
        """The log from a number on, for `audit verify`."""
        rows = self._link.execute(select(log).where(log.c.seq > seq).order_by(log.c.seq).limit(limit))
        return tuple(_logged(row) for row in rows)

    # -- steps

    def queue(self, step_id: str, *, key: str, ticket: str, kind: str, now: datetime, **args: str) -> None:
        """Owe an outside call. A key that is already known is not owed twice."""
        if self._link.execute(select(steps.c.id).where(steps.c.key == key)).first():
            return
        values = {"id": step_id, "key": key, "ticket": ticket, "kind": kind, "args": json.dumps(args, sort_keys=True)}
        self._link.execute(insert(steps).values(**values, state="todo", run_at=now, made_at=now, tries=0))
        self.queued = True

    def claim(self, lease: str, *, now: datetime, until: datetime, limit: int, kinds: frozenset[str]) -> list[Step]:
        """Take steps that are due and free (or whose holder died), for the time of the lease; oldest first.

        Steps of one ticket and kind run in their order: a later one waits while an earlier one is not done.
        """
        earlier = steps.alias()
        blocked = (
            select(earlier.c.id)
            .where(
                earlier.c.ticket == steps.c.ticket,
                earlier.c.kind == steps.c.kind,
                earlier.c.state == "todo",
                or_(
                    earlier.c.made_at < steps.c.made_at,
                    and_(earlier.c.made_at == steps.c.made_at, earlier.c.id < steps.c.id),
                ),
            )
            .exists()
        )
        free = or_(steps.c.lease.is_(None), steps.c.lease_until <= now)
        due = and_(steps.c.state == "todo", steps.c.run_at <= now, free, steps.c.kind.in_(sorted(kinds)), ~blocked)
        rows = self._link.execute(select(steps).where(due).order_by(steps.c.run_at, steps.c.id).limit(limit)).all()
        ids = [row.id for row in rows]
        if ids:
            self._link.execute(update(steps).where(steps.c.id.in_(ids)).values(lease=lease, lease_until=until))
        return [_step(row, lease) for row in rows]

    def renew(self, step: Step, until: datetime) -> bool:
        """Hold a long step longer; False when somebody else has taken it over."""
        mine = and_(steps.c.id == step.id, steps.c.lease == step.lease, steps.c.state == "todo")
        return self._link.execute(update(steps).where(mine).values(lease_until=until)).rowcount == 1

    def finish(self, step: Step, now: datetime) -> bool:
        """Mark a step done under its lease; False (and nothing changed) when the lease was lost."""
        mine = and_(steps.c.id == step.id, steps.c.lease == step.lease, steps.c.state == "todo")
        values = {"state": "done", "done_at": now, "lease": None, "lease_until": None, "error": None}
        self.queued = True  # a later step of the same ticket may have waited for this one
        return self._link.execute(update(steps).where(mine).values(**values)).rowcount == 1

    def put_back(self, step: Step, *, run_at: datetime, error: str) -> bool:
        """A step failed: try again at `run_at`. `error` is a code without data."""
        mine = and_(steps.c.id == step.id, steps.c.lease == step.lease, steps.c.state == "todo")
        values = {"run_at": run_at, "tries": steps.c.tries + 1, "error": error[:80], "lease": None, "lease_until": None}
        return self._link.execute(update(steps).where(mine).values(**values)).rowcount == 1

    def hurry(self, ticket_id: str, now: datetime) -> None:
        """Try a ticket's waiting steps now (a colleague pressed retry)."""
        mine = and_(steps.c.ticket == ticket_id, steps.c.state == "todo")
        self._link.execute(update(steps).where(mine).values(run_at=now))
        self.queued = True

    def next_step_at(self) -> datetime | None:
        """When the earliest free step is due."""
        return self._link.execute(select(func.min(steps.c.run_at)).where(steps.c.state == "todo")).scalar()

    def open_steps(self, ticket_id: str) -> list[Step]:
        """What is still owed for a ticket."""
        rows = self._link.execute(select(steps).where(steps.c.ticket == ticket_id, steps.c.state == "todo"))
        return [_step(row, row.lease or "") for row in rows]

    def step_counts(self) -> dict[tuple[str, str], int]:
        """How many steps stand in which state, per kind: for health and doctor."""
        query = select(steps.c.kind, steps.c.state, func.count()).group_by(steps.c.kind, steps.c.state)
        return {(kind, state): number for kind, state, number in self._link.execute(query)}

    def drop_done_steps(self, before: datetime) -> int:
        """Delete what was done long ago."""
        done = and_(steps.c.state == "done", steps.c.done_at < before)
        return self._link.execute(delete(steps).where(done)).rowcount

    # -- keys seen, cards, objects

    def first_time(self, key: str, now: datetime) -> bool:
        """True once per key: a repeated event, token or click changes nothing."""
        if self._link.execute(select(seen.c.key).where(seen.c.key == key)).first():
            return False
        self._link.execute(insert(seen).values(key=key, at=now))
        return True

    def card(self, ticket_id: str) -> tuple[str, str] | None:
        """Where a ticket's card stands: (channel, ts)."""
        row = self._link.execute(select(cards.c.channel, cards.c.ts).where(cards.c.ticket == ticket_id)).first()
        return (row.channel, row.ts) if row else None

    def ticket_of_card(self, channel: str, ts: str) -> str | None:
        """Which ticket a card is of: a click is checked against the stored message."""
        return self._link.execute(select(cards.c.ticket).where(cards.c.channel == channel, cards.c.ts == ts)).scalar()

    def set_card(self, ticket_id: str, channel: str, ts: str) -> None:
        """Remember where a ticket's card stands."""
        self._link.execute(delete(cards).where(cards.c.ticket == ticket_id))
        self._link.execute(insert(cards).values(ticket=ticket_id, channel=channel, ts=ts))

    def add_object(self, object_id: str, *, ticket: str, kind: str, size: int, now: datetime) -> None:
        """Remember a vault object."""
        self._link.execute(delete(objects).where(objects.c.id == object_id))
        self._link.execute(insert(objects).values(id=object_id, ticket=ticket, kind=kind, size=size, made_at=now))

    def shredded(self, object_id: str, now: datetime) -> None:
        """Remember that a vault object is gone."""
        self._link.execute(update(objects).where(objects.c.id == object_id).values(shredded_at=now))


def chained(prev: str, seq: int, ticket_id: str, entry: Entry, facts: str) -> str:
    """The hash of a log line over the one before it (SHA-256 of the canonical record)."""
    record = [prev, seq, ticket_id, entry.at.isoformat(), entry.by, entry.what, facts]
    return hashlib.sha256(json.dumps(record, separators=(",", ":")).encode()).hexdigest()


def first_break(chain: Iterable[Logged], *, prev: str = GENESIS, seq: int = 0) -> int | None:
    """The number of the first line that does not fit the chain, or None when all fit."""
    for line in chain:
        facts = json.dumps(dict(line.entry.facts), sort_keys=True)
        fits = line.seq == seq + 1 and line.prev == prev
        if not fits or line.hash != chained(prev, line.seq, line.ticket, line.entry, facts):
            return line.seq
        prev, seq = line.hash, line.seq
    return None


def _columns(ticket: Ticket, subject: str | None) -> dict[str, Any]:
    return {
        "ref": ticket.ref,
        "talk": ticket.talk,
        "subject": subject,
        "group_id": ticket.group,
        "right": ticket.right,
        "status": ticket.status,
        "version": ticket.version,
        "due": legal_dates(ticket).queue_date.isoformat(),
        "wake_at": next_wake(ticket),
        "received_at": ticket.received_at,
        "body": TICKET.dump(ticket),
    }


def _step(row: Row[Any], lease: str) -> Step:
    return Step(
        id=row.id,
        key=row.key,
        ticket=row.ticket,
        kind=row.kind,
        args=json.loads(row.args),
        tries=row.tries,
        lease=lease,
        made_at=row.made_at,
        error=row.error,
    )


def _logged(row: Row[Any]) -> Logged:
    entry = Entry(what=row.what, by=row.by, at=row.at, facts=json.loads(row.facts))
    return Logged(seq=row.seq, ticket=row.ticket, entry=entry, prev=row.prev, hash=row.hash)
