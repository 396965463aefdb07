"""Filing: from understood rights to tickets, and one acknowledgement for one message.

Promise: a clear request is filed in the first reply, with its number and its date; several rights of one message are
several tickets, one answer and one identity check; the clock starts with the first message in which the request can be
recognised (rules of the desk on receipt). Limits: it decides no proof and no date itself (rights.py, deadlines.py).
"""

from datetime import datetime, timedelta

from bot.core.clock import legal_dates
from bot.core.deadlines import local_date
from bot.core.identity import CODE_LIFE, SESSION_AGE
from bot.core.messages import Button, ComplaintHelp, Filed, Item, Message, Unclear
from bot.core.model import ClockFact, Identity, Level, Right, Talk, Ticket
from bot.core.plans import Change
from bot.core.rights import CORRECTIONS, ROWS
from bot.core.turn import Opening, Turn

OF_INTENT = {
    "access": Right.ACCESS,
    "portability": Right.PORTABILITY,
    "rectification": Right.RECTIFICATION,
    "erasure": Right.ERASURE,
    "restriction": Right.RESTRICTION,
    "objection": Right.OBJECTION,
    "objection_marketing": Right.OBJECTION_MARKETING,
    "unsubscribe": Right.OBJECTION_MARKETING,
    "consent_withdrawal": Right.CONSENT_WITHDRAWAL,
    "testimonial_removal": Right.TESTIMONIAL_REMOVAL,
    "post_mortem": Right.POST_MORTEM,
    "complaint": Right.COMPLAINT,
}
"""Which right an intent of the reader files."""

CONTACT_FIELDS = frozenset({"email"})
"""What codes are sent to. A phone number is none: no code of this desk ever goes to one."""


def rights_of(intents: tuple[str, ...], *, marketing: bool, changes: tuple[Change, ...]) -> tuple[Right, ...]:
    """The rights a message asks for, without repeats, access before erasure (an answer before a deletion)."""
    rights = [_right(intent, marketing, changes) for intent in intents if intent in OF_INTENT]
    order = list(Right)
    return tuple(sorted(dict.fromkeys(rights), key=order.index))


def _right(intent: str, marketing: bool, changes: tuple[Change, ...]) -> Right:  # noqa: FBT001 - a fact of the message
    if intent == "objection" and marketing:
        return Right.OBJECTION_MARKETING
    if intent == "rectification" and is_contact(changes):
        return Right.RECTIFICATION_CONTACT
    return OF_INTENT[intent]


def is_contact(changes: tuple[Change, ...]) -> bool:
    """True when an address at which codes arrive would change."""
    return any(change.name in CONTACT_FIELDS for change in changes)


def identity_now(talk: Talk, right: Right, now: datetime) -> Identity | None:
    """The proof that this conversation carries for a new ticket of `right` at `now`, or None.

    A session counts while its login is at most 15 minutes old; a code counts once more within its own ten minutes,
    for a ticket opened in the same breath, and never for a change of contact.
    """
    session = talk.session
    if session and session.is_fresh(now, SESSION_AGE):
        return Identity(level=Level.SESSION, at=now, door=talk.door, tenant=session.tenant, subject=session.subject)
    proof = talk.identity
    is_recent = proof is not None and now - proof.at <= CODE_LIFE
    return proof if is_recent and right is not Right.RECTIFICATION_CONTACT else None


def file(
    turn: Turn,
    rights: tuple[Right, ...],
    *,
    changes: tuple[Change, ...] = (),
    address: str | None = None,
    unproved: bool = False,
    identity: Identity | None = None,
    asks: bool = True,
) -> tuple[Ticket, ...]:
    """Open one ticket per right, all of one group, and leave the acknowledgement to `acknowledge`.

    `unproved` leaves aside what this conversation has proved: somebody asks about another address of theirs.
    `identity` is a proof that stands for them already: they continue a request of the same person. `asks` False says
    that something else is asked first; a correction's value always is. Until the question is put, no clock pauses.
    """
    asks = asks and not CORRECTIONS & set(rights)
    group = turn.fresh()
    since = turn.talk.unclear_since or turn.scene.since
    for right in rights:
        now_proved = None if unproved else identity_now(turn.talk, right, turn.scene.now)
        ticket = _ticket(turn, right, group, received_at=since, identity=identity or now_proved, asks=asks)
        own = changes if ticket.right in CORRECTIONS else ()
        turn.opened.append(Opening(ticket=ticket, words=turn.words, changes=own, address=address))
    return tuple(opening.ticket for opening in turn.opened[-len(rights) :])


