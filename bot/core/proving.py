"""Proving: which address, which code, and what a right code opens.

Promise: the same words, the same steps and the same mail for every address, known or not; a code belongs to one
conversation and one purpose; what is proved is written to each waiting ticket on its own. Limits: sending, looking up
and counting happen elsewhere; "we hold nothing" is said only after the code, by whoever has looked.
"""

from dataclasses import replace

from bot.core.events import IdentityAsked, MailboxProved, Proved
from bot.core.filing import identity_now
from bot.core.identity import CODE_LIFE, Check
from bot.core.messages import (
    AskAddress,
    Button,
    CodeOver,
    CodeSent,
    CodesSpent,
    CodeWrong,
    NewMailboxAsked,
    Thanks,
)
from bot.core.model import Asking, Challenge, Identity, Level, Purpose, Right, Ticket
from bot.core.rights import ROWS
from bot.core.talkabout import stand
from bot.core.turn import CodeToSend, Heard, Turn

MINUTES = int(CODE_LIFE.total_seconds() // 60)
CODE_BUTTONS = (Button(act="new_code"), Button(act="no_mailbox"), Button(act="person"))


def waiting(turn: Turn) -> tuple[Ticket, ...]:
    """The tickets of this conversation that wait for an identity check."""
    return tuple(one for one in turn.open_tickets() if ROWS[one.right].proofs and one.identity is None)


def _asked(turn: Turn) -> None:
    """The identity question is put now: tickets whose first question was another one take note of it."""
    for ticket in waiting(turn):
        if all(fact.type != "identity_asked" for fact in ticket.clock):
            turn.move(ticket, IdentityAsked(by="person"))


def ask_address(turn: Turn, *, other: bool = False) -> None:
    """Ask for the address to look under; signing in is offered beside it.

    A conversation by mail has an address already: its code goes there at once, unless another one is wanted.
    """
    if turn.scene.own_address is not None and not other:
        send_code(turn, *turn.scene.own_address)
        return
    _asked(turn)
    turn.ask(Asking.ADDRESS)
    turn.say(AskAddress(buttons=(Button(act="sign_in"), Button(act="person"))))


def send_code(turn: Turn, address: str, mailbox: str) -> None:
    """Send a code to the address given, unless it had its share today. `mailbox` is the address's keyed hash."""
    if not turn.scene.codes_left:
        turn.say(CodesSpent(buttons=(Button(act="sign_in"), Button(act="person"))))
        return
    _asked(turn)
    _send(turn, address, mailbox, purpose=Purpose.IDENTITY, about=waiting(turn))
    turn.ask(Asking.CODE)
    turn.say(CodeSent(minutes=MINUTES, buttons=CODE_BUTTONS))


def _send(turn: Turn, address: str, mailbox: str, *, purpose: Purpose, about: tuple[Ticket, ...]) -> None:
    challenge = Challenge(
        id=turn.fresh(),
        talk=turn.talk.id,
        purpose=purpose,
        nonce=turn.fresh(),
        mailbox=mailbox,
        made_at=turn.scene.now,
        ends_at=turn.scene.now + CODE_LIFE,
        ticket=about[0].id if about else None,
    )
    turn.codes.append(CodeToSend(challenge=challenge, address=address, tickets=tuple(ticket.id for ticket in about)))
    turn.talk = replace(turn.talk, challenge=challenge.id)


def ask_new_mailbox(turn: Turn, ticket: Ticket) -> None:
    """An address is changed only when the new mailbox answers too: send it a code of its own."""
    if not ROWS[ticket.right].new_mailbox or ticket.new_mailbox_at is not None:
        return
    new = turn.scene.new_addresses.get(ticket.id)
    if new is not None and not turn.scene.new_address_codes_left:
        turn.say(CodesSpent(buttons=(Button(act="person"),)))
    elif new is not None:
        _send(turn, *new, purpose=Purpose.NEW_MAILBOX, about=(ticket,))
        turn.ask(Asking.NEW_ADDRESS_CODE, about=ticket.id)
        turn.say(NewMailboxAsked(ref=ticket.ref, minutes=MINUTES, buttons=(Button(act="person"),)))


def judged(turn: Turn, heard: Heard) -> None:
    """Go on after a typed code: what it opens, or what can be done instead."""
    check = heard.code
    if check is Check.RIGHT:
        _right(turn, heard)
    elif check is Check.WRONG:
        turn.say(CodeWrong(buttons=CODE_BUTTONS))
    elif check is Check.OVER:
        turn.say(CodeOver(buttons=CODE_BUTTONS))
    else:
        turn.say(CodesSpent(buttons=(Button(act="sign_in"), Button(act="person"))))


def _right(turn: Turn, heard: Heard) -> None:
    turn.talk = replace(turn.talk, challenge=None)
    if heard.purpose is Purpose.NEW_MAILBOX:
        # A new mailbox is proved for the one change whose code went there, never for another of this conversation.
        for ticket in (one for one in turn.open_tickets() if one.id == heard.about):
            turn.move(ticket, MailboxProved(by="person"))
            turn.say(Thanks(refs=(ticket.ref,)))
        turn.settle()
        return
    identity = Identity(level=Level.MAILBOX, at=turn.scene.now, door=turn.talk.door, mailbox=heard.mailbox)
    turn.talk = replace(turn.talk, identity=identity)
    if not waiting(turn):
        stand(turn, turn.scene.tickets)
    prove(turn, identity)


def signed_in(turn: Turn) -> None:
    """A fresh login proves every waiting ticket of this conversation."""
    identity = identity_now(turn.talk, Right.ACCESS, turn.scene.now)
    if identity is not None and identity.level is Level.SESSION:
        prove(turn, identity)


def prove(turn: Turn, identity: Identity) -> None:
    """Write a proof to each waiting ticket of this conversation."""
    proved = waiting(turn)
    if turn.talk.asking in {Asking.ADDRESS, Asking.CODE}:  # another open question stays open
        turn.settle()
    if proved:
        turn.say(Thanks(refs=tuple(ticket.ref for ticket in proved)))
    for ticket in proved:
        turn.move(ticket, Proved(by="person", identity=identity))
        if ticket.confirmed_at is not None:
            ask_new_mailbox(turn, ticket)
