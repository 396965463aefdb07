"""Queries about tickets: filing, saving, finding, waking, and where their cards stand.

Promise: a ticket is saved by compare-and-set; what queries need stands beside its JSON in columns that are worked out
from it here and nowhere else. Limits: no rule stands here; labels (SEL-2026-00417) count up to 99,999 a year.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from bot.core.clock import legal_dates, next_wake
from bot.core.model import CLOSED, Status, Ticket
from storage.queries import THIS, Conflict, Queries
from storage.schema import TICKET, cards, ticket_keys, tickets

OPEN = sorted(set(Status) - CLOSED)

# A range, not LIKE: a prefix search by LIKE reads every label of the index.
NEWEST_REF = (
    select(tickets.c.ref)
    .where(tickets.c.ref >= bindparam("first"), tickets.c.ref < bindparam("beyond"))
    .order_by(tickets.c.ref.desc())
    .limit(1)
)
BODY = select(tickets.c.body)
BY_ID = BODY.where(tickets.c.id == THIS)
BY_REF = BODY.where(tickets.c.ref == THIS)
OF_TALK = BODY.where(tickets.c.talk == THIS).order_by(tickets.c.ref)
OF_KEY = BODY.join(ticket_keys, ticket_keys.c.ticket == tickets.c.id).where(ticket_keys.c.key == THIS)
OF_SUBJECT = OF_KEY.order_by(tickets.c.ref)
DROP_KEYS = delete(ticket_keys).where(ticket_keys.c.ticket == THIS)
ADD_KEY = insert(ticket_keys)
OF_GROUP = BODY.where(tickets.c.group_id == THIS).order_by(tickets.c.ref)
ALL = BODY.order_by(tickets.c.due, tickets.c.ref).limit(bindparam("most"))
ALL_OPEN = ALL.where(tickets.c.status.in_(OPEN))
OWED = BODY.where(tickets.c.owed.is_(True)).order_by(tickets.c.due, tickets.c.ref).limit(bindparam("most"))
CLOSED_SINCE = (
    BODY.where(tickets.c.closed_at >= bindparam("since")).order_by(tickets.c.closed_at.desc()).limit(bindparam("most"))
)
SUBJECT_OF = select(tickets.c.subject).where(tickets.c.id == THIS)
TO_WAKE = (
    select(tickets.c.id)
    .where(tickets.c.wake_at <= bindparam("now"))
    .order_by(tickets.c.wake_at)
    .limit(bindparam("most"))
)
NEXT_WAKE = select(func.min(tickets.c.wake_at))
ADD = insert(tickets)
SAVE = update(tickets).where(tickets.c.id == THIS, tickets.c.version == bindparam("was"))

CARD = select(cards.c.channel, cards.c.ts).where(cards.c.ticket == THIS)
OF_CARD = select(cards.c.ticket).where(cards.c.channel == bindparam("place"), cards.c.ts == bindparam("message"))
DROP_CARD = delete(cards).where(cards.c.ticket == THIS)
ADD_CARD = insert(cards)


class Tickets(Queries):
    """Tickets and their cards; `touched` holds the ids that this transaction wrote."""

    def __init__(self, link: Connection) -> None:
        """Work on this connection; nothing is touched yet."""
        super().__init__(link)
        self.touched: set[str] = set()

    def next_number(self, year: int) -> int:
        """The next running number of a year, from the highest given out so far."""
        ref = self._link.execute(NEWEST_REF, {"first": f"SEL-{year}-", "beyond": f"SEL-{year}."}).scalar()
        return int(ref.rsplit("-", 1)[1]) + 1 if ref else 1

    def ticket(self, ticket_id: str) -> Ticket | None:
        """A ticket by its key."""
        body = self._link.execute(BY_ID, {"this": ticket_id}).scalar()
        return TICKET.load(body) if body else None

    def ticket_by_ref(self, ref: str) -> Ticket | None:
        """A ticket by its label, for staff and the shell; never a way in for people."""
        body = self._link.execute(BY_REF, {"this": ref}).scalar()
        return TICKET.load(body) if body else None

    def tickets_of_talk(self, talk_id: str) -> tuple[Ticket, ...]:
        """The tickets of a conversation, oldest first."""
        return self._several(OF_TALK, this=talk_id)

    def tickets_of_subject(self, subject: str) -> tuple[Ticket, ...]:
        """The tickets found under a keyed hash of a verified person (their mailbox or account), oldest first."""
        return self._several(OF_SUBJECT, this=subject)

    def set_keys(self, ticket_id: str, keys: Iterable[str]) -> None:
        """The keyed hashes under which a ticket is found from now on."""
        self._link.execute(DROP_KEYS, {"this": ticket_id})
        for key in sorted(keys):
            self._link.execute(ADD_KEY, {"ticket": ticket_id, "key": key})

    def tickets_of_group(self, group: str) -> tuple[Ticket, ...]:
        """The tickets that one message opened."""
        return self._several(OF_GROUP, this=group)

    def all_tickets(self, *, only_open: bool, limit: int = 200) -> tuple[Ticket, ...]:
        """Tickets by due date, the most urgent first."""
        return self._several(ALL_OPEN if only_open else ALL, most=limit)

    def owed_tickets(self, limit: int = 2000) -> tuple[Ticket, ...]:
        """Tickets for which staff still have something to do, by due date: open, held, or with a task left."""
        return self._several(OWED, most=limit)

    def closed_since(self, since: datetime, limit: int = 500) -> tuple[Ticket, ...]:
        """Tickets closed from this instant (UTC) on, the newest first."""
        return self._several(CLOSED_SINCE, since=since, most=limit)

    def _several(self, query: Any, **values: Any) -> tuple[Ticket, ...]:
        return tuple(TICKET.load(body) for body in self._link.execute(query, values).scalars())

    def add_ticket(self, ticket: Ticket, *, subject: str | None) -> None:
        """File a new ticket."""
        self._link.execute(ADD, {"id": ticket.id, **_columns(ticket, subject)})
        self.touched.add(ticket.id)

    def save_ticket(self, ticket: Ticket, *, was: int, subject: str | None) -> None:
        """Write a ticket over version `was`; raises Conflict when somebody else was faster."""
        row = {"this": ticket.id, "was": was, **_columns(ticket, subject)}
        if self._link.execute(SAVE, row).rowcount != 1:
            raise Conflict("ticket")
        self.touched.add(ticket.id)

    def subject_of(self, ticket_id: str) -> str | None:
        """The keyed hash of the person a ticket is of, once verified."""
        return self._link.execute(SUBJECT_OF, {"this": ticket_id}).scalar()

    def tickets_to_wake(self, now: datetime, limit: int = 50) -> list[str]:
        """Tickets for which something is due, the longest first."""
        return list(self._link.execute(TO_WAKE, {"now": now, "most": limit}).scalars())

    def next_wake(self) -> datetime | None:
        """When (UTC) the earliest ticket wants to be looked at."""
        return self._link.execute(NEXT_WAKE).scalar()

    def card(self, ticket_id: str) -> tuple[str, str] | None:
        """Where a ticket's card stands: (channel, ts)."""
        row = self._link.execute(CARD, {"this": ticket_id}).first()
        return (row.channel, row.ts) if row else None

    def ticket_of_card(self, channel: str, ts: str) -> str | None:
        """Which ticket a card is of: a click is checked against the stored message."""
        return self._link.execute(OF_CARD, {"place": channel, "message": ts}).scalar()

    def set_card(self, ticket_id: str, channel: str, ts: str) -> None:
        """Remember where a ticket's card stands."""
        self._link.execute(DROP_CARD, {"this": ticket_id})
        self._link.execute(ADD_CARD, {"ticket": ticket_id, "channel": channel, "ts": ts})


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
        "owed": ticket.is_owed,
        "closed_at": ticket.closed_at,
        "body": TICKET.dump(ticket),
    }
