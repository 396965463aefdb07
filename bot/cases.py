"""A case: a ticket with the contents that a call to the data layer needs, read in one transaction.

Limits: it asks no source and decides nothing.
"""

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from bot import record, whose
from bot.core.model import Ticket
from bot.core.plans import Change, PersonFound, Plan
from bot.desk import Desk
from bot.views import PLAN

PEOPLE: TypeAdapter[tuple[PersonFound, ...]] = TypeAdapter(tuple[PersonFound, ...])


@dataclass(frozen=True, kw_only=True)
class Case:
    """A ticket with the contents a call needs, read in one transaction."""

    ticket: Ticket
    mailbox: str | None
    address: str | None
    scope: str
    delivery: str | None
    changes: tuple[Change, ...]
    plan: Plan | None
    people: tuple[PersonFound, ...]
    copy_comes_first: bool


async def read_case(desk: Desk, ticket_id: str) -> Case:
    """A ticket with what a call about it needs. The ticket has to be there."""

    def read(tx: Any) -> Case:
        ticket = tx.work.ticket(ticket_id)
        plan = tx.work.content(ticket_id, "plan")
        people = tx.work.content(ticket_id, "people")
        return Case(
            ticket=ticket,
            mailbox=tx.work.content(ticket_id, "mailbox"),
            address=tx.work.content(ticket_id, "address"),
            scope=tx.work.content(ticket_id, "scope") or "",
            delivery=tx.work.content(ticket_id, "delivery"),
            changes=record.changes_of(tx, ticket_id),
            plan=PLAN.validate_json(plan) if plan else None,
            people=PEOPLE.validate_json(people) if people else (),
            copy_comes_first=whose.copy_comes_first(tx, ticket, desk.clock()),
        )

    return await desk.store.read(read)
