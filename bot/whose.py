"""Whose data it is: the persons a proof covers, and what else the same person asked for.

Promise: a client's list is never exported, and a copy comes before the deletion of what it shows. Limits: it reads
tickets and people that were found, and asks no source.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bot.core.clock import legal_dates
from bot.core.deadlines import local_date
from bot.core.model import Right, Ticket
from bot.core.plans import READING, PersonFound, Role, Verb

COPIES = frozenset({Right.ACCESS, Right.PORTABILITY})


def copy_comes_first(tx: Any, ticket: Ticket, now: datetime) -> bool:
    """A copy that the same person asked for is given, and fetched, before anything is deleted.

    No copy holds a deletion beyond the day by which its own work has to be done (local date, `work_by`).
    """
    work_by = legal_dates(ticket).work_by
    if work_by is not None and local_date(now) >= work_by:
        return False
    return any(_is_owed(one, now) for one in of_the_same_person(tx, ticket) if one.right in COPIES)


def _is_owed(ticket: Ticket, now: datetime) -> bool:
    """A verified request that still runs, or a copy that lies ready and was not fetched."""
    if ticket.is_open:
        return ticket.identity is not None
    return ticket.copy is not None and not ticket.copy.fetched and now < ticket.copy.until


def of_the_same_person(tx: Any, ticket: Ticket) -> tuple[Ticket, ...]:
    """The other tickets of the same conversation and of the same verified person (keyed hash)."""
    subject = tx.work.subject_of(ticket.id)
    talk = tx.work.tickets_of_talk(ticket.talk) if ticket.talk else ()
    same = (*talk, *(tx.work.tickets_of_subject(subject) if subject else ()))
    return tuple({one.id: one for one in same if one.id != ticket.id}.values())


def to_plan(people: Iterable[PersonFound], verb: Verb) -> tuple[PersonFound, ...]:
    """Whose data a plan is about: rows on a client's list are the client's to show (Art. 28(3)(e)), never exported."""
    return tuple(person for person in people if verb not in READING or person.role is Role.CONTROLLER)


def is_beside(person: PersonFound, people: Iterable[PersonFound]) -> bool:
    """True for an entry on a client's list beside the person's own data: it lacks fields that an account has."""
    return person.role is Role.PROCESSOR and any(one.role is Role.CONTROLLER for one in people)


def subjects(people: Iterable[PersonFound]) -> frozenset[tuple[str, str]]:
    """The (tenant, subject) pairs of those with an account."""
    return frozenset((person.tenant, person.subject_id) for person in people if person.subject_id)


def emails(people: Iterable[PersonFound]) -> tuple[str, ...]:
    """Their mail addresses as stored, without repeats."""
    found = (one.value for person in people for one in person.contacts if one.kind == "email")
    return tuple(dict.fromkeys(found))
