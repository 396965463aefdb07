"""Requests in talk: what each right still needs to hear, and what the buttons under a request do.

Promise: what is clear is filed at once, then refined: an address for a stranger's marketing objection, the new value
for a correction, a yes after the plan of an erasure was shown. Limits: proofs are proving.py's, tickets filing.py's.
"""

from collections.abc import Callable, Mapping

from bot.core.authorities import AP, whereabouts
from bot.core.events import Amended, Confirmed
from bot.core.filing import acknowledge, file, is_contact, need_of
from bot.core.identity import SESSION_AGE
from bot.core.lifecycle import MOVES
from bot.core.messages import (
    AskAddress,
    AskChange,
    Button,
    ChangeRead,
    ChangeView,
    ComplaintHelp,
    NoMailbox,
    PressedTooLate,
)
from bot.core.model import Asking, Right, Ticket
from bot.core.plans import Change
from bot.core.proving import ask_address, ask_new_mailbox, send_code, waiting
from bot.core.rights import CORRECTIONS
from bot.core.talkabout import by_id, open_or_late, stand, withdraw
from bot.core.turn import Heard, Turn


def begin(turn: Turn, rights: tuple[Right, ...], heard: Heard) -> None:
    """File every right of the message and ask for the one thing that is needed first."""
    if Right.OBJECTION_MARKETING in rights and not heard.address and not _is_signed_in(turn):
        _begin_unaddressed(turn, rights, heard)
        return
    made = file(turn, rights, changes=heard.changes, address=heard.address)
    turn.settle()
    if rights == (Right.COMPLAINT,):
        turn.say(_complaint_help(made[0], heard))
        return
    _acknowledge_and_ask(turn, made, heard)


def _complaint_help(ticket: Ticket, heard: Heard) -> ComplaintHelp:
    """Where to complain: the authority where they say they live, and the Dutch one, which always fits."""
    found = whereabouts(heard.text)
    there = found.authority
    places = (Button(act="where_home", href=there.url),) if there else ()
    return ComplaintHelp(
        ref=ticket.ref,
        authority=there.name if there else "",
        url=there.url if there else "",
        lacks_land=found.lacks_land,
        buttons=(*places, Button(act="where_ap", href=AP.url), Button(act="person")),
    )


def _is_signed_in(turn: Turn) -> bool:
    session = turn.talk.session
    return session is not None and session.is_fresh(turn.scene.now, SESSION_AGE)


def _acknowledge_and_ask(turn: Turn, made: tuple[Ticket, ...], heard: Heard) -> None:
    """One bubble says what was filed, and exactly one question follows: the change first, then who is asking."""
    correction = next((ticket for ticket in made if ticket.right in CORRECTIONS), None)
    if correction is not None:
        acknowledge(turn, made, need="confirm_change" if heard.changes else "nothing")
        ask_change(turn, correction, heard.changes)
    elif need_of(made) == "nothing":
        acknowledge(turn, made, need="nothing")
    else:
        turn.ask(Asking.ADDRESS)
        acknowledge(turn, made, need="nothing" if heard.mailbox else "identity")
        if heard.address and heard.mailbox:
            send_code(turn, heard.address, heard.mailbox)


# ---- marketing


def _begin_unaddressed(turn: Turn, rights: tuple[Right, ...], heard: Heard) -> None:
    """A marketing objection without an address stops nothing: ask that first, and file the message's others now."""
    others = tuple(right for right in rights if right is not Right.OBJECTION_MARKETING)
    if others:
        made = file(turn, others, changes=heard.changes, asks=False)
        acknowledge(turn, made, need="objection_mail")
    else:
        turn.say(AskAddress(purpose="marketing", buttons=(Button(act="sign_in"), Button(act="person"))))
    turn.start_clock(turn.scene.since)
    turn.ask(Asking.MARKETING_ADDRESS)


