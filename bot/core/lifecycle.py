"""The road of a ticket: which event may happen in which state, what it changes, and which gates then stand open.

Promise: all that moves a ticket lives here, in three tables (MOVES, WHO, GATES), and the README's diagram is printed
from them. `advance` is pure: the same ticket, event and instant give the same result; an event that may not happen
raises IllegalMove and changes nothing. A failed source is not a state: it stays pending and staff see it. Limits: it
does not know doors, staff tables or words; it trusts that `may_decide` was asked before a staff event came here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.core import byhand, deskwork, moves, sorting
from bot.core import events as e
from bot.core.events import Actor
from bot.core.model import CLOSED, Status, Ticket
from bot.core.moves import Change, IllegalMove
from bot.core.rights import ROWS, has_waited, is_approved, is_confirmed, is_verified

OPEN = frozenset(Status) - CLOSED
BEFORE_WORK = OPEN - {Status.WORKING}
ERRANDS = (OPEN - {Status.VERIFYING}) | {Status.DONE}
"""Nothing is asked of colleagues before a proof, nor for what ended without an act."""


@dataclass(frozen=True, kw_only=True)
class Advance:
    """What came of an event: the ticket as it is now, the log's new lines, and what is to be done outside."""

    ticket: Ticket
    entries: tuple[e.Entry, ...]
    effects: tuple[e.Effect, ...]


Apply = Callable[[Ticket, e.Event, datetime], Change]


@dataclass(frozen=True, kw_only=True)
class Move:
    """One row of MOVES: the states in which an event may happen and what it does."""

    states: frozenset[Status]
    apply: Apply


def advance(ticket: Ticket, event: e.Event, now: datetime) -> Advance:
    """Apply one event at `now` (UTC), pass every gate that then stands open, and say what is to be done.

    Raises IllegalMove when MOVES or WHO does not allow it.
    """
    move = MOVES[type(event)]
    if ticket.status not in move.states:
        raise IllegalMove(f"{type(event).__name__} cannot happen while {ticket.status}")
    if actor_of(event.by) not in WHO[type(event)]:
        raise IllegalMove(f"{type(event).__name__} cannot be caused by {actor_of(event.by)}")
    if sorting.is_unsorted(ticket) and type(event) not in sorting.MAY_HAPPEN:
        raise IllegalMove(f"{type(event).__name__} cannot happen to a mail that nobody has placed yet")
    change = move.apply(ticket, event, now)
    entry = e.Entry(what=name_of(event), by=event.by, at=now, facts=dict(change.facts or {}))
    result = Advance(ticket=change.ticket, entries=() if change.silent else (entry,), effects=change.effects)
    result = _through_gates(result, now)
    tasks = result.ticket.tasks | deskwork.tasks_of(result.effects)
    return replace(result, ticket=replace(result.ticket, version=ticket.version + 1, tasks=tasks))


def name_of(event: e.Event) -> str:
    """The event's name in the log: its class name in lower case words."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in type(event).__name__)[1:]


def actor_of(by: str) -> e.Actor:
    """Who `by` is: 'person', 'clock', 'source' or 'source:...', or a staffer's key ('team:user').

    Raises IllegalMove for anything else.
    """
    name, colon, _ = by.partition(":")
    if by in {Actor.PERSON, Actor.CLOCK} or name == Actor.SOURCE:
        return Actor(name)
    if not name or not colon:
        raise IllegalMove("nobody the desk knows caused this")
    return Actor.STAFF


def opened(ticket: Ticket, now: datetime) -> Advance:
    """The first look at a new ticket: log its receipt and pass the gates that stand open at once."""
    entry = e.Entry(what="received", by="person", at=now, facts={"door": ticket.door, "right": ticket.right})
    return _through_gates(Advance(ticket=ticket, entries=(entry,), effects=()), now)


# ---- gates


def _located(ticket: Ticket, now: datetime) -> bool:
    row = ROWS[ticket.right]
    if row.verb is None:
        return not row.proofs  # whom a proof covers is known first (Recognised): nobody settles a request of their own
    return row.direct or (ticket.plan is not None and ticket.plan.is_complete)


def _reviewed(ticket: Ticket, now: datetime) -> bool:
    by_hand = ROWS[ticket.right].verb is None
    return not by_hand and is_confirmed(ticket) and is_approved(ticket) and not ticket.is_held


def _waited(ticket: Ticket, now: datetime) -> bool:
    return has_waited(ticket, now) and not ticket.is_held


def _verified(ticket: Ticket, now: datetime) -> bool:
    return is_verified(ticket)


@dataclass(frozen=True, kw_only=True)
class Gate:
    """One row of GATES: the condition, in words for the diagram, and the state behind it."""

    opens: Callable[[Ticket, datetime], bool]
    words: str
    to: Status


GATES: Mapping[Status, Gate] = {
    Status.VERIFYING: Gate(opens=_verified, words="an accepted proof is given", to=Status.LOCATING),
    Status.LOCATING: Gate(opens=_located, words="every source has answered", to=Status.REVIEW),
    Status.REVIEW: Gate(opens=_reviewed, words="confirmed, and enough approvals of this plan", to=Status.SCHEDULED),
    Status.SCHEDULED: Gate(opens=_waited, words="the waiting time is over", to=Status.WORKING),
}
"""WORKING has no gate: only a source's report of a clean read-back (Acted) leads to DONE."""


