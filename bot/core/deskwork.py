"""What staff do beside deciding, event by event: hold and lift, try again, hand over, prove a task, type an address.

Promise: as in moves.py, one small pure function per event, named after it; lifting lifts the holds that were looked at
and no other, so a legal hold is never mistaken for the person's own stop. Limits: notes are named by id; their words
stand in contents rows that this module never sees.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.core import events as e
from bot.core.escalation import SESSION_WAIT
from bot.core.messages import AlarmEased
from bot.core.model import HOLDS, ClockFact, Flag, Status, Task, Ticket
from bot.core.moves import Change, IllegalMove
from bot.core.rights import ROWS
from bot.core.sorting import is_unsorted

THE_PERSONS = frozenset({Flag.STOPPED, Flag.ALARM})
"""Holds that people cause and are told about; a legal hold is the house's own."""


def tasks_of(effects: Iterable[e.Effect]) -> frozenset[Task]:
    """The tasks among what staff are told to do: a nudge that names one is owed until somebody proves it was done."""
    known = {task.value for task in Task}
    return frozenset(Task(one.rung) for one in effects if isinstance(one, e.Nudge) and one.rung in known)


def hold_set(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    assert isinstance(event, e.HoldSet)
    return Change(ticket=replace(ticket, flags=ticket.flags | {Flag.LEGAL_HOLD}), facts=_note(event.note))


def hold_lifted(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    assert isinstance(event, e.HoldLifted)
    lifted = event.lifted & ticket.flags & HOLDS
    was_visible = bool(lifted & THE_PERSONS)
    changed = replace(ticket, flags=ticket.flags - lifted)
    changed = _looked_at_again(changed, now) if was_visible and ticket.is_open else changed
    is_eased = was_visible and not changed.is_held  # "it goes on" is said when it does
    told: tuple[e.Effect, ...] = (e.Tell(message=AlarmEased(ref=ticket.ref), durable=True),) if is_eased else ()
    again: tuple[e.Effect, ...] = (e.Call(verb="retry"),) if ticket.is_open and not changed.is_held else ()
    facts = {"lifted": ",".join(sorted(lifted))}
    return Change(ticket=changed, effects=(*told, *again), facts=facts)


def _looked_at_again(ticket: Ticket, now: datetime) -> Ticket:
    """Back to a decision, with at least a day in which the real person can press stop once more."""
    back = Status.REVIEW if ticket.status in {Status.SCHEDULED, Status.WORKING} else ticket.status
    again = max(ticket.waits_until, now + SESSION_WAIT) if ticket.waits_until else None
    return replace(ticket, status=back, waits_until=again)


def retried(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    return Change(ticket=ticket, effects=(e.Call(verb="retry"),))


def assigned(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    assert isinstance(event, e.Assigned)
    return Change(ticket=replace(ticket, assignee=event.to or None), facts={"to": event.to})


def proof_noted(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    assert isinstance(event, e.ProofNoted)
    if event.task not in ticket.tasks or event.task is Task.CONTACT:
        raise IllegalMove("ProofNoted is for a task that is still open and done by hand")
    facts = {"task": event.task.value, **_note(event.note)}
    return Change(ticket=replace(ticket, tasks=ticket.tasks - {event.task}), facts=facts)


def contact_given(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    if Task.CONTACT not in ticket.tasks:
        raise IllegalMove("ContactGiven is for a request that still lacks an address")
    # Asked only now: from here on the clock may pause (Art. 12(6)), not from the day of the call or the letter.
    asked = (ClockFact(type="identity_asked", at=now),) if ROWS[ticket.right].proofs else ()
    changed = replace(ticket, tasks=ticket.tasks - {Task.CONTACT}, flags=ticket.flags - {Flag.UNDELIVERED})
    return Change(ticket=replace(changed, clock=(*ticket.clock, *asked)))


def was_sorted(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    """A mail nobody could place: one that is ours is heard under a ticket of its own, all else is left to its readers.

    Neither is told to whoever sent it: a mail that is not for the desk was never the desk's to answer.
    """
    assert isinstance(event, e.Sorted)
    if not is_unsorted(ticket):
        raise IllegalMove("Sorted is for a mail that staff were asked about")
    status = Status.DONE if event.ours else Status.FORWARDED
    changed = replace(ticket, status=status, closed_at=now, decided_by=event.by, flags=ticket.flags - {Flag.UNSORTED})
    effects = (e.Call(verb="sort"), e.Forget(kinds=("words",)))
    return Change(ticket=changed, effects=effects, facts={"ours": str(event.ours).lower()})


def undelivered(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    assert isinstance(event, e.Undelivered)
    nudge: tuple[e.Effect, ...] = () if Flag.UNDELIVERED in ticket.flags else (e.Nudge(rung="undelivered"),)
    changed = replace(ticket, flags=ticket.flags | {Flag.UNDELIVERED})
    return Change(ticket=changed, effects=nudge, facts={"what": event.what})


def _note(content_id: str) -> Mapping[str, str]:
    return {"note": content_id} if content_id else {}
