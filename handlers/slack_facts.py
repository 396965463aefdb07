"""The facts on a card: dates, how sure the desk is who asks, the door, and what the plan would do, in counts.

Promise: pure; codes become words, labels of the data map are made safe and cut, and nothing else of the data is here.
Limits: which facts matter for a right stands here; words for codes are in slack_words.
"""

from collections.abc import Iterator
from datetime import date, datetime

from bot.core.deadlines import local_date
from bot.core.model import PlanNote, Status, Stay, Ticket
from bot.core.plans import READING, Verb
from bot.core.rights import ROWS
from bot.ports import TicketView
from handlers import slack_words as words
from handlers.slack_blocks import Json, Marked, counted, day, fields, instant, moment

STAYS_SHOWN = 4
ERRANDS_SHOWN = 3


def by_when(view: TicketView, now: datetime) -> str:
    """The date that matters now, in words: late, paused, decide by, or the last day."""
    latest = day(view.dates.queue_date, now)
    if is_late(view, now):
        return f"LATE since {latest}"
    if view.dates.desk_due is None:
        return f"clock paused, notice by {latest}"
    decide = view.dates.target_by
    if decide and view.ticket.status is Status.REVIEW and decide < view.dates.desk_due:
        return f"decide by {day(decide, now)}, latest {latest}"
    return f"latest {latest}"


def is_late(view: TicketView, now: datetime) -> bool:
    """True for an open ticket whose last day is over; the whole of that day is in time."""
    return view.ticket.is_open and local_date(now) > view.dates.queue_date


def facts(view: TicketView, now: datetime) -> list[Json]:
    """The fields of a card: dates, who, door, and what the plan would do, in counts."""
    return fields([*_frame(view, now), *_plan(view, now), *_extras(view, now)])


def _frame(view: TicketView, now: datetime) -> Iterator[tuple[str, str]]:
    ticket = view.ticket
    yield "By when", Marked(_dates(view, now))
    yield "Who", Marked(_who_and_when(ticket, now))
    language = words.LANGUAGES.get(ticket.lang, ticket.lang)
    yield "Came by", f"{words.DOORS[ticket.door]}, in {language}"
    if ticket.is_open:
        yield "Stands", words.STATES[ticket.status]


def _dates(view: TicketView, now: datetime) -> str:
    text = by_when(view, now).replace("LATE", "*late*")
    if view.dates.extended_due:
        text = f"{text} (extended)"
    return text[:1].upper() + text[1:]


def who_asks(ticket: Ticket) -> str:
    """How sure the desk is who asks: the level reached, in words."""
    if ticket.identity is None:
        return "No proof needed" if not ROWS[ticket.right].proofs else "Not proved yet"
    return words.WHO[ticket.identity.level]


def _who_and_when(ticket: Ticket, now: datetime) -> str:
    checked = f", checked {moment(ticket.identity.at, now)}" if ticket.identity else ""
    mailbox = ", new mailbox too" if ticket.new_mailbox_at else ""
    return f"{who_asks(ticket)}{checked}{mailbox}"


def _plan(view: TicketView, now: datetime) -> Iterator[tuple[str, str]]:
    ticket, verb = view.ticket, ROWS[view.ticket.right].verb
    if verb is None:
        yield "Done by", "a colleague, by hand"
        return
    if ticket.plan is None:
        yield words.ASKED[verb], "nothing known yet"
        return
    yield words.ASKED[verb], _found(ticket.plan, verb)
    if verb is Verb.ERASURE:
        yield "Stays", stays(ticket.plan.stays, now)
    yield from _odd_counts(ticket.plan, verb)


def _found(plan: PlanNote, verb: Verb) -> str:
    rows = plan.goes if verb is Verb.ERASURE else plan.rows
    systems = f"{plan.searched} of {counted(plan.systems, 'system')}"
    return f"{counted(rows, 'row')} in {counted(plan.groups, 'group')}, {systems}"


def stays(kept: tuple[Stay, ...], now: datetime) -> str:
    """What an erasure leaves, group by group: "2 invoices to Wed 31 Dec 2031 (tax)"."""
    if not kept:
        return "nothing"
    shown = [f"{one.rows:,} {one.label}{_until(one, now)} ({_why(one.reason)})" for one in kept[:STAYS_SHOWN]]
    more = f", and {counted(len(kept) - STAYS_SHOWN, 'more group')}" if len(kept) > STAYS_SHOWN else ""
    return ", ".join(shown) + more


def _until(stay: Stay, now: datetime) -> str:
    try:
        return f" to {day(date.fromisoformat(stay.until), now)}" if stay.until else ""
    except ValueError:
        return ""


def _why(reason: str) -> str:
    return words.KEPT.get(reason, reason.replace("_", " "))


def _odd_counts(plan: PlanNote, verb: Verb) -> Iterator[tuple[str, str]]:
    left = []
    if plan.third_party and verb in READING:
        left.append(f"{counted(plan.third_party, 'value')} about other people")
    if plan.secrets and verb in READING:
        left.append(f"{counted(plan.secrets, 'secret')} (held, not shown)")
    if left:
        yield "Left out", ", ".join(left)
    if plan.shared:
        yield "Shared", f"{counted(plan.shared, 'row')} others use too"
    if plan.processor_rows:
        yield "For a client", counted(plan.processor_rows, "row")
    if plan.recipients:
        yield "Names" if verb in READING else "Also tell", counted(plan.recipients, "recipient")


def _extras(view: TicketView, now: datetime) -> Iterator[tuple[str, str]]:
    ticket = view.ticket
    if ticket.is_open and ROWS[ticket.right].confirms:
        yield "Person's yes", f"given {moment(ticket.confirmed_at, now)}" if ticket.confirmed_at else "not given yet"
    if ticket.is_open and ticket.waits_until:
        yield "Waits", f"until {instant(ticket.waits_until, now)}" + (", runs now" if ticket.waits_until > now else "")
    if ticket.breach_due:
        yield "72 hours end", instant(ticket.breach_due, now)
    if stuck := _stuck(view):
        yield "Doesn't work", stuck
    if ticket.asked_at:
        yield "Asked", f"the person, {moment(ticket.asked_at, now)}; no answer yet"
    if ticket.notices:
        yield "Told", f"{sum(one.done_at is not None for one in ticket.notices)} of {len(ticket.notices)} recipients"
    if ticket.errands:
        yield "By hand", _by_hand(ticket, now)
    if view.together:
        yield "Asked too", ", ".join(view.together[:STAYS_SHOWN])


def _by_hand(ticket: Ticket, now: datetime) -> str:
    left = [one for one in ticket.errands if one.done_at is None]
    if not left:
        return f"{counted(len(ticket.errands), 'errand')} done"
    shown = [
        f"{words.ERRANDS.get(one.what, one.what)} ({one.about}) by {day(one.due, now)}" for one in left[:ERRANDS_SHOWN]
    ]
    return "; ".join(shown) + (f", and {len(left) - ERRANDS_SHOWN} more" if len(left) > ERRANDS_SHOWN else "")


def _stuck(view: TicketView) -> str:
    failed = [
        f"{one.source} {words.FAILURES.get(one.reason, 'could not do it')} ({counted(one.tries, 'try', 'tries')})"
        for one in view.ticket.failures
    ]
    named = {one.source for one in view.ticket.failures}
    return "; ".join([*failed, *(name for name in view.stuck if name not in named)][:STAYS_SHOWN])
