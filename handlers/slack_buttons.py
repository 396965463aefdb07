"""The buttons of a ticket: which decisions can be made now by anybody, what each carries, and the question in front.

Promise: pure; a button stands only where the lifecycle would let somebody press it, on cards, in windows and in answers
to a command alike. Limits: what a colleague may do is asked again when they press; a button is no permission.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from bot.core import events as e
from bot.core.lifecycle import MOVES
from bot.core.model import Flag, Right, Role, Staffer, Task, Ticket
from bot.core.rights import GROUNDS, ROWS, Decision, Verdict, approvals_needed, approvers, is_approved, may_decide
from bot.core.sorting import MAY_HAPPEN, is_unsorted
from bot.ports import TicketView
from handlers import slack_words as words
from handlers.slack_blocks import Json, actions, asks, button, counted, instant, option
from handlers.slack_mails import ANSWERS

_EVENTS = {
    Decision.APPROVE: e.Approved,
    Decision.REFUSE: e.Refused,
    Decision.EXTEND: e.Extended,
    Decision.ASK: e.Asked,
    Decision.SETTLE: e.Settled,
    Decision.HOLD: e.HoldSet,
    Decision.LIFT: e.HoldLifted,
    Decision.RETRY: e.Retried,
    Decision.ASSIGN: e.Assigned,
    Decision.DONE: e.ProofNoted,
    Decision.SORT_OURS: e.Sorted,
    Decision.SORT_NOT: e.Sorted,
}


def offers(ticket: Ticket, decision: Decision) -> bool:
    """Whether this decision can be made at all in this state, by anybody: the lifecycle's own table, and holds."""
    if decision is Decision.LOOK:
        return True
    event = _EVENTS.get(decision)
    if event is None or ticket.status not in MOVES[event].states:
        return False
    if is_unsorted(ticket) and event not in MAY_HAPPEN:
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
    Decision.ASSIGN: lambda ticket: ticket.is_open or bool(ticket.tasks),
    Decision.DONE: lambda ticket: bool(by_hand(ticket)),
    Decision.SORT_OURS: is_unsorted,
    Decision.SORT_NOT: is_unsorted,
}


def by_hand(ticket: Ticket) -> frozenset[Task]:
    """The tasks that end with a note of proof; the address of a letter is typed on the staff page instead."""
    return ticket.tasks - {Task.CONTACT}


def value(ticket: Ticket) -> str:
    """What a button carries: the ticket's id and the hash of the plan the card showed; nothing to decide by."""
    return f"{ticket.id}|{ticket.plan.hash if ticket.plan else ''}"


def buttons(ticket: Ticket, now: datetime, *, without: frozenset[Decision] = frozenset()) -> list[Json]:
    """The row of buttons, but for those that stand elsewhere; nothing where there is nothing to press."""
    drawn = ((decision, draw(ticket, now)) for decision, draw in _DRAWN.items() if offers(ticket, decision))
    row = [one for decision, one in drawn if decision not in without]
    return actions("decide", [*row, *_more(ticket)])


def open_plan(ticket: Ticket) -> Json:
    """The way to the staff page from anywhere: a window with a fresh link."""
    return button("Open the plan", "look", value(ticket), style="primary")


def approve(ticket: Ticket, now: datetime) -> Json:
    """The approve button, with the question in front of it."""
    needed, place = approvals_needed(ticket), len(approvers(ticket)) + 1
    count = f", {place} of {needed}" if needed > 1 else ""
    label = words.APPROVE[ticket.right] + count
    style = "danger" if ticket.right is Right.ERASURE else "primary"
    yes = f"{words.YES[ticket.right]}{count}"
    question = asks(f"{label}?", consequence(ticket, now), yes, "Not yet", style)
    return button(label, "approve", value(ticket), style=style, confirm=question)


def _plainly(label: str, decision: Decision, **more: str) -> Callable[[Ticket, datetime], Json]:
    return lambda ticket, now: button(label, decision.value, value(ticket), **more)


def _open(ticket: Ticket, now: datetime) -> Json:
    if is_unsorted(ticket):
        return button("Open the mail ↗", "open", value(ticket))
    return button("Open the plan ↗" if ticket.is_open else "Open the file ↗", "open", value(ticket))


def _answer(decision: Decision) -> Callable[[Ticket, datetime], Json]:
    return lambda ticket, now: ANSWERS[decision](ticket, value(ticket))


_DRAWN: Mapping[Decision, Callable[[Ticket, datetime], Json]] = {
    Decision.APPROVE: approve,
    Decision.SETTLE: _plainly("Answer by hand…", Decision.SETTLE, style="primary"),
    Decision.LIFT: _plainly("I've looked: lift the hold…", Decision.LIFT),
    Decision.RETRY: _plainly("Try again now", Decision.RETRY),
    Decision.DONE: _plainly("Done…", Decision.DONE),
    Decision.LOOK: _open,
    Decision.SORT_OURS: _answer(Decision.SORT_OURS),
    Decision.SORT_NOT: _answer(Decision.SORT_NOT),
    Decision.ASK: _plainly("Ask the person…", Decision.ASK),
}


def _more(ticket: Ticket) -> list[Json]:
    names = {
        Decision.REFUSE: "Refuse…",
        Decision.EXTEND: "Extend…",
        Decision.HOLD: "Legal hold…",
        Decision.ASSIGN: "Assign…",
    }
    options = [
        option(label, f"{decision}|{ticket.id}") for decision, label in names.items() if offers(ticket, decision)
    ]
    return [{"type": "overflow", "action_id": "more", "options": options}] if options else []


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
    if is_unsorted(ticket):
        return True
    return offers(ticket, Decision.SETTLE) or ticket.is_held or Flag.UNREAD in ticket.flags
