"""What each event changes on a ticket by itself, before any gate is looked at.

Promise: one small pure function per event, named after it; the table that says when each may happen is MOVES in
lifecycle.py. Limits: none of them looks at doors, staff tables or words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.core import events as e
from bot.core import telling
from bot.core.answers import yes_or_no
from bot.core.clock import (
    BREACH_12H,
    BREACH_24H,
    BREACH_OVER,
    SORT,
    SORT_OVER,
    due_rungs,
    last_copy_day,
    legal_dates,
)
from bot.core.escalation import Step, waiting_end
from bot.core.messages import (
    Button,
    ChangeInHand,
    ConfirmReminder,
    CopyEnding,
    CopyGone,
    ErasureInHand,
    IdentityReminder,
    LateNotice,
    NoActionNotice,
    OnHold,
    Withdrawn,
)
from bot.core.model import Approval, ClockFact, Failure, Flag, Level, Right, Status, Ticket
from bot.core.plans import Verb
from bot.core.rights import (
    CORRECTIONS,
    GROUNDS,
    ON_LISTS,
    ROWS,
    approvals_needed,
    approvers,
    is_confirmed,
    is_on_lists_only,
    is_verified,
    level_of,
)

TRIES_BEFORE_STAFF = 3
"""Tries of a source after which staff are told; the tries go on."""

FOUND = frozenset(
    {
        Flag.SOLE_ADMINISTRATOR,
        Flag.STAFF_SUBJECT,
        Flag.SHARED_ROWS,
        Flag.THIRD_PARTY,
        Flag.SEVERAL_TENANTS,
        Flag.MARKETING_ONLY,
        Flag.INCOMPLETE,
        Flag.PROCESSOR,
        Flag.UNREACHABLE,
    }
)
"""Flags that say what a search found: the next search replaces them all, so that none outlives its reason."""

COPIES = frozenset({Right.ACCESS, Right.PORTABILITY})
"""Rights that change nothing: their recipients are named to the person and nobody is told."""

NO_ANSWER = "no_answer"
"""The ground for a person who never said yes to what they were shown; none for one who did."""

LATE_UNSORTED = "late_unsorted"
"""The rung of a mail that nobody placed before a request in it would have had to be answered."""

BREACH_CLOCK = timedelta(hours=72)
"""Art. 33(1): the authority is told within 72 hours of becoming aware; the clock is recorded with the alarm."""

WHO_HEARS: Mapping[str, str] = {
    Step.REMINDER: "channel",
    Step.DEPUTIES: "deputies",
    Step.LEAD: "red",
    Step.CONTACT: "contact",
    "errand_due": "channel",
    "forward_due": "deputies",
    "tell_client_due": "deputies",
    BREACH_24H: "red",
    BREACH_12H: "red",
    BREACH_OVER: "red",
    SORT: "channel",
}


class IllegalMove(Exception):
    """The event may not happen in this state, or not by this actor; nothing was changed."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What one event does by itself. `silent` events leave no line in the log."""

    ticket: Ticket
    effects: tuple[e.Effect, ...] = ()
    facts: Mapping[str, str] | None = None
    silent: bool = False


