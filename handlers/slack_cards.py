"""A ticket as one Slack card: what is asked, how sure we are who asks, what happens on a press, what is odd, by when.

Promise: pure and the same for the same view and instant, so that a card can be drawn again after a race, a retry or a
restart; it holds the reference, codes in words, counts and dates, never a name, content or address. Buttons stand only
where the lifecycle and the approver rules would let somebody press them. Limits: what a colleague may do is asked again
when they press; a card is no permission.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core import events as e
from bot.core.deadlines import local_date
from bot.core.lifecycle import MOVES
from bot.core.model import CLOSED, Flag, Right, Role, Staffer, Status, Ticket
from bot.core.rights import GROUNDS, ROWS, Decision, Verdict, approvals_needed, approvers, is_approved, may_decide
from bot.ports import TicketView
from handlers import slack_words as words
from handlers.slack_blocks import (
    MESSAGE_TEXT,
    Json,
    Marked,
    actions,
    asks,
    button,
    context,
    counted,
    day,
    header,
    instant,
    option,
    safe,
    section,
    whole,
)
from handlers.slack_facts import by_when, facts, who_asks
from handlers.slack_thread import ground, who

_EVENTS = {
    Decision.APPROVE: e.Approved,
    Decision.REFUSE: e.Refused,
    Decision.EXTEND: e.Extended,
    Decision.ASK: e.Asked,
    Decision.SETTLE: e.Settled,
    Decision.HOLD: e.HoldSet,
    Decision.LIFT: e.HoldLifted,
    Decision.RETRY: e.Retried,
}


@dataclass(frozen=True, kw_only=True)
class Card:
    """What is posted: `text` carries the meaning in a notification, `blocks` are the card."""

    text: str
    blocks: list[Json]


def card(view: TicketView, staff: Iterable[Staffer], now: datetime) -> Card:
    """The card of a ticket as the database has it at `now` (UTC)."""
    every = tuple(staff)
    blocks = [header(title(view.ticket)), *facts(view, now), *_after(view, every, now)]
    return Card(text=summary(view, now), blocks=[*blocks, context(*notes(view, now)), *_buttons(view, now)])


def title(ticket: Ticket) -> str:
    """ "Erasure · SEL-2026-00421 · 1 of 2"; a closed or held ticket says so."""
    parts = [words.RIGHTS[ticket.right], ticket.ref]
    if ticket.is_held:
        parts.append("on hold")
    elif not ticket.is_open:
        parts.append(words.STATES[ticket.status])
    elif approvals_needed(ticket) > 1 and ticket.status is Status.REVIEW:
        parts.append(f"{len(approvers(ticket))} of {approvals_needed(ticket)}")
    return " · ".join(parts)


def summary(view: TicketView, now: datetime) -> str:
    """One line for a notification: which request, by when, how sure, what is odd."""
    ticket = view.ticket
    if not ticket.is_open:
        return whole(f"{_name(ticket)}: {words.STATES[ticket.status]}.", MESSAGE_TEXT)
    needed = approvals_needed(ticket)
    count = f"{len(approvers(ticket))} of {needed} approvals, " if needed > 1 else ""
    odd = _odd(ticket, view)
    state = "on hold, " if ticket.is_held else ""
    flags = counted(len(odd), "flag") if odd else "nothing odd"
    return whole(f"{_name(ticket)}: {state}{count}{by_when(view, now)}. {who_asks(ticket)}, {flags}.", MESSAGE_TEXT)


def _name(ticket: Ticket) -> str:
    return f"{words.RIGHTS[ticket.right]} {safe(ticket.ref)}"


# ---- notes


def _odd(ticket: Ticket, view: TicketView) -> list[Flag]:
    missing = ticket.plan is not None and not ticket.plan.is_complete
    flags = ticket.flags | ({Flag.INCOMPLETE} if missing else set())
    return [flag for flag in words.FLAGS if flag in flags and flag not in words.QUIET_FLAGS]


def notes(view: TicketView, now: datetime) -> list[str]:
    """The lines under the fields: what is odd, one line each; then what it needs, and what doesn't stop the clock."""
    ticket = view.ticket
    odd = [Marked(f"⚠ {safe(words.FLAGS[flag])}") for flag in _odd(ticket, view)][:8]
    quiet = [words.FLAGS[flag] for flag in words.FLAGS if flag in ticket.flags & words.QUIET_FLAGS]
    return [*odd, " · ".join([*([] if odd else ["Nothing odd"]), *(one.rstrip(".") for one in quiet), *_needs(view)])]


def _needs(view: TicketView) -> Iterator[str]:
    ticket = view.ticket
    if not ticket.is_open:
        return
    missing = approvals_needed(ticket) - len(approvers(ticket))
    if ticket.status is Status.REVIEW and missing > 0:
        yield f"needs {counted(missing, 'approval')}" + (" more" if approvers(ticket) else "")
    if ticket.status is Status.REVIEW and ROWS[ticket.right].confirms and ticket.confirmed_at is None:
        yield "runs only after the person's yes"
    yield "asking a question doesn't stop the clock"


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
        done = f"refused: {safe(ground(ticket.ground))}" if ticket.ground else words.STATES[ticket.status]
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
    if ticket.copy.fetched:
        return f"Fetched {counted(ticket.copy.fetched, 'time')}; kept until {last}"
    return f"Waiting to be fetched until {last}"


# ---- buttons