def _through_gates(result: Advance, now: datetime) -> Advance:
    while (gate := GATES.get(result.ticket.status)) and gate.opens(result.ticket, now):
        ticket = replace(result.ticket, status=gate.to)
        change = ENTER[gate.to](ticket, now)
        entry = e.Entry(what=f"gate_{gate.to}", by="clock", at=now)
        result = Advance(
            ticket=change.ticket,
            entries=(*result.entries, entry),
            effects=(*result.effects, *change.effects),
        )
    return result


# ---- on entering a state


def _enter_locating(ticket: Ticket, now: datetime) -> Change:
    row = ROWS[ticket.right]
    changed = replace(ticket, verified_at=ticket.verified_at or now)
    if row.verb is None:
        return Change(ticket=changed, effects=(e.Call(verb="who"),) if row.proofs else ())
    if row.direct:
        return Change(ticket=changed)
    calls = (e.Call(verb="find"),) + ((e.Call(verb="at_once"),) if row.at_once else ())
    # Whoever reads the old mailbox hears of a new one before it is in use; there is no waiting time to name.
    notice = (e.Notify(until=now),) if row.new_mailbox else ()
    waiting = moves.wait(changed, now)
    return Change(ticket=waiting.ticket, effects=(*calls, *notice, *waiting.effects))


def _enter_review(ticket: Ticket, now: datetime) -> Change:
    return Change(ticket=replace(ticket, located_at=ticket.located_at or now))


def _enter_scheduled(ticket: Ticket, now: datetime) -> Change:
    return Change(ticket=ticket)


def _enter_working(ticket: Ticket, now: datetime) -> Change:
    return Change(ticket=ticket, effects=(e.Call(verb="act"),))


ENTER: Mapping[Status, Callable[[Ticket, datetime], Change]] = {
    Status.LOCATING: _enter_locating,
    Status.REVIEW: _enter_review,
    Status.SCHEDULED: _enter_scheduled,
    Status.WORKING: _enter_working,
}


# ---- the tables

MOVES: Mapping[type[e.Event], Move] = {
    e.Proved: Move(states=OPEN, apply=moves.proved),
    e.MailboxProved: Move(states=OPEN, apply=moves.mailbox_proved),
    e.IdentityAsked: Move(states=frozenset({Status.VERIFYING}), apply=moves.identity_asked),
    e.Confirmed: Move(states=BEFORE_WORK, apply=moves.confirmed),
    e.Amended: Move(states=frozenset({Status.VERIFYING, Status.LOCATING, Status.REVIEW}), apply=moves.amended),
    e.Located: Move(states=frozenset({Status.LOCATING}), apply=moves.located),
    e.Recognised: Move(states=frozenset({Status.LOCATING}), apply=moves.recognised),
    e.SourceFailed: Move(states=OPEN, apply=moves.source_failed),
    e.PlanMoved: Move(states=frozenset({Status.WORKING}), apply=moves.plan_moved),
    e.Acted: Move(states=frozenset({Status.WORKING}), apply=moves.acted),
    e.Informed: Move(states=frozenset({Status.DONE}), apply=byhand.informed),
    e.NotInformed: Move(states=frozenset({Status.DONE}), apply=byhand.not_informed),
    e.Approved: Move(states=frozenset({Status.REVIEW}), apply=moves.approved),
    e.Refused: Move(states=BEFORE_WORK, apply=moves.refused),
    e.Extended: Move(states=OPEN, apply=moves.extended),
    e.Asked: Move(states=BEFORE_WORK, apply=moves.asked),
    e.AnswerCame: Move(states=OPEN, apply=moves.answer_came),
    e.Settled: Move(states=frozenset({Status.REVIEW}), apply=moves.settled),
    e.ErrandSet: Move(states=ERRANDS, apply=byhand.errand_set),
    e.ErrandDone: Move(states=frozenset(Status), apply=byhand.errand_done),
    e.Withdrew: Move(states=BEFORE_WORK, apply=moves.withdrew),
    e.Stopped: Move(states=OPEN, apply=moves.stopped),
    e.HoldSet: Move(states=OPEN, apply=deskwork.hold_set),
    e.HoldLifted: Move(states=frozenset(Status), apply=deskwork.hold_lifted),
    e.Assigned: Move(states=frozenset(Status), apply=deskwork.assigned),
    e.ProofNoted: Move(states=frozenset(Status), apply=deskwork.proof_noted),
    e.ContactGiven: Move(states=OPEN, apply=deskwork.contact_given),
    e.Sorted: Move(states=OPEN, apply=deskwork.was_sorted),
    e.Undelivered: Move(states=frozenset(Status), apply=deskwork.undelivered),
    e.Alarmed: Move(states=frozenset(Status), apply=moves.alarmed),
    e.Retried: Move(states=frozenset({Status.LOCATING, Status.WORKING}), apply=deskwork.retried),
    e.Fetched: Move(states=frozenset({Status.DONE}), apply=moves.fetched),
    e.Ticked: Move(states=frozenset(Status), apply=moves.ticked),
}
"""Every event and the states in which it may happen; all others raise IllegalMove and change nothing."""

