"""What time does to a ticket: its legal dates, the rungs that are due, and when to look again.

Promise: dates come from deadlines.py alone; a rung fires once and silence decides nothing (rules of the desk: no
approval, refusal or extension by time-out). Limits: it names what is due; lifecycle.py says what is then done.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from bot.core.deadlines import PROCESSOR_DAYS, Dates, EventType, Facts, dates_of, day_end, day_start, local_date
from bot.core.deadlines import Event as ClockEvent
from bot.core.escalation import ladder
from bot.core.holidays import core_working_days_after, working_days_before
from bot.core.model import ClockFact, Copy, Flag, Level, Status, Task, Ticket
from bot.core.rights import is_confirmed

CONFIRM_AFTER = timedelta(hours=24)
COPY_DAYS = 14
COPY_REMINDER_DAYS = 3
FETCHES = 5
ERRAND_TIME = timedelta(days=7)

SORT, SORT_OVER, SORTING_DAYS = "sort", "sort_over", 14
"""Rungs of a mail nobody could place, and for how many days its copy is kept (rules of the desk)."""

CLIENT_TASKS = frozenset({Task.FORWARD, Task.TELL_CLIENT})
"""What is owed to a client whose list holds the person (GDPR art. 28(3)(e); the policy)."""

BREACH_24H, BREACH_12H, BREACH_OVER = "breach_24h", "breach_12h", "breach_over"
BREACH_LEFT = {BREACH_24H: timedelta(hours=48), BREACH_12H: timedelta(hours=12), BREACH_OVER: timedelta(0)}
"""Rungs of the 72 hours of Art. 33(1): after a day, twelve hours before the end, and at the end; the time left."""

_dates_of = lru_cache(maxsize=1024)(dates_of)  # a turn asks four times for the dates of the ticket it files


@dataclass(frozen=True, kw_only=True)
class Due:
    """One rung: its name (once per ticket) and the instant (UTC) from which it is due."""

    name: str
    at: datetime


def legal_dates(ticket: Ticket) -> Dates:
    """Every date of a ticket, from its facts."""
    events = tuple(_clock_event(fact, ticket) for fact in ticket.clock)
    facts = Facts(
        received_at=ticket.received_at,
        right=ticket.right.legal,
        country=ticket.country,
        events=events,
    )
    return _dates_of(facts)


def _clock_event(fact: ClockFact, ticket: Ticket) -> ClockEvent:
    kind = EventType(fact.type)
    signed_in = ticket.identity is not None and ticket.identity.level is Level.SESSION
    return ClockEvent(
        type=kind,
        at=fact.at,
        requester_authenticated=signed_in,
        sufficient=kind is EventType.IDENTITY_ANSWERED,
        reasons=fact.reasons,
    )


def rungs(ticket: Ticket) -> tuple[Due, ...]:
    """Every rung that has not fired yet, earliest first."""
    waiting = (due for due in _all_rungs(ticket) if due.name not in ticket.rungs)
    return tuple(sorted(waiting, key=lambda due: (due.at, due.name)))


def due_rungs(ticket: Ticket, now: datetime) -> tuple[Due, ...]:
    """The rungs that are due at `now`."""
    return tuple(due for due in rungs(ticket) if due.at <= now)


def next_wake(ticket: Ticket) -> datetime | None:
    """When to look at the ticket again (UTC), None when nothing will ever become due by itself."""
    instants = [due.at for due in rungs(ticket)]
    if ticket.status is Status.SCHEDULED and ticket.waits_until and not ticket.is_held:
        instants.append(ticket.waits_until)
    return min(instants, default=None)


def _all_rungs(ticket: Ticket) -> Iterator[Due]:
    if ticket.is_open:
        yield from _legal_rungs(ticket)
    if ticket.status is Status.REVIEW and not is_confirmed(ticket) and ticket.located_at:
        yield Due(name="confirm", at=ticket.located_at + CONFIRM_AFTER)
    if Flag.ALARM in ticket.flags and ticket.breach_due:
        yield from (Due(name=name, at=ticket.breach_due - left) for name, left in BREACH_LEFT.items())
    if Flag.UNSORTED in ticket.flags:
        yield from _sorting_rungs(ticket)
    if ticket.copy:
        if not ticket.copy.fetched:
            yield Due(name="copy_ending", at=ticket.copy.until - timedelta(days=COPY_REMINDER_DAYS))
        yield Due(name="copy_gone", at=ticket.copy.until)
    for errand in ticket.errands:
        if errand.done_at is None:
            yield Due(name=f"errand_due:{errand.id}", at=day_start(errand.due))
    for task in CLIENT_TASKS & ticket.tasks:
        yield Due(name=f"{task}_due", at=day_start(client_by(ticket, task)))


def client_by(ticket: Ticket, task: Task) -> date:
    """By when a client has the request, or knows what was done on its list: two working days after the desk knew."""
    known = (ticket.located_at, ticket.closed_at) if task is Task.FORWARD else (ticket.closed_at, ticket.located_at)
    since = next((at for at in known if at is not None), ticket.received_at)
    return core_working_days_after(local_date(since), PROCESSOR_DAYS)


def _sorting_rungs(ticket: Ticket) -> Iterator[Due]:
    """Staff are reminded daily of a mail they have not placed; after 14 days its copy here is destroyed."""
    for day in range(1, SORTING_DAYS):
        yield Due(name=f"{SORT}:{day}", at=ticket.received_at + timedelta(days=day))
    yield Due(name=f"{SORT_OVER}:{SORTING_DAYS}", at=ticket.received_at + timedelta(days=SORTING_DAYS))


def _legal_rungs(ticket: Ticket) -> Iterator[Due]:
    for rung in ladder(legal_dates(ticket)):
        # The date is part of the name: an extension moves the ladder, and its rungs are climbed again.
        yield Due(name=f"{rung.step}:{rung.on.isoformat()}", at=rung.at)


def errand_due(ticket: Ticket, now: datetime) -> date:
    """The last local date for an errand set now: a week, and for an open ticket a working day before its own `work_by`.

    So a colleague is asked before the person's date, not on it; an errand of a ticket that is late is due today.
    """
    today = local_date(now)
    work_by = legal_dates(ticket).work_by if ticket.is_open else None
    latest = working_days_before(work_by, 1) if work_by else today + ERRAND_TIME
    return max(today, min(today + ERRAND_TIME, latest))


def copy_until(now: datetime) -> datetime:
    """The first instant (UTC) after the copy's last day: 14 days, counted in local days."""
    return day_end(local_date(now) + timedelta(days=COPY_DAYS))


def last_copy_day(copy: Copy) -> date:
    """The last local date on which the copy can be fetched."""
    return local_date(copy.until - timedelta(seconds=1))
