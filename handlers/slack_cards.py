"""A ticket as one Slack card: what is asked, how sure we are who asks, what happens on a press, what is odd, by when.

Promise: pure and the same for the same view and instant, so that a card can be drawn again after a race, a retry or a
restart; it holds the reference, codes in words, counts and dates, never a name, content or address. Buttons stand only
where the lifecycle and the approver rules would let somebody press them. Limits: what a colleague may do is asked again
when they press; a card is no permission.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.colleagues import Away, is_away, stands_in
from bot.core.deadlines import local_date
from bot.core.model import CLOSED, Flag, Staffer, Status, Task, Ticket
from bot.core.rights import ROWS, Decision, Verdict, approvals_needed, approvers, may_decide
from bot.core.seeing import odd_flags
from bot.core.sorting import is_unsorted, was_placed
from bot.ports import TicketView
from handlers import slack_words as words
from handlers.slack_blocks import (
    MESSAGE_TEXT,
    Json,
    Marked,
    context,
    counted,
    day,
    header,
    instant,
    safe,
    section,
    whole,
)
from handlers.slack_buttons import buttons, offers
from handlers.slack_facts import by_when, facts, who_asks
from handlers.slack_mails import notes_of_mail, of_mail, outcome
from handlers.slack_thread import ground, who


@dataclass(frozen=True, kw_only=True)
class Card:
    """What is posted: `text` carries the meaning in a notification, `blocks` are the card."""

    text: str
    blocks: list[Json]


def card(view: TicketView, staff: Iterable[Staffer], now: datetime) -> Card:
    """The card of a ticket as the database has it at `now` (UTC)."""
    every = tuple(staff)
    blocks = [*head(view, now), *_after(view, every, now)]
    return Card(
        text=summary(view, now), blocks=[*blocks, context(*notes(view, now, every)), *buttons(view.ticket, now)]
    )


def head(view: TicketView, now: datetime) -> list[Json]:
    """The title and the facts; a mail nobody has placed has a short form of its own."""
    known = of_mail(view, now) if is_unsorted(view.ticket) else facts(view, now)
    return [header(title(view.ticket)), *known]


def title(ticket: Ticket) -> str:
    """ "Erasure · SEL-2026-00421 · 1 of 2"; a closed or held ticket says so."""
    parts = [words.named(ticket), ticket.ref]
    if ticket.is_held:
        parts.append("on hold: " + ", ".join(said for flag, said in words.HOLDS.items() if flag in ticket.flags))
    elif not ticket.is_open:
        parts.append(_ended(ticket))
    elif approvals_needed(ticket) > 1 and ticket.status is Status.REVIEW:
        parts.append(f"{len(approvers(ticket))} of {approvals_needed(ticket)}")
    return " · ".join(parts)


def summary(view: TicketView, now: datetime) -> str:
    """One line for a notification: which request, by when, how sure, what is odd."""
    ticket = view.ticket
    if not ticket.is_open:
        return whole(f"{_name(ticket)}: {_ended(ticket)}.", MESSAGE_TEXT)
    if is_unsorted(ticket):
        return whole(f"{_name(ticket)}: {by_when(view, now)}. Read it on the staff page.", MESSAGE_TEXT)
    needed = approvals_needed(ticket)
    count = f"{len(approvers(ticket))} of {needed} approvals, " if needed > 1 else ""
    odd = _odd(ticket)
    state = "on hold, " if ticket.is_held else ""
    flags = counted(len(odd), "flag") if odd else "nothing odd"
    return whole(f"{_name(ticket)}: {state}{count}{by_when(view, now)}. {who_asks(ticket)}, {flags}.", MESSAGE_TEXT)


def _name(ticket: Ticket) -> str:
    return f"{words.named(ticket)} {safe(ticket.ref)}"


def _ended(ticket: Ticket) -> str:
    return outcome(ticket).lower() if was_placed(ticket) else words.STATES[ticket.status]


# ---- notes


def _odd(ticket: Ticket) -> list[Flag]:
    odd = odd_flags(ticket)
    return [flag for flag in words.FLAGS if flag in odd]


def notes(view: TicketView, now: datetime, staff: Iterable[Staffer]) -> list[str]:
    """The lines under the fields: what is odd, what it needs and who can give it, who has it, who is away."""
    ticket, every = view.ticket, tuple(staff)
    if is_unsorted(ticket):
        return [Marked(" · ".join([notes_of_mail(), *_needs(view, every)])), *_absent(view, every, now)]
    odd = [Marked(f"⚠ {safe(words.FLAGS[flag])}") for flag in _odd(ticket)][:6]
    quiet = [words.FLAGS[flag] for flag in words.FLAGS if flag in ticket.flags & words.QUIET_FLAGS]
    said = [*([] if odd else ["Nothing odd"]), *(one.rstrip(".") for one in quiet), *_needs(view, every)]
    return [*odd, Marked(" · ".join(said)), *_tasks(ticket), *_absent(view, every, now)]


def _needs(view: TicketView, staff: tuple[Staffer, ...]) -> Iterator[str]:
    ticket = view.ticket
    if ticket.is_owed and ticket.assignee:
        yield f"{_named(one for one in staff if one.key == ticket.assignee) or 'a colleague'} has it"
    if not ticket.is_open or is_unsorted(ticket):
        return
    missing = approvals_needed(ticket) - len(approvers(ticket))
    if ticket.status is Status.REVIEW and missing > 0:
        yield f"needs {counted(missing, 'approval')}" + (" more" if approvers(ticket) else "")
        yield from _who_approves(ticket, staff)
    if ticket.status is Status.REVIEW and ROWS[ticket.right].confirms and ticket.confirmed_at is None:
        yield "runs only after the person's yes"
    yield "asking a question doesn't stop the clock"


def _who_approves(ticket: Ticket, staff: tuple[Staffer, ...]) -> Iterator[str]:
    """One card is for all who read it, so it names who can approve, and who has and can't again; it pings nobody."""
    if not offers(ticket, Decision.APPROVE):
        return
    able = (one for one in staff if may_decide(ticket, one, Decision.APPROVE) is Verdict.YES)
    yield f"can approve: {_named(able) or 'nobody on the list'}"
    if again := _named(one for one in staff if one.key in approvers(ticket)):
        yield f"not again: {again}"
    if odd_flags(ticket):
        yield "open the plan before you approve"


