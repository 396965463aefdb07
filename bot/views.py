"""A ticket as staff see it in Slack, and as letters speak of it: facts, dates, log and counts; no names, no contents.

Promise: read from the database now, in the transaction that is handed in. Limits: it decides nothing; whether a
colleague may look is the door's to ask.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from bot.core.clock import legal_dates
from bot.core.model import Ticket
from bot.core.plans import Plan
from bot.ports import TicketView
from bot.texts import Case

PLAN: TypeAdapter[Plan] = TypeAdapter(Plan)

TELLING = frozenset({"find", "who", "at_once", "act", "code", "mail", "notify", "inform"})
"""Steps whose failure staff should know of; a card or thread line that waits for Slack explains itself."""


def view_in(tx: Any, ticket_id: str, today: date) -> TicketView | None:
    """Read what staff may see of a ticket, in an open transaction; `today` (local) says who is away."""
    ticket = tx.work.ticket(ticket_id)
    if ticket is None:
        return None
    plan = tx.work.content(ticket_id, "plan")
    return TicketView(
        ticket=ticket,
        dates=legal_dates(ticket),
        log=tuple(line.entry for line in tx.work.log_of(ticket_id)),
        plan=PLAN.validate_json(plan) if plan else None,
        stuck=tuple(one.error for one in tx.work.open_steps(ticket_id) if one.error and one.kind in TELLING),
        away=tx.work.away(today),
        together=tuple(one.ref for one in tx.work.tickets_of_group(ticket.group) if one.id != ticket.id),
    )


def cases_of(tickets: Iterable[Ticket]) -> tuple[Case, ...]:
    """Tickets as letters speak of them."""
    return tuple(
        Case(ref=one.ref, right=one.right, received_at=one.received_at, latest=legal_dates(one).queue_date)
        for one in tickets
    )