def _ticket(
    turn: Turn,
    right: Right,
    group: str,
    *,
    received_at: datetime,
    identity: Identity | None,
    asks: bool,
) -> Ticket:
    now = turn.scene.now
    number = turn.scene.next_number + len(turn.opened)
    asked = (ClockFact(type="identity_asked", at=now),) if asks and not identity and ROWS[right].proofs else ()
    return Ticket(
        id=turn.fresh(),
        ref=reference(now, number),
        right=right,
        group=group,
        door=turn.talk.door,
        lang=turn.talk.lang,
        talk=turn.talk.id,
        received_at=received_at,
        identity=identity,
        clock=asked,
    )


def reference(now: datetime, number: int) -> str:
    """The label people read: year of filing (local) and running number, at least five digits."""
    return f"SEL-{local_date(now).year}-{number:05d}"


def acknowledge(turn: Turn, made: tuple[Ticket, ...], *, need: str) -> None:
    """One answer for one message: numbers, what was understood, the latest date, what is needed."""
    latest = min(legal_dates(ticket).unpaused_due for ticket in made)
    turn.say(
        Filed(
            items=tuple(item(ticket) for ticket in made),
            latest=latest,
            need=need,
            received_at=made[0].received_at,
            buttons=_buttons(need, made),
        )
    )


def acknowledged(ticket: Ticket) -> Message | None:
    """What somebody reads whose request came by phone or post and needs no proof (where it does, a code goes out).

    None where the desk acts at once and says so: one message, one mail.
    """
    latest = legal_dates(ticket).queue_date
    if ticket.right is Right.OBJECTION_MARKETING:
        return None
    if ticket.right is Right.UNCLEAR:
        return Unclear(ref=ticket.ref, latest=latest)
    if ticket.right is Right.COMPLAINT:
        return ComplaintHelp(ref=ticket.ref)
    return Filed(items=(item(ticket),), latest=latest, need="no_check", received_at=ticket.received_at)


def _buttons(need: str, made: tuple[Ticket, ...]) -> tuple[Button, ...]:
    undo = Button(act="meant_else", arg=made[0].group)
    person = Button(act="person")
    if need in {"identity", "objection_mail"}:
        return (Button(act="sign_in"), undo, person)
    return (Button(act="follow", arg=made[0].id), undo, person)


def item(ticket: Ticket) -> Item:
    """A ticket as lists show it."""
    dates = legal_dates(ticket)
    return Item(
        ref=ticket.ref,
        right=ticket.right,
        status=ticket.status,
        latest=dates.queue_date if ticket.is_open else None,
        paused_since=dates.paused_since if ticket.is_open else None,
    )


def need_of(made: tuple[Ticket, ...]) -> str:
    """What these tickets still need from the person: an identity check, or nothing."""
    waits = any(ROWS[ticket.right].proofs and ticket.identity is None for ticket in made)
    return "identity" if waits else "nothing"


def by_staff(turn: Turn) -> Ticket:
    """Open a ticket "unclear", which a colleague reads, with the first message's clock."""
    (made,) = file(turn, (Right.UNCLEAR,))
    turn.settle()
    return made


def for_colleague(turn: Turn) -> Ticket:
    """The ticket under which a colleague finds what was said: the newest open one, else a new one."""
    ticket = next(reversed(turn.open_tickets()), None) or by_staff(turn)
    turn.passed_on.append(ticket.id)
    return ticket


def group_of(tickets: tuple[Ticket, ...], group: str) -> tuple[Ticket, ...]:
    """The open tickets of one message."""
    return tuple(ticket for ticket in tickets if ticket.group == group and ticket.is_open)


UNCLEAR_AFTER = timedelta(hours=24)
"""An unclear message that could be a request becomes a ticket after this."""
