"""Recording: a decided step or a ticket's advance becomes rows, in the transaction that decided it.

Promise: whatever is decided is written together: ticket, log line, words in the chat, and a queued step per outside
call with an idempotency key; nothing is sent from here. Steps and log name contents by id and hold none. Limits: it
decides nothing; Store and Texts are handed in.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from bot.core import events as e
from bot.core import lifecycle, messages
from bot.core.conversation import wakes_at
from bot.core.deadlines import local_date
from bot.core.identity import canonical, keyed
from bot.core.messages import Message, StaffAsks
from bot.core.model import Asking, Door, Flag, Level, Purpose, Right, Status, Talk, Ticket
from bot.core.moves import IllegalMove
from bot.core.plans import Change
from bot.core.rights import ROWS
from bot.core.turn import CodeToSend, Opening, Step
from bot.pen import Pen, keys_of, subject_key
from bot.reaching import reached, spoken_about, surely_theirs
from bot.ringing import ring, share_of
from bot.saying import as_letter, mail, say

if TYPE_CHECKING:
    from bot.ports import Transaction

TYPED = (StaffAsks, messages.SettledByHand)
"""What a colleague typed for the person: it has no letter of its own, and no personal data in it."""

CHANGES: TypeAdapter[tuple[Change, ...]] = TypeAdapter(tuple[Change, ...])


# ---- a conversation's step


def step(tx: "Transaction", pen: Pen, before: Talk, decided: Step, now: datetime) -> None:
    """Write everything one turn led to: its words first, then what moves, then the conversation itself."""
    talk = replace(decided.talk, owner=subject_key(pen, decided.talk) or before.owner)
    decided = replace(decided, talk=talk)
    mailed = _is_mailed(tx, decided)
    for message in decided.says:
        say(tx, pen, talk, message, now, mailed=isinstance(message, mailed))
    for opening in decided.opened:
        _open(tx, pen, opening, now)
    for code in decided.codes:
        queue_code(tx, pen, code, now)
    _move(tx, pen, talk, before, decided, now)
    for ticket_id in decided.passed_on:
        seq = tx.people.last_seq(talk.id)
        ring(tx, pen.fresh, ticket_id, e.Nudge(rung="answer_came"), now, key=f"nudge:{ticket_id}:said:{seq}")
    _acknowledge_by_mail(tx, pen, decided, now)
    _save_talk(tx, pen, before, decided)


def _is_mailed(tx: "Transaction", decided: Step) -> tuple[type[Message], ...]:
    """What of this step goes out by a mail of its own, so that a conversation by mail does not say it twice."""
    is_acknowledged = any(opening.ticket.identity is not None for opening in decided.opened)
    covered: tuple[type[Message], ...] = ()
    if decided.codes or is_acknowledged:
        covered = (messages.Filed, messages.CodeSent)
    proved = [tx.work.ticket(ticket_id) for ticket_id, event in decided.moves if isinstance(event, e.Proved)]
    if proved and all(ticket is not None and ROWS[ticket.right].verb for ticket in proved):
        covered = (*covered, messages.Thanks)  # what was found follows within seconds
    return covered


def _save_talk(tx: "Transaction", pen: Pen, before: Talk, decided: Step) -> None:
    # A message told by a move (a colleague's question, say) may have changed the row meanwhile: keep what it asks.
    talk, has_told = decided.talk, bool(decided.moves or decided.opened)
    newest = (tx.people.talk(talk.id) if has_told else None) or before
    if newest.version != before.version:
        talk = replace(talk, asking=newest.asking, about=newest.about)
    saved = replace(talk, version=newest.version + 1)
    tx.people.save_talk(saved, was=newest.version, subject=subject_key(pen, saved), wake_at=wakes_at(saved))


def _move(tx: "Transaction", pen: Pen, talk: Talk, before: Talk, decided: Step, now: datetime) -> None:
    for ticket_id, event in decided.moves:
        ticket = tx.work.ticket(ticket_id)
        if ticket is None:
            continue
        if isinstance(event, e.Proved):
            _freeze_addresses(tx, pen, ticket, event, before, now)
        try:
            move(tx, pen, ticket, event, now)
            if isinstance(event, e.Amended):  # never beside a plan that was approved for other values
                put_changes(tx, pen, ticket_id, dict(decided.amended)[ticket_id], now)
        except IllegalMove:
            late = messages.TooLateToWithdraw(ref=ticket.ref, status=ticket.status)
            say(tx, pen, talk, late if isinstance(event, e.Withdrew) else messages.PressedTooLate(), now)


def _freeze_addresses(tx: "Transaction", pen: Pen, ticket: Ticket, event: e.Proved, talk: Talk, now: datetime) -> None:
    """What was proved, and where the result may go, are fixed at this instant and compared again at delivery."""
    if event.identity.level is not Level.MAILBOX or talk.challenge is None:
        return
    for kind in ("mailbox", "delivery"):
        text = tx.work.content(talk.challenge, kind)
        if text is not None:
            tx.work.replace_content(pen.fresh(), owner=ticket.id, kind=kind, text=text, at=now)


def _open(tx: "Transaction", pen: Pen, opening: Opening, now: datetime) -> None:
    ticket = opening.ticket
    if opening.words:
        tx.work.put_content(pen.fresh(), owner=ticket.id, kind="words", text=opening.words, at=now)
    if opening.changes:
        put_changes(tx, pen, ticket.id, opening.changes, now)
    _carry_addresses(tx, pen, ticket, now)
    if opening.address and not ROWS[ticket.right].proofs:
        tx.work.put_content(pen.fresh(), owner=ticket.id, kind="address", text=opening.address, at=now)
    file(tx, pen, lifecycle.opened(ticket, now), now)


def _carry_addresses(tx: "Transaction", pen: Pen, ticket: Ticket, now: datetime) -> None:
    """A proof by code that counts once more brings along what was frozen when it was given."""
    proof = ticket.identity
    if proof is None or proof.level is not Level.MAILBOX or ticket.talk is None:
        return
    for earlier in tx.work.tickets_of_talk(ticket.talk):
        if earlier.identity is not None and earlier.identity.mailbox == proof.mailbox:
            for kind in ("mailbox", "delivery"):
                text = tx.work.content(earlier.id, kind)
                if text is not None:
                    tx.work.replace_content(pen.fresh(), owner=ticket.id, kind=kind, text=text, at=now)


def file(tx: "Transaction", pen: Pen, advance: lifecycle.Advance, now: datetime) -> Ticket:
    """Write a new ticket and all that follows from its being opened."""
    tx.work.add_ticket(advance.ticket, subject=subject_key(pen, advance.ticket))
    _set_keys(tx, pen, None, advance.ticket)
    _aftermath(tx, pen, advance, now)
    return advance.ticket


def put_changes(tx: "Transaction", pen: Pen, ticket_id: str, changes: tuple[Change, ...], now: datetime) -> None:
    """Keep the values of a correction beside its ticket, in place of earlier ones."""
    text = CHANGES.dump_json(changes).decode()
    tx.work.replace_content(pen.fresh(), owner=ticket_id, kind="changes", text=text, at=now)


def changes_of(tx: "Transaction", ticket_id: str) -> tuple[Change, ...]:
    """The values of a correction."""
    text = tx.work.content(ticket_id, "changes")
    return CHANGES.validate_json(text) if text else ()


def code_counter(mailbox: str, purpose: str) -> str:
    """The name under which codes to an address are counted per local day, over every door, apart for each purpose.

    Apart, because a code for a finished copy stands behind a link of 256 bits: strangers who ask for codes in the chat
    must not be able to use up its share.
    """
    return f"codes:{purpose}:{mailbox}"


def changed_key(mailbox: str) -> str:
    """The key under which the instant is remembered at which an address came by a contact change."""
    return f"changed:{mailbox}"


def queue_code(tx: "Transaction", pen: Pen, code: CodeToSend, now: datetime) -> None:
    """Owe a code mail: the challenge, the address beside it, one step; counted against the address's share of a day."""
    challenge = code.challenge
    tx.people.count(code_counter(challenge.mailbox, challenge.purpose), local_date(now).isoformat())
    if challenge.purpose is Purpose.IDENTITY:
        for ticket_id in code.tickets:  # where a reminder may go while nothing is proved: fixed words only
            tx.work.replace_content(pen.fresh(), owner=ticket_id, kind="asked", text=code.address, at=now)
    tx.people.add_challenge(code.challenge)
    tx.work.put_content(pen.fresh(), owner=code.challenge.id, kind="mailbox", text=code.address, at=now)
    args = {"challenge": code.challenge.id, "tickets": ",".join(code.tickets)}
    owner = code.challenge.ticket or code.challenge.talk
    tx.work.queue(pen.fresh(), key=f"code:{code.challenge.id}", ticket=owner, kind="code", now=now, **args)