WHO: Mapping[type[e.Event], frozenset[Actor]] = {
    e.Proved: frozenset({Actor.PERSON}),
    e.MailboxProved: frozenset({Actor.PERSON}),
    e.IdentityAsked: frozenset({Actor.PERSON}),
    e.Confirmed: frozenset({Actor.PERSON}),
    e.Amended: frozenset({Actor.PERSON}),
    e.Located: frozenset({Actor.SOURCE}),
    e.Recognised: frozenset({Actor.SOURCE}),
    e.SourceFailed: frozenset({Actor.SOURCE}),
    e.PlanMoved: frozenset({Actor.SOURCE}),
    e.Acted: frozenset({Actor.SOURCE}),
    e.Informed: frozenset({Actor.SOURCE}),
    e.NotInformed: frozenset({Actor.SOURCE}),
    e.Approved: frozenset({Actor.STAFF}),
    e.Refused: frozenset({Actor.STAFF}),
    e.Extended: frozenset({Actor.STAFF}),
    e.Asked: frozenset({Actor.STAFF}),
    e.AnswerCame: frozenset({Actor.PERSON}),
    e.Settled: frozenset({Actor.STAFF}),
    e.ErrandSet: frozenset({Actor.SOURCE}),
    e.ErrandDone: frozenset({Actor.STAFF}),
    e.Withdrew: frozenset({Actor.PERSON}),
    e.Stopped: frozenset({Actor.PERSON}),
    e.HoldSet: frozenset({Actor.STAFF}),
    e.HoldLifted: frozenset({Actor.STAFF}),
    e.Assigned: frozenset({Actor.STAFF}),
    e.ProofNoted: frozenset({Actor.STAFF}),
    e.ContactGiven: frozenset({Actor.STAFF}),
    e.Sorted: frozenset({Actor.STAFF}),
    e.Undelivered: frozenset({Actor.SOURCE}),
    e.Alarmed: frozenset({Actor.PERSON, Actor.STAFF}),
    e.Retried: frozenset({Actor.STAFF}),
    e.Fetched: frozenset({Actor.PERSON}),
    e.Ticked: frozenset({Actor.CLOCK}),
}
"""Who may cause what. The clock causes nothing but Ticked, so silence approves, refuses and extends nothing."""

ENDS: Mapping[type[e.Event], Status] = {
    e.Acted: Status.DONE,
    e.Settled: Status.DONE,
    e.Refused: Status.REFUSED,
    e.Withdrew: Status.WITHDRAWN,
    e.Recognised: Status.REVIEW,
    e.PlanMoved: Status.LOCATING,
    e.Amended: Status.VERIFYING,
}
"""Where an event by itself leads, for the diagram; a test holds it to what the moves really do."""


def mermaid() -> str:
    """The lifecycle as a Mermaid state diagram, drawn from GATES, MOVES and ENDS; the README shows it."""
    lines = ["stateDiagram-v2", "    [*] --> verifying : a request is recognised"]
    lines += [f"    {state} --> {gate.to} : {gate.words}" for state, gate in GATES.items()]
    for event, to in ENDS.items():
        states = [state for state in Status if state in MOVES[event].states and state is not to]
        lines += [f"    {state} --> {to} : {event.__name__}" for state in states]
    lines += [f"    {state} --> review : a stop or an alarm is lifted" for state in (Status.SCHEDULED, Status.WORKING)]
    lines.append("    locating --> done : nothing is held")
    lines.append("    verifying --> lapsed : identity not established in time")
    lines += [f"    {state} --> [*]" for state in Status if state in CLOSED and state is not Status.FORWARDED]
    return "\n".join(lines) + "\n"