def proved(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    assert isinstance(event, e.Proved)
    if ticket.identity is not None:
        # Verification is immutable: another check is another matter and never widens this one.
        return Change(ticket=ticket, facts={"level": event.identity.level, "ignored": "already verified"})
    flags = ticket.flags | ({Flag.MAILBOX_ONLY} if event.identity.level is Level.MAILBOX else set())
    clock = (*ticket.clock, ClockFact(type="identity_answered", at=now))
    changed = replace(ticket, identity=event.identity, flags=flags, clock=clock)
    return Change(ticket=changed, facts={"level": event.identity.level, "door": event.identity.door})


def mailbox_proved(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    return Change(ticket=replace(ticket, new_mailbox_at=ticket.new_mailbox_at or now))


def identity_asked(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    if ticket.identity is not None or any(fact.type == "identity_asked" for fact in ticket.clock):
        return Change(ticket=ticket, silent=True)  # asked again: the pause runs from the first time
    return Change(ticket=replace(ticket, clock=(*ticket.clock, ClockFact(type="identity_asked", at=now))))


def confirmed(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    if ticket.right is Right.ERASURE and (ticket.plan is None or not ticket.plan.is_complete):
        raise IllegalMove("Confirmed is for a whole plan that was shown, and there is none at the moment")
    if ticket.confirmed_at is not None:
        return Change(ticket=ticket, silent=True)
    changed = replace(ticket, confirmed_at=now)
    latest = legal_dates(ticket).queue_date
    if ticket.waits_until:
        in_hand = ErasureInHand(ref=ticket.ref, waits_until=ticket.waits_until, latest=latest)
        return Change(ticket=changed, effects=(e.Tell(message=in_hand, durable=True),))
    if ticket.right in CORRECTIONS and is_verified(ticket):
        return Change(ticket=changed, effects=(e.Tell(message=ChangeInHand(ref=ticket.ref, latest=latest)),))
    return Change(ticket=changed)  # the check comes first, or it is carried out at once and the result says so


def amended(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    assert isinstance(event, e.Amended)
    if ticket.right not in CORRECTIONS:
        raise IllegalMove("Amended is for corrections")
    # Only ever stricter: an address is the key to all other rights, so its change is a right of its own.
    right = Right.RECTIFICATION_CONTACT if event.contact else ticket.right
    void = replace(ticket, plan=None, approvals=(), confirmed_at=None, located_at=None, new_mailbox_at=None)
    # Back to the first gate: the stricter right may need a proof that the milder one did not.
    return Change(ticket=replace(void, right=right, status=Status.VERIFYING))


def located(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    assert isinstance(event, e.Located)
    flags = (ticket.flags - FOUND) | event.flags
    found = replace(ticket, subjects=event.subjects, mailbox=event.mailbox or ticket.mailbox)
    changed = replace(found, plan=event.plan, flags=flags, failures=(), approvals=())
    tell = e.Tell(message=event.message, durable=event.nothing)
    facts = {"rows": str(event.plan.rows), "groups": str(event.plan.groups), "plan": event.plan.hash[:4]}
    client = _for_the_client(changed)
    if event.nothing and not is_on_lists_only(changed):
        done = replace(changed, status=Status.DONE, closed_at=now, waits_until=None)
        return Change(ticket=done, effects=(tell, *client), facts=facts)
    waiting = wait(changed, now)
    return Change(ticket=waiting.ticket, effects=(tell, *client, *waiting.effects), facts=facts)


def _for_the_client(ticket: Ticket) -> tuple[e.Effect, ...]:
    """What stands on a client's list and is not changed here goes to that client, by hand (Art. 28(3)(e))."""
    theirs = Flag.PROCESSOR in ticket.flags and ticket.right not in ON_LISTS
    return (e.Nudge(rung="forward"),) if theirs else ()


def recognised(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    assert isinstance(event, e.Recognised)
    if ROWS[ticket.right].verb is not None:
        raise IllegalMove("Recognised is for rights that no source carries out")
    flags = (ticket.flags - FOUND) | event.flags
    known = replace(ticket, subjects=event.subjects, flags=flags, failures=())
    return Change(ticket=replace(known, status=Status.REVIEW, located_at=ticket.located_at or now))


def wait(ticket: Ticket, now: datetime) -> Change:
    """Start the waiting time of a right that has one, once; none while only marketing data would go.

    The notice with the stop button goes to every contact on file; staff are warned where it passes `work_by`.
    """
    if Flag.MARKETING_ONLY in ticket.flags or is_on_lists_only(ticket):
        return Change(ticket=replace(ticket, waits_until=None))  # proportion: no account, nothing to guard by waiting
    if not ROWS[ticket.right].waits or ticket.waits_until is not None:
        return Change(ticket=ticket)
    waiting = waiting_end(now, level=level_of(ticket), work_by=legal_dates(ticket).work_by)
    nudges: tuple[e.Effect, ...] = (e.Nudge(rung="wait_past_work_by"),) if waiting.past_work_by else ()
    effects = (e.Notify(until=waiting.ends_at), *nudges)
    return Change(ticket=replace(ticket, waits_until=waiting.ends_at), effects=effects)


def source_failed(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    assert isinstance(event, e.SourceFailed)
    before = next((one for one in ticket.failures if one.source == event.source), None)
    tries = before.tries + 1 if before else 1
    failure = Failure(source=event.source, reason=event.reason, tries=tries)
    others = tuple(one for one in ticket.failures if one.source != event.source)
    changed = replace(ticket, failures=(*others, failure), flags=ticket.flags | {Flag.UNREACHABLE})
    facts = {"source": event.source, "reason": event.reason}
    if event.final:
        return Change(ticket=changed, effects=(e.Nudge(rung="source_refused"),), facts=facts | {"again": "no"})
    nudge: tuple[e.Effect, ...] = (e.Nudge(rung="source_failed"),) if tries == TRIES_BEFORE_STAFF else ()
    return Change(ticket=changed, effects=nudge, facts=facts)


def plan_moved(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    flags = ticket.flags | {Flag.PLAN_CHANGED}
    # The person said yes to another plan than this one will be; what they typed themselves stays as it was.
    yes = None if ticket.right is Right.ERASURE else ticket.confirmed_at
    void = replace(ticket, plan=None, approvals=(), confirmed_at=yes, located_at=None)
    changed = replace(void, status=Status.LOCATING, flags=flags)
    return Change(ticket=changed, effects=(e.Call(verb="find"), e.Nudge(rung="plan_changed")))


def acted(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    assert isinstance(event, e.Acted)
    flags = ticket.flags - {Flag.UNREACHABLE}
    changed = replace(ticket, status=Status.DONE, closed_at=now, copy=event.copy, failures=(), flags=flags)
    told = (e.Tell(message=event.message, durable=True), e.Forget(kinds=("changes",)))
    # The act was already on its way when somebody pressed stop: they were told "on hold", so staff must look.
    late: tuple[e.Effect, ...] = (e.Nudge(rung="stopped_too_late", who="red"),) if ticket.is_held else ()
    changed, informing = telling.begun(changed, event.notices, now)
    by_hand = _to_pass_on(ticket, len(event.notices))
    return Change(ticket=changed, effects=(*told, *informing, *by_hand, *late), facts=event.facts)


def _to_pass_on(ticket: Ticket, informed: int) -> tuple[e.Effect, ...]:
    """Whom staff tell by hand: recipients the map has no way to (Art. 19), and the client whose list was changed."""
    if ticket.plan is None or ticket.right in COPIES:
        return ()
    recipients = (e.Nudge(rung="tell_recipients"),) if ticket.plan.recipients > informed else ()
    client = (e.Nudge(rung="tell_client"),) if ticket.plan.processor_rows else ()
    return (*recipients, *client)


def _to_lift(ticket: Ticket) -> tuple[e.Effect, ...]:
    """An objection restricts at once; where it ends without an act, the marks are lifted by hand (Art. 18(3))."""
    restricted = ROWS[ticket.right].at_once is Verb.RESTRICTION and ticket.verified_at is not None
    return (e.Nudge(rung="lift_restriction"),) if restricted else ()


def approved(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    assert isinstance(event, e.Approved)
    if ticket.plan is None or event.plan_hash != ticket.plan.hash:
        raise IllegalMove("Approved is for a plan that is no longer this ticket's plan")
    approval = Approval(by=event.by, at=now, plan_hash=event.plan_hash)
    changed = replace(ticket, approvals=(*ticket.approvals, approval))
    count = f"{len(approvers(changed))}/{approvals_needed(ticket)}"
    facts = {"plan": event.plan_hash[:4], "count": count}
    return Change(ticket=changed, facts=facts)


def refused(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    assert isinstance(event, e.Refused)
    if event.ground not in GROUNDS[ticket.right]:
        raise IllegalMove("Refused is for a ground of this right's closed list")
    if event.ground == NO_ANSWER and is_confirmed(ticket):
        raise IllegalMove("Refused for want of an answer is for somebody who gave none")
    changed = replace(
        ticket, status=Status.REFUSED, closed_at=now, decided_by=event.by, ground=event.ground, waits_until=None
    )
    effects = (e.Tell(message=event.letter, durable=True), e.Forget(kinds=("changes",)))
    return Change(ticket=changed, effects=(*effects, *_to_lift(ticket)), facts={"ground": event.ground})


def extended(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    assert isinstance(event, e.Extended)
    fact = ClockFact(type="extension_notified", at=now, reasons=event.reasons)
    changed = replace(ticket, clock=(*ticket.clock, fact))
    until = legal_dates(changed).extended_due
    if until is None or legal_dates(ticket).extended_due is not None:
        raise IllegalMove("Extended came too late, a second time, or without a ground the law knows")
    effects = (e.Tell(message=event.letter, durable=True),)
    return Change(ticket=changed, effects=effects, facts={"until": until.isoformat()})


def asked(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    assert isinstance(event, e.Asked)
    return Change(ticket=replace(ticket, asked_at=now), effects=(e.Tell(message=event.message, durable=True),))


def answer_came(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    return Change(ticket=replace(ticket, asked_at=None), effects=(e.Nudge(rung="answer_came"),))


def settled(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    assert isinstance(event, e.Settled)
    if ROWS[ticket.right].verb is not None:
        raise IllegalMove("Settled is for rights that no source carries out")
    changed = replace(ticket, status=Status.DONE, closed_at=now, decided_by=event.by)
    return Change(ticket=changed, effects=(e.Tell(message=event.message, durable=True),))


def withdrew(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    changed = replace(ticket, status=Status.WITHDRAWN, closed_at=now, waits_until=None)
    effects = (e.Tell(message=Withdrawn(ref=ticket.ref), durable=True), e.Forget(kinds=("changes",)))
    return Change(ticket=changed, effects=(*effects, *_to_lift(ticket)))


def stopped(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    # What was approved before somebody objected is approved anew, if at all; also when they press a second time.
    if Flag.STOPPED in ticket.flags:
        return Change(ticket=replace(ticket, approvals=()), silent=True)
    changed = replace(ticket, flags=ticket.flags | {Flag.STOPPED}, approvals=())
    tell = e.Tell(message=OnHold(ref=ticket.ref), durable=True)
    return Change(ticket=changed, effects=(tell, e.Nudge(rung="stopped", who="red")))


def alarmed(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    assert isinstance(event, e.Alarmed)
    approvals = () if ticket.is_open else ticket.approvals  # of a closed one they say who decided
    frozen = replace(ticket, flags=ticket.flags | {Flag.ALARM}, approvals=approvals)
    changed = replace(frozen, breach_due=ticket.breach_due or now + BREACH_CLOCK)
    assert changed.breach_due is not None
    facts = {"kind": event.kind, "breach_due": changed.breach_due.isoformat(timespec="minutes")}
    return Change(ticket=changed, effects=(e.Nudge(rung="alarm", who="red"),), facts=facts)


def fetched(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    if ticket.copy is None:
        raise IllegalMove("Fetched is for a copy that still exists")
    copy = replace(ticket.copy, fetched=ticket.copy.fetched + 1, fetched_at=now)
    return Change(ticket=replace(ticket, copy=copy), facts={"times": str(copy.fetched)})


def ticked(ticket: Ticket, event: e.Event, now: datetime) -> Change:
    change = Change(ticket=ticket, silent=True)
    for due in due_rungs(ticket, now):
        marked = replace(change.ticket, rungs=change.ticket.rungs | {due.name})
        step = _rung(marked, due.name, now)
        facts = dict(change.facts or {}) | {due.name.replace(":", "_"): "due"}
        change = Change(ticket=step.ticket, effects=(*change.effects, *step.effects), facts=facts)
    return change


def _rung(ticket: Ticket, name: str, now: datetime) -> Change:
    dates = legal_dates(ticket)
    step = name.split(":")[0]
    if step == Step.LATE_NOTICE and Flag.UNSORTED in ticket.flags:
        return Change(ticket=ticket, effects=(e.Nudge(rung=LATE_UNSORTED, who="red"),))  # there is nobody to tell yet
    if step == Step.LATE_NOTICE:
        return _late(ticket, dates.queue_date)
    if step == Step.NO_ACTION_NOTICE:
        notice_text = NoActionNotice(ref=ticket.ref, right=ticket.right)
        lapsed = replace(ticket, status=Status.LAPSED, closed_at=now)
        return Change(ticket=lapsed, effects=(e.Tell(message=notice_text, durable=True), e.Forget(kinds=("changes",))))
    if step == "confirm":
        waits = ConfirmReminder(ref=ticket.ref, latest=dates.queue_date, buttons=yes_or_no(ticket))
        return Change(ticket=ticket, effects=(e.Tell(message=waits, durable=True),))
    if step in {"copy_ending", "copy_gone"}:
        return _copy_rung(ticket, step)
    if step == Step.PERSON_REMINDER:
        reminder = IdentityReminder(
            ref=ticket.ref, right=ticket.right, until=dates.queue_date, paused_since=dates.paused_since
        )
        return Change(ticket=ticket, effects=(e.Tell(message=reminder, durable=True),))
    if step == SORT_OVER:
        return Change(ticket=ticket, effects=(e.Call(verb="sort"), e.Forget(kinds=("words",)), e.Nudge(rung=step)))
    return Change(ticket=ticket, effects=(e.Nudge(rung=step, who=WHO_HEARS[step]),))


def _late(ticket: Ticket, due: date) -> Change:
    """It is late: our fault, or the person's word is missing, and then it is asked for once more."""
    shown = ticket.status is Status.REVIEW and not is_confirmed(ticket)
    notice = LateNotice(
        ref=ticket.ref,
        right=ticket.right,
        due=due,
        status=ticket.status,
        waits_for_you=shown or ticket.status is Status.VERIFYING,
        buttons=yes_or_no(ticket) if shown else (),
    )
    rung = "late_unanswered" if notice.waits_for_you else Step.LATE_NOTICE
    return Change(ticket=ticket, effects=(e.Tell(message=notice, durable=True), e.Nudge(rung=rung, who="red")))


def _copy_rung(ticket: Ticket, step: str) -> Change:
    assert ticket.copy is not None
    if step == "copy_ending":
        last = last_copy_day(ticket.copy)
        return Change(ticket=ticket, effects=(e.Tell(message=CopyEnding(ref=ticket.ref, until=last), durable=True),))
    gone = replace(ticket, copy=None)
    effects = (
        e.Shred(object_id=ticket.copy.object_id),
        e.Tell(message=CopyGone(ref=ticket.ref, buttons=(Button(act="new_copy"),)), durable=True),
    )
    return Change(ticket=gone, effects=effects)