def _acknowledge_by_mail(tx: "Transaction", pen: Pen, decided: Step, now: datetime) -> None:
    """One message, one mail: signed-in people get the acknowledgement; a code mail is itself one."""
    proved = [opening.ticket for opening in decided.opened if opening.ticket.identity is not None]
    filed = next((message for message in decided.says if isinstance(message, messages.Filed)), None)
    if proved and filed is not None:
        mail(tx, pen, proved[0], filed, now, key=f"ack:{proved[0].group}")


# ---- a ticket's advance


def move(tx: "Transaction", pen: Pen, ticket: Ticket, event: e.Event, now: datetime) -> Ticket:
    """Let an event happen to a ticket and write all that follows. Raises IllegalMove; then nothing was written."""
    advance = lifecycle.advance(ticket, event, now)
    if isinstance(event, e.Acted) and ticket.right is Right.RECTIFICATION_CONTACT:
        _quarantine(tx, pen, ticket, now)
    tx.work.save_ticket(advance.ticket, was=ticket.version, subject=subject_key(pen, advance.ticket))
    _set_keys(tx, pen, ticket, advance.ticket)
    _aftermath(tx, pen, advance, now)
    return advance.ticket


def _set_keys(tx: "Transaction", pen: Pen, before: Ticket | None, ticket: Ticket) -> None:
    keys = keys_of(pen, ticket)
    if keys != (keys_of(pen, before) if before else frozenset()):
        tx.work.set_keys(ticket.id, keys)