def _named(staff: Iterable[Staffer]) -> str:
    return ", ".join(safe("@" + one.name) for one in staff)


def _tasks(ticket: Ticket) -> list[str]:
    todo = [words.TASKS[task] for task in Task if task in ticket.tasks]
    return [Marked(f"To do by hand: {'; '.join(todo)}.")] if todo else []


def _absent(view: TicketView, staff: tuple[Staffer, ...], now: datetime) -> list[str]:
    """Who of the approvers is away while something waits for them."""
    if not view.ticket.is_owed:
        return []
    mine = [one for one in staff if one.roles and not one.subjects & view.ticket.subjects]
    lines = absences(mine, view.away, now)
    return [Marked(" · ".join(lines))] if lines else []


def absences(staff: Iterable[Staffer], away: Away, now: datetime) -> list[Marked]:
    """ "@mina is away until Mon 9 Nov, @joris stands in", for each who is away; by name, so that nobody is pinged."""
    every, today = tuple(staff), local_date(now)
    found = []
    for one in every:
        if is_away(one, away, today):
            other = stands_in(one, every, away, today)
            instead = f"{safe('@' + other.name)} stands in" if other else "nobody stands in"
            found.append(Marked(f"{safe('@' + one.name)} is away until {day(away[one.key], now)}, {instead}"))
    return found


# ---- after a decision


def _after(view: TicketView, staff: tuple[Staffer, ...], now: datetime) -> list[Json]:
    lines = list(after(view, staff, now))
    return [section(Marked("\n".join(lines)))] if lines else []


def after(view: TicketView, staff: Iterable[Staffer], now: datetime) -> Iterator[Marked]:
    """Who decided what, when, and what came of it; drawn from the ticket, so a race can't lose a name."""
    ticket, every = view.ticket, tuple(staff)
    for one in ticket.approvals:
        if ticket.plan and one.plan_hash == ticket.plan.hash:
            yield Marked(f"*Approved* by {who(one.by, every)}, {instant(one.at, now)}")
    if ticket.decided_by and ticket.closed_at:
        done = f"refused: {safe(ground(ticket.ground))}" if ticket.ground else _ended(ticket)
        yield Marked(f"*{done[:1].upper()}{done[1:]}* by {who(ticket.decided_by, every)}, {_closed(ticket, now)}")
    elif ticket.status in CLOSED and ticket.closed_at:
        yield Marked(f"*{_outcome(ticket)}*, {_closed(ticket, now)}")
    elif ticket.status in {Status.SCHEDULED, Status.WORKING}:
        state = words.STATES[ticket.status]
        yield Marked(f"*{state[:1].upper()}{state[1:]}*{_runs(ticket, now)}")
    if ticket.copy:
        yield Marked(_fetched(ticket, now))


def _closed(ticket: Ticket, now: datetime) -> str:
    return instant(ticket.closed_at or now, now)


def _outcome(ticket: Ticket) -> str:
    done = words.RELEASED.get(ticket.right, "") if ticket.status is Status.DONE else ""
    text = "nothing is held" if done and ticket.plan and not ticket.plan.rows else done
    said = text or words.STATES[ticket.status]
    return said[:1].upper() + said[1:]


def _runs(ticket: Ticket, now: datetime) -> str:
    return f" until {instant(ticket.waits_until, now)}" if ticket.waits_until and ticket.waits_until > now else ""


def _fetched(ticket: Ticket, now: datetime) -> str:
    assert ticket.copy is not None
    last = day(local_date(ticket.copy.until - timedelta(seconds=1)), now)
    if not ticket.copy.fetched:
        return f"Delivered, waiting to be fetched until {last}"
    when = f" on {instant(ticket.copy.fetched_at, now)}" if ticket.copy.fetched_at else ""
    times = f" ({counted(ticket.copy.fetched, 'time')})" if ticket.copy.fetched > 1 else ""
    return f"Delivered, downloaded{when}{times}; kept until {last}"