def offers(ticket: Ticket, decision: Decision) -> bool:
    """Whether this decision can be made at all in this state, by anybody: the lifecycle's own table, and holds."""
    if decision is Decision.LOOK:
        return True
    if decision not in _EVENTS or ticket.status not in MOVES[_EVENTS[decision]].states:
        return False
    return _EXTRA[decision](ticket) if decision in _EXTRA else True


def _waits_for_approval(ticket: Ticket) -> bool:
    row = ROWS[ticket.right]
    return row.verb is not None and not row.direct and bool(ticket.plan) and not (ticket.is_held or is_approved(ticket))


_EXTRA: Mapping[Decision, Callable[[Ticket], bool]] = {
    Decision.APPROVE: _waits_for_approval,
    Decision.REFUSE: lambda ticket: bool(GROUNDS[ticket.right]),
    Decision.SETTLE: lambda ticket: ROWS[ticket.right].verb is None and not ticket.is_held,
    Decision.EXTEND: lambda ticket: not any(fact.type == "extension_notified" for fact in ticket.clock),
    Decision.HOLD: lambda ticket: Flag.LEGAL_HOLD not in ticket.flags,
    Decision.LIFT: lambda ticket: ticket.is_held,
    Decision.RETRY: lambda ticket: bool(ticket.failures),
}


def value(ticket: Ticket) -> str:
    """What a button carries: the ticket's id and the hash of the plan the card showed; nothing to decide by."""
    return f"{ticket.id}|{ticket.plan.hash if ticket.plan else ''}"


def _buttons(view: TicketView, now: datetime) -> list[Json]:
    ticket = view.ticket
    carried = value(ticket)
    row: list[Json] = []
    if offers(ticket, Decision.APPROVE):
        row.append(_approve(ticket, now))
    if offers(ticket, Decision.SETTLE):
        row.append(button("Answer by hand…", "settle", carried, style="primary"))
    if offers(ticket, Decision.LIFT):
        row.append(button("I've looked: lift the hold…", "lift", carried))
    if offers(ticket, Decision.RETRY):
        row.append(button("Try again now", "retry", carried))
    row.append(button("Open the plan ↗" if ticket.is_open else "Open the file ↗", "open", carried))
    if offers(ticket, Decision.ASK):
        row.append(button("Ask the person…", "ask", carried))
    return actions("decide", [*row, *_more(ticket)])


def _more(ticket: Ticket) -> list[Json]:
    names = {Decision.REFUSE: "Refuse…", Decision.EXTEND: "Extend…", Decision.HOLD: "Legal hold…"}
    options = [
        option(label, f"{decision}|{ticket.id}") for decision, label in names.items() if offers(ticket, decision)
    ]
    return [{"type": "overflow", "action_id": "more", "options": options}] if options else []


def _approve(ticket: Ticket, now: datetime) -> Json:
    needed, place = approvals_needed(ticket), len(approvers(ticket)) + 1
    count = f", {place} of {needed}" if needed > 1 else ""
    label = words.APPROVE[ticket.right] + count
    style = "danger" if ticket.right is Right.ERASURE else "primary"
    yes = f"{words.YES[ticket.right]}{count}"
    question = asks(f"{label}?", consequence(ticket, now), yes, "Not yet", style)
    return button(label, "approve", value(ticket), style=style, confirm=question)


def consequence(ticket: Ticket, now: datetime) -> str:
    """What happens on a yes, with counts: the text of the question in front of the approve button."""
    assert ticket.plan is not None
    rows = ticket.plan.goes if ticket.right is Right.ERASURE else ticket.plan.rows
    what = f"{counted(rows, 'row')} in {counted(ticket.plan.groups, 'group')}"
    return " ".join([_CONSEQUENCES[ticket.right].format(what=what), *_conditions(ticket, now)])


_CONSEQUENCES = {
    Right.ACCESS: "A copy of {what} is made and the person can fetch it for 14 days.",
    Right.PORTABILITY: "A file of {what} is made and the person can fetch it for 14 days.",
    Right.RECTIFICATION: "{what} get the new values shown on the staff page, and recipients are told.",
    Right.RECTIFICATION_CONTACT: "{what} get the new contact shown on the staff page; the old one loses its hold.",
    Right.ERASURE: "Erase {what} for good?",
    Right.RESTRICTION: "{what} are marked; nobody may use them until the mark is lifted.",
    Right.OBJECTION: "The use objected to stops for {what}, and the person is told.",
}


def _conditions(ticket: Ticket, now: datetime) -> Iterator[str]:
    needed, place = approvals_needed(ticket), len(approvers(ticket)) + 1
    waits = f"before {instant(ticket.waits_until, now)}" if ticket.waits_until and ticket.waits_until > now else ""
    other = "the second" if place < needed else ""
    if needed > 1:
        yield f"You are approval {place} of {needed}."
    if before := [*([f"before {other}"] if other else []), *([waits] if waits else [])]:
        yield f"Nothing happens {' and '.join(before)}."
    if ROWS[ticket.right].confirms and ticket.confirmed_at is None:
        yield "Nothing happens before the person's own yes."


def can_decide_now(view: TicketView, staffer: Staffer) -> bool:
    """Whether this request waits for this colleague: an approval, an answer by hand, or a hold to look at."""
    ticket = view.ticket
    if may_decide(ticket, staffer, Decision.LOOK) is not Verdict.YES:
        return False
    if offers(ticket, Decision.APPROVE):
        return may_decide(ticket, staffer, Decision.APPROVE) is Verdict.YES
    if Role.APPROVER not in staffer.roles and Role.LEGAL not in staffer.roles:
        return False
    return offers(ticket, Decision.SETTLE) or ticket.is_held or Flag.UNREAD in ticket.flags