def _quarantine(tx: "Transaction", pen: Pen, ticket: Ticket, now: datetime) -> None:
    """Remember when an address came by a contact change: for some days a code to it proves nobody."""
    for change in changes_of(tx, ticket.id):
        if change.name == "email":
            tx.work.first_time(changed_key(keyed(pen.hash_key, "mailbox", canonical(change.new))), now)


def _aftermath(tx: "Transaction", pen: Pen, advance: lifecycle.Advance, now: datetime) -> None:
    ticket = advance.ticket
    numbers = tx.work.write_log(ticket.id, advance.entries)
    if is_for_staff(ticket) and Flag.FOLDED not in ticket.flags:
        tx.work.queue(pen.fresh(), key=f"card:{ticket.id}:{ticket.version}", ticket=ticket.id, kind="card", now=now)
        for number in numbers:
            tx.work.queue(
                pen.fresh(), key=f"thread:{number}", ticket=ticket.id, kind="thread", now=now, seq=str(number)
            )
    for index, effect in enumerate(advance.effects):
        EFFECTS[type(effect)](tx, pen, ticket, effect, now, index)
    if ticket.talk:
        tx.spoken.add(ticket.talk)


def is_for_staff(ticket: Ticket) -> bool:
    """True once a ticket is worth a card: verified, filed by a colleague, or nobody has to prove anything for it."""
    by_hand = ticket.door in {Door.PHONE, Door.POST}
    return ticket.status is not Status.VERIFYING or bool(ticket.flags) or by_hand


def _tell(tx: "Transaction", pen: Pen, ticket: Ticket, effect: e.Effect, now: datetime, index: int) -> None:
    assert isinstance(effect, e.Tell)
    is_typed = isinstance(effect.message, TYPED)
    talk = (reached if is_typed else surely_theirs)(tx, ticket, keys_of(pen, ticket))
    is_mailed = effect.durable and not (is_typed and talk is not None and talk.door is Door.MAIL)
    if talk is not None:
        say(tx, pen, talk, effect.message, now, lang=ticket.lang, mailed=is_mailed)
        spoken_about(tx, pen.fresh, ticket, talk, now)
        if isinstance(effect.message, StaffAsks):
            asked = replace(talk, asking=Asking.STAFF_QUESTION, about=ticket.id, version=talk.version + 1)
            tx.people.save_talk(asked, was=talk.version, subject=subject_key(pen, asked), wake_at=wakes_at(asked))
    if is_mailed:
        message = as_letter(pen, ticket, effect.message) if is_typed and talk is None else effect.message
        mail(tx, pen, ticket, message, now, key=f"mail:{ticket.id}:{ticket.version}:{index}")


