"""Where a person hears of their ticket, and in which conversations it was spoken about.

Promise: what the desk itself says goes to a conversation that is surely the person's; what a colleague typed may also
go to one by mail whose sender's address matches, because its answer reaches that address and nobody else. Limits: it
says nothing itself, and a colleague is told to type no data.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from bot.core.model import Talk, Ticket

if TYPE_CHECKING:
    from bot.ports import Transaction

HEARD_IN = "heard_in"
"""Contents of a ticket that name another conversation in which it was spoken about; several."""

ABOUT = "about"
"""The content of such a conversation that names the ticket."""


def reached(tx: "Transaction", ticket: Ticket, keys: frozenset[str]) -> Talk | None:
    """The conversation that a person used last about their ticket; `keys` are the keyed hashes that find them."""
    heard = (tx.people.talk(talk_id) for talk_id in tx.work.contents_of(ticket.id, HEARD_IN))
    every = [one for one in (surely_theirs(tx, ticket, keys), *heard) if one is not None]
    return max(every, key=lambda talk: talk.last_at, default=None)


def surely_theirs(tx: "Transaction", ticket: Ticket, keys: frozenset[str]) -> Talk | None:
    """The newest of the ticket's own conversation and those that its proved person has."""
    own: Talk | None = tx.people.talk(ticket.talk) if ticket.talk else None
    newest: Talk | None = tx.people.newest_talk_of(keys) if keys else None
    if own is None or newest is None:
        return own or newest
    return max(own, newest, key=lambda talk: talk.last_at)


def spoken_about(tx: "Transaction", fresh: Callable[[], str], ticket: Ticket, talk: Talk, now: datetime) -> None:
    """Remember that a ticket was spoken about in another conversation than its own: staff read it there too."""
    if talk.id == ticket.talk or talk.id in tx.work.contents_of(ticket.id, HEARD_IN):
        return
    tx.work.put_content(fresh(), owner=ticket.id, kind=HEARD_IN, text=talk.id, at=now)
    tx.work.replace_content(fresh(), owner=talk.id, kind=ABOUT, text=ticket.id, at=now)


def ticket_spoken_about(tx: "Transaction", talk: Talk) -> Ticket | None:
    """The ticket that a conversation without one of its own is about."""
    ticket_id = tx.work.content(talk.id, ABOUT)
    ticket: Ticket | None = tx.work.ticket(ticket_id) if ticket_id else None
    return ticket
