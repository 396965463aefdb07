"""What a colleague does by hand: a task is set by a source or a recipient without an interface, and done by staff.

Promise: a task is set once, done once, and its day lies before the ticket's; a call that waits for it goes on as soon
as it is done. Limits: what was done is the colleague's word; their proof note is a content and stands elsewhere.
"""

from dataclasses import replace
from datetime import datetime

from bot.core import events as e
from bot.core.clock import task_due
from bot.core.model import Task, Ticket
from bot.core.moves import Change, IllegalMove


def to_do(ticket: Ticket) -> tuple[Task, ...]:
    """The tasks a colleague may do now: the open ones, and none while a hold forbids every act on data."""
    return () if ticket.is_held else tuple(task for task in ticket.tasks if task.done_at is None)


def task_set(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    assert isinstance(event, e.TaskSet)
    if any(task.id == event.task for task in ticket.tasks):
        return Change(ticket=ticket, silent=True)
    task = Task(id=event.task, what=event.what, about=event.about, due=task_due(ticket, now))
    facts = {"task": task.what, "source": task.about, "until": task.due.isoformat()}
    return Change(ticket=replace(ticket, tasks=(*ticket.tasks, task)), effects=(e.Nudge(rung="task_set"),), facts=facts)


def task_done(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    assert isinstance(event, e.TaskDone)
    task = next((one for one in ticket.tasks if one.id == event.task and one.done_at is None), None)
    if task is None:
        raise IllegalMove("TaskDone is for a task of this ticket that is still open")
    done = replace(task, done_at=now, by=event.by)
    tasks = tuple(done if one is task else one for one in ticket.tasks)
    again: tuple[e.Effect, ...] = (e.Call(verb="retry"),) if ticket.is_open else ()
    return Change(ticket=replace(ticket, tasks=tasks), effects=again, facts={"task": task.what, "source": task.about})