def _call(tx: "Transaction", pen: Pen, ticket: Ticket, effect: e.Effect, now: datetime, index: int) -> None:
    assert isinstance(effect, e.Call)
    if effect.verb == "retry":
        _try_again(tx, pen, ticket, now)
        return
    once = {"act": _act_key(ticket)}
    key = once.get(effect.verb, f"{effect.verb}:{ticket.id}:{ticket.version}:{index}")
    tx.work.queue(pen.fresh(), key=key, ticket=ticket.id, kind=effect.verb, now=now)


def _act_key(ticket: Ticket) -> str:
    """Once per plan and last approval: what is approved anew after a stop is owed anew."""
    approved = max((one.at.isoformat() for one in ticket.approvals), default="")
    return f"act:{ticket.id}:{ticket.plan.hash if ticket.plan else 'direct'}:{len(ticket.approvals)}:{approved}"


def _try_again(tx: "Transaction", pen: Pen, ticket: Ticket, now: datetime) -> None:
    """Hurry the step that waits; where a source had said no for good, owe the call once more."""
    tx.work.hurry(ticket.id, now)
    looks = "find" if ROWS[ticket.right].verb else "who"
    kind = {Status.LOCATING: looks, Status.WORKING: "act"}.get(ticket.status)
    if kind and not any(step.kind == kind for step in tx.work.open_steps(ticket.id)):
        tx.work.queue(
            pen.fresh(), key=f"{kind}:{ticket.id}:again:{ticket.version}", ticket=ticket.id, kind=kind, now=now
        )


def _notify(tx: "Transaction", pen: Pen, ticket: Ticket, effect: e.Effect, now: datetime, index: int) -> None:
    assert isinstance(effect, e.Notify)
    tx.work.queue(
        pen.fresh(), key=f"notify:{ticket.id}", ticket=ticket.id, kind="notify", now=now, until=effect.until.isoformat()
    )


def _nudge(tx: "Transaction", pen: Pen, ticket: Ticket, effect: e.Effect, now: datetime, index: int) -> None:
    assert isinstance(effect, e.Nudge)
    once = share_of(effect.rung, now) or f"{ticket.version}:{index}"
    whose = ticket.id
    if Flag.FOLDED in ticket.flags:  # one word a day stands for all of them
        whose, once = Flag.FOLDED, local_date(now).isoformat()
    ring(tx, pen.fresh, ticket.id, effect, now, key=f"nudge:{whose}:{effect.rung}:{once}")


def nudge(tx: "Transaction", pen: Pen, ticket: Ticket, effect: e.Nudge, now: datetime) -> None:
    """Owe a word to staff about a ticket that did not move; once per rung and minute."""
    ring(
        tx,
        pen.fresh,
        ticket.id,
        effect,
        now,
        key=f"nudge:{ticket.id}:{effect.rung}:{now.isoformat(timespec='minutes')}",
    )


def _shred(tx: "Transaction", pen: Pen, ticket: Ticket, effect: e.Effect, now: datetime, index: int) -> None:
    assert isinstance(effect, e.Shred)
    key = f"shred:{effect.object_id}"
    tx.work.queue(pen.fresh(), key=key, ticket=ticket.id, kind="shred", now=now, object=effect.object_id)
    tx.people.drop_links(ticket.id, "copy", "grant")


def _inform(tx: "Transaction", pen: Pen, ticket: Ticket, effect: e.Effect, now: datetime, index: int) -> None:
    assert isinstance(effect, e.Inform)
    key = f"inform:{ticket.id}:{effect.recipient}"
    tx.work.queue(pen.fresh(), key=key, ticket=ticket.id, kind="inform", now=now, recipient=effect.recipient)


def _forget(tx: "Transaction", pen: Pen, ticket: Ticket, effect: e.Effect, now: datetime, index: int) -> None:
    assert isinstance(effect, e.Forget)
    tx.work.drop_contents(ticket.id, effect.kinds)


Write = Callable[["Transaction", Pen, Ticket, e.Effect, datetime, int], None]

EFFECTS: dict[type[Any], Write] = {
    e.Tell: _tell,
    e.Call: _call,
    e.Notify: _notify,
    e.Nudge: _nudge,
    e.Shred: _shred,
    e.Forget: _forget,
    e.Inform: _inform,
}
