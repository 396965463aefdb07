"""Telling the recipients (Art. 19): who is told by which way once data was erased, corrected or restricted.

Promise: each recipient has a notice of its own on the ticket, with its own tries and end; the person's result waits
for none of them, and when the last knows, the person is told who was told. Limits: what a recipient then does is
theirs; whom the data map has no way to stays a task of staff (deskwork.py).
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.core import events as e
from bot.core.clock import errand_due
from bot.core.messages import RecipientsTold
from bot.core.model import Errand, Notice, Ticket, Way

TELL = "tell"


def begun(ticket: Ticket, notices: tuple[Notice, ...], now: datetime) -> tuple[Ticket, tuple[e.Effect, ...]]:
    """The closed ticket with its notices, and what is to be done for each: a message sent, or an errand."""
    ticket = replace(ticket, notices=notices)
    by_hand = [one for one in notices if one.way is Way.MANUAL]
    for one in by_hand:
        ticket = handed_over(ticket, one.recipient, now)
    sent = tuple(e.Inform(recipient=one.recipient) for one in notices if one.way is not Way.MANUAL)
    return ticket, (*sent, *((e.Nudge(rung="errand_set"),) if by_hand else ()))


def handed_over(ticket: Ticket, recipient: str, now: datetime) -> Ticket:
    """A colleague tells this recipient from now on."""
    errand = Errand(id=f"{TELL}-{recipient}", what=TELL, about=recipient, due=errand_due(ticket, now))
    changed = _changed(ticket, recipient, lambda one: replace(one, way=Way.MANUAL))
    return replace(changed, errands=(*ticket.errands, errand))


def knows(ticket: Ticket, recipient: str, now: datetime) -> tuple[Ticket, tuple[e.Effect, ...]]:
    """This recipient knows; with the last of them the person is told."""
    ticket = _changed(ticket, recipient, lambda one: replace(one, done_at=one.done_at or now, reason=""))
    if not all(one.done_at for one in ticket.notices):
        return ticket, ()
    names = tuple(one.name for one in ticket.notices)
    return ticket, (e.Tell(message=RecipientsTold(ref=ticket.ref, recipients=names), durable=True),)


def failed(ticket: Ticket, recipient: str, reason: str) -> Ticket:
    """This recipient could not be reached once more."""
    return _changed(ticket, recipient, lambda one: replace(one, tries=one.tries + 1, reason=reason))


def waiting(ticket: Ticket, recipient: str) -> Notice | None:
    """The notice of a recipient who does not know yet."""
    return next((one for one in ticket.notices if one.recipient == recipient and one.done_at is None), None)


def _changed(ticket: Ticket, recipient: str, change: Callable[[Notice], Notice]) -> Ticket:
    notices = tuple(change(one) if one.recipient == recipient else one for one in ticket.notices)
    return replace(ticket, notices=notices)