def marketing_answer(turn: Turn, heard: Heard) -> bool:
    """The one thing asked of a stranger who wants no marketing: the address. It serves the message's others too."""
    if not heard.address:
        return False
    file(turn, (Right.OBJECTION_MARKETING,), address=heard.address)
    turn.settle()
    correction = next((ticket for ticket in waiting(turn) if ticket.right in CORRECTIONS), None)
    if correction is not None:
        ask_change(turn, correction, ())
    elif waiting(turn) and heard.mailbox:
        turn.ask(Asking.ADDRESS)
        send_code(turn, heard.address, heard.mailbox)
    return True


def marketing_by_login(turn: Turn) -> None:
    """Somebody who was asked for an address signed in instead: the objection is for that account."""
    if turn.talk.asking is Asking.MARKETING_ADDRESS and _is_signed_in(turn):
        made = file(turn, (Right.OBJECTION_MARKETING,))
        turn.settle()
        acknowledge(turn, made, need="nothing")


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
    ticket = by_id(turn, turn.talk.about or "")
    if ticket is None or not ticket.is_open or not heard.changes:
        return False
    if not _may_amend(turn, ticket):
        return True
    turn.amended.append((ticket.id, heard.changes))
    turn.move(ticket, Amended(by="person", contact=is_contact(heard.changes)))
    ask_change(turn, ticket, heard.changes)
    return True


def _may_amend(turn: Turn, ticket: Ticket) -> bool:
    """Other values are taken until the change was decided; after that the person hears so, and nothing is kept."""
    if ticket.status in MOVES[Amended].states:
        return True
    turn.settle()
    turn.say(PressedTooLate())
    stand(turn, (ticket,))
    return False


def _yes_change(turn: Turn, arg: str) -> None:
    ticket = open_or_late(turn, arg)
    if ticket is None:
        return
    turn.move(ticket, Confirmed(by="person"))
    turn.settle()
    if ticket.identity is None:
        ask_address(turn)
    else:
        ask_new_mailbox(turn, ticket)


def _retype(turn: Turn, arg: str) -> None:
    ticket = open_or_late(turn, arg)
    if ticket is not None and _may_amend(turn, ticket):
        ask_change(turn, ticket, ())


# ---- erasure


def _delete_all(turn: Turn, arg: str) -> None:
    ticket = open_or_late(turn, arg)
    if ticket is not None:
        turn.move(ticket, Confirmed(by="person"))
        turn.settle()


def _copy_first(turn: Turn, arg: str) -> None:
    """A copy before the deletion: the deletion waits until the copy has been given."""
    ticket = open_or_late(turn, arg)
    if ticket is not None:
        turn.move(ticket, Confirmed(by="person"))
        # The same person, already proved for the deletion: they are not asked a second time.
        made = file(turn, (Right.ACCESS,), identity=ticket.identity)
        turn.settle()
        _acknowledge_and_ask(turn, made, Heard(text=""))


# ---- other buttons


def _no_mailbox(turn: Turn, arg: str) -> None:
    turn.say(NoMailbox(buttons=(Button(act="sign_in"), Button(act="other_address"), Button(act="person"))))


def _other_address(turn: Turn, arg: str) -> None:
    """Look under another address: for what still waits, or once more for a request that found nothing."""
    answered = by_id(turn, arg)
    if answered is None or answered.is_open or waiting(turn):
        ask_address(turn, other=True)
        return
    made = file(turn, (answered.right,), unproved=True)
    turn.settle()
    _acknowledge_and_ask(turn, made, Heard(text=""))


def _new_copy(turn: Turn, arg: str) -> None:
    begin(turn, (Right.ACCESS,), Heard(text=""))


BUTTONS: Mapping[str, Callable[[Turn, str], None]] = {
    "yes_change": _yes_change,
    "retype": _retype,
    "delete_all": _delete_all,
    "copy_first": _copy_first,
    "stop_keep": withdraw,
    "no_mailbox": _no_mailbox,
    "other_address": _other_address,
    "new_copy": _new_copy,
}
