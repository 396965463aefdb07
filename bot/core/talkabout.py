"""Talking about requests that exist: where they stand, taking one back, undoing a misunderstanding, opening a copy.

Promise: only the tickets of this conversation (or of the person signed in) are ever spoken of; a number alone opens
nothing. Limits: what may still be withdrawn is lifecycle.py's word.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from bot.core.answers import yes_or_no
from bot.core.deadlines import AMSTERDAM
from bot.core.events import Withdrew
from bot.core.filing import group_of, item
from bot.core.holidays import is_working_day
from bot.core.identity import SESSION_AGE, is_proved_to
from bot.core.messages import (
    AskMeaning,
    Button,
    CopyNeedsLogin,
    EarlierHidden,
    NoTickets,
    PressedTooLate,
    Standing,
    TooLateToWithdraw,
    WhichTicket,
)
from bot.core.model import Asking, Level, Status, Ticket
from bot.core.turn import Heard, Scene, Turn


def status(turn: Turn, heard: Heard) -> None:
    """Where every request of this person stands."""
    stand(turn, _meant(turn, heard) or (() if heard.ref else turn.scene.tickets))


def stand(turn: Turn, tickets: tuple[Ticket, ...]) -> None:
    """Where these tickets stand, the newest six; none is said as such, and what was proved must be proved again."""
    mine = _mine(turn, tickets)
    if not mine:
        is_unproved = turn.talk.session is None and turn.talk.identity is None
        is_cold = bool(tickets) and is_unproved
        code = Button(act="new_code") if is_cold else Button(act="by_code")
        again = (code,) if is_unproved else ()
        buttons = (Button(act="sign_in"), *again, Button(act="person"))
        turn.say(EarlierHidden(buttons=buttons) if is_cold else NoTickets(buttons=buttons))
        return
    newest = mine[-6:]
    turn.say(Standing(items=tuple(item(ticket) for ticket in newest), buttons=(*_next(newest), Button(act="person"))))


def _next(tickets: tuple[Ticket, ...]) -> tuple[Button, ...]:
    """What can be done now: open a copy that waits, answer what was asked, or take the one open request back."""
    copies = tuple(Button(act="open_copy", arg=one.id) for one in tickets if one.copy is not None)[-1:]
    open_ones = [ticket for ticket in tickets if ticket.is_open]
    if len(open_ones) != 1:
        return copies
    asked = yes_or_no(open_ones[0]) if open_ones[0].located_at else ()
    return (*copies, *(asked or (Button(act="withdraw", arg=open_ones[0].id),)))


def cancel(turn: Turn, heard: Heard) -> None:
    """Take a request back: the one named, the only one open, or the one picked."""
    open_ones = tuple(one for one in _meant(turn, heard) if one.is_open)
    if not open_ones:
        stand(turn, turn.scene.tickets)
    elif len(open_ones) == 1:
        take_back(turn, open_ones[0])
    else:
        picks = tuple(Button(act="withdraw", arg=one.id) for one in open_ones)
        turn.say(WhichTicket(items=tuple(item(one) for one in open_ones), buttons=(*picks, Button(act="person"))))


def _meant(turn: Turn, heard: Heard) -> tuple[Ticket, ...]:
    """The ticket with the number that was named, or all; a number that is not this person's means none of them."""
    return tuple(one for one in _mine(turn, turn.scene.tickets) if heard.ref in {None, one.ref})


def _mine(turn: Turn, tickets: tuple[Ticket, ...]) -> tuple[Ticket, ...]:
    """Those whose proof this conversation still carries: the others may belong to whoever used this device before."""
    return tuple(one for one in tickets if is_proved_to(turn.talk, one))


def take_back(turn: Turn, ticket: Ticket) -> None:
    """Withdraw an open request, or say why it is too late."""
    if ticket.status is Status.WORKING:
        turn.say(TooLateToWithdraw(ref=ticket.ref, status=ticket.status, buttons=(Button(act="person"),)))
        return
    turn.move(ticket, Withdrew(by="person"))
    turn.settle()


def by_id(turn: Turn, ticket_id: str) -> Ticket | None:
    """A ticket of this conversation by its key; a foreign key, or one whose proof has gone cold, finds nothing."""
    return next((one for one in _mine(turn, turn.scene.tickets) if one.id == ticket_id), None)


def open_or_late(turn: Turn, ticket_id: str) -> Ticket | None:
    """The open ticket a button is about, or None, and then the person hears that the button is from earlier."""
    ticket = by_id(turn, ticket_id)
    if ticket is not None and ticket.is_open:
        return ticket
    turn.say(PressedTooLate())
    stand(turn, turn.scene.tickets)
    return None


def withdraw(turn: Turn, arg: str) -> None:
    """The button that takes a request back."""
    ticket = open_or_late(turn, arg)
    if ticket is not None:
        take_back(turn, ticket)


def _follow(turn: Turn, arg: str) -> None:
    ticket = by_id(turn, arg)
    stand(turn, (ticket,) if ticket else turn.scene.tickets)


def _meant_else(turn: Turn, arg: str) -> None:
    """Undo a misunderstanding with one button; the first date stands for what is filed instead."""
    made = group_of(_mine(turn, turn.scene.tickets), arg)
    first = min((one.received_at for one in made), default=turn.scene.now)
    for ticket in made:
        if ticket.status is not Status.WORKING:
            turn.move(ticket, Withdrew(by="person"))
    turn.settle()
    turn.start_clock(first)
    turn.ask(Asking.MEANING)
    offers = ("access", "rectification", "erasure", "objection_marketing", "inform")
    buttons = tuple(Button(act=f"mean_{offer}") for offer in offers)
    turn.say(AskMeaning(buttons=(*buttons, Button(act="mean_other"), Button(act="person"))))


def _open_copy(turn: Turn, arg: str) -> None:
    """A signed-in person opens the copy with one button while the login is fresh; others use the mailed link."""
    ticket = by_id(turn, arg)
    if ticket is None or ticket.copy is None or ticket.is_held:
        stand(turn, turn.scene.tickets)
        return
    session = turn.talk.session
    is_same = session is not None and (session.tenant, session.subject) in ticket.subjects | _own(ticket)
    if session is not None and is_same and session.is_fresh(turn.scene.now, SESSION_AGE):
        turn.wants_copy = ticket.id
        return
    turn.say(CopyNeedsLogin(ref=ticket.ref, buttons=(Button(act="sign_in"), Button(act="person"))))


def _own(ticket: Ticket) -> frozenset[tuple[str, str]]:
    identity = ticket.identity
    if identity is None or identity.level is not Level.SESSION:
        return frozenset()
    return frozenset({(identity.tenant or "", identity.subject or "")})


def next_answer_day(scene: Scene) -> date:
    """The local date by which colleagues answer: today before closing on a working day, else the next working day."""
    local: datetime = scene.now.astimezone(AMSTERDAM)
    day = local.date()
    if is_working_day(day) and local.time() < scene.hours.closes:
        return day
    day += timedelta(days=1)
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


BUTTONS: Mapping[str, Callable[[Turn, str], None]] = {
    "follow": _follow,
    "withdraw": withdraw,
    "meant_else": _meant_else,
    "open_copy": _open_copy,
}
