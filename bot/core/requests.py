"""Requests in talk: what each right still needs to hear, and what the buttons under a request do.

Promise: what is clear is filed at once, then refined: an address for a stranger's marketing objection, the new value
for a correction, a yes after the plan of an erasure was shown. Limits: proofs are proving.py's, tickets filing.py's.
"""

from collections.abc import Callable, Mapping

from bot.core.events import Amended, Confirmed
from bot.core.filing import acknowledge, file, identity_now, is_contact, need_of
from bot.core.messages import (
    AskAddress,
    AskChange,
    Button,
    ChangeRead,
    ChangeView,
    ComplaintHelp,
    NoMailbox,
)
from bot.core.model import Asking, Right, Ticket
from bot.core.plans import Change
from bot.core.proving import ask_address, ask_new_mailbox, send_code
from bot.core.talkabout import by_id, take_back
from bot.core.turn import Heard, Turn

CORRECTIONS = frozenset({Right.RECTIFICATION, Right.RECTIFICATION_CONTACT})


def begin(turn: Turn, rights: tuple[Right, ...], heard: Heard) -> None:
    """File every right of the message and ask for the one thing that is needed first."""
    signed_in = identity_now(turn.talk, Right.OBJECTION_MARKETING, turn.scene.now)
    if rights == (Right.OBJECTION_MARKETING,) and signed_in is None and heard.address is None:
        _ask_marketing_address(turn)
        return
    made = file(turn, rights, changes=heard.changes, address=heard.address)
    turn.settle()
    if rights == (Right.COMPLAINT,):
        turn.say(ComplaintHelp(ref=made[0].ref, buttons=(Button(act="person"),)))
        return
    _acknowledge_and_ask(turn, made, heard)


def _acknowledge_and_ask(turn: Turn, made: tuple[Ticket, ...], heard: Heard) -> None:
    """One bubble says what was filed, and exactly one question follows: the change first, then who is asking."""
    correction = next((ticket for ticket in made if ticket.right in CORRECTIONS), None)
    is_unproved = need_of(made) == "identity"
    has_address = bool(heard.address and heard.mailbox) and correction is None
    asks_here = is_unproved and correction is None and not has_address
    acknowledge(turn, made, need="identity" if asks_here else "nothing")
    if correction is not None:
        ask_change(turn, correction, heard.changes)
    elif asks_here:
        turn.ask(Asking.ADDRESS)
    elif is_unproved:
        send_code(turn, heard.address or "", heard.mailbox or "")


# ---- marketing


def _ask_marketing_address(turn: Turn) -> None:
    turn.ask(Asking.MARKETING_ADDRESS)
    turn.start_clock(turn.scene.now)
    turn.say(AskAddress(purpose="marketing", buttons=(Button(act="sign_in"), Button(act="person"))))


def marketing_answer(turn: Turn, heard: Heard) -> bool:
    """The one thing asked of a stranger who wants no marketing: the address."""
    if not heard.address:
        return False
    file(turn, (Right.OBJECTION_MARKETING,), address=heard.address)
    turn.settle()
    return True


# ---- corrections


def ask_change(turn: Turn, ticket: Ticket, changes: tuple[Change, ...]) -> None:
    """Read the correction back, or ask which detail and what it should be."""
    if changes:
        turn.ask(Asking.CONFIRM_CHANGE, about=ticket.id)
        buttons = (Button(act="yes_change", arg=ticket.id), Button(act="retype", arg=ticket.id))
        turn.say(ChangeRead(changes=tuple(_view(change) for change in changes), buttons=buttons))
        return
    turn.ask(Asking.CHANGE, about=ticket.id)
    turn.say(AskChange(ref=ticket.ref, buttons=(Button(act="person"),)))


def _view(change: Change) -> ChangeView:
    return ChangeView(field=change.name, new=change.new, old=change.old or "")


def change_answer(turn: Turn, heard: Heard) -> bool:
    """A new value for the correction that is being asked about."""
    ticket = next((one for one in turn.open_tickets() if one.id == turn.talk.about), None)
    if ticket is None or not heard.changes:
        return False
    turn.amended.append((ticket.id, heard.changes))
    turn.move(ticket, Amended(by="person", contact=is_contact(heard.changes)))
    ask_change(turn, ticket, heard.changes)
    return True


def _yes_change(turn: Turn, arg: str) -> None:
    ticket = by_id(turn, arg)
    if ticket is None or not ticket.is_open:
        return
    turn.move(ticket, Confirmed(by="person"))
    turn.settle()
    if ticket.identity is None:
        ask_address(turn)
    else:
        ask_new_mailbox(turn, ticket)


def _retype(turn: Turn, arg: str) -> None:
    ticket = by_id(turn, arg)
    if ticket is not None and ticket.is_open:
        turn.ask(Asking.CHANGE, about=ticket.id)
        turn.say(AskChange(ref=ticket.ref, buttons=(Button(act="person"),)))


# ---- erasure


def _delete_all(turn: Turn, arg: str) -> None:
    ticket = by_id(turn, arg)
    if ticket is not None and ticket.is_open:
        turn.move(ticket, Confirmed(by="person"))
        turn.settle()


def _copy_first(turn: Turn, arg: str) -> None:
    """A copy before the deletion: the deletion waits until the copy has been given."""
    ticket = by_id(turn, arg)
    if ticket is None or not ticket.is_open:
        return
    turn.move(ticket, Confirmed(by="person"))
    _new_copy(turn, arg)


def _stop_keep(turn: Turn, arg: str) -> None:
    ticket = by_id(turn, arg)
    if ticket is not None:
        take_back(turn, ticket)


# ---- other buttons


def _no_mailbox(turn: Turn, arg: str) -> None:
    turn.say(NoMailbox(buttons=(Button(act="sign_in"), Button(act="other_address"), Button(act="person"))))


def _new_copy(turn: Turn, arg: str) -> None:
    made = file(turn, (Right.ACCESS,))
    turn.settle()
    acknowledge(turn, made, need=need_of(made))
    if need_of(made) == "identity":
        turn.ask(Asking.ADDRESS)


BUTTONS: Mapping[str, Callable[[Turn, str], None]] = {
    "yes_change": _yes_change,
    "retype": _retype,
    "delete_all": _delete_all,
    "copy_first": _copy_first,
    "stop_keep": _stop_keep,
    "no_mailbox": _no_mailbox,
    "new_copy": _new_copy,
}
