"""Words: what the desk says becomes a line of a conversation, a mail that is owed, or both.

Promise: a line is written in the transaction that decided it; where it must be carried, one step names it; values of
the person never go by mail. Limits: the words are the templates' (texts.py), the carrying is the courier's.
"""

import json
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from bot.core import messages
from bot.core.messages import Message, NewsWaits, Paragraph, Relayed
from bot.core.model import Door, Talk, Ticket
from bot.pen import Pen

if TYPE_CHECKING:
    from bot.ports import Transaction

DELIVERED = frozenset({Door.MAIL, Door.TELEGRAM})
"""Doors to which lines are carried; the web chat fetches its own."""


def say(
    tx: "Transaction",
    pen: Pen,
    talk: Talk,
    message: Message,
    now: datetime,
    *,
    lang: str | None = None,
    mailed: bool = False,
) -> int:
    """Add the desk's words to a conversation; private ones are shown again only to whom they are.

    Doors that are not looked at, but delivered to, owe the line to `relay`; `mailed` says that a conversation by mail
    gets it as a mail of its own.
    """
    said = pen.texts.say(message, lang or talk.lang, door=talk.door)
    buttons = tuple((label, one.act, one.arg, one.href) for label, one in said.buttons)
    tx.spoken.add(talk.id)
    who = "staff" if isinstance(message, messages.StaffWords) else "desk"
    seq: int = tx.people.say(
        talk.id, who=who, text=said.text, at=now, private=message.private or _is_proved(talk), buttons=buttons
    )
    if talk.door in DELIVERED and not (mailed and talk.door is Door.MAIL):
        tx.unsaid.append((talk.id, seq))
    return seq


def mail(tx: "Transaction", pen: Pen, ticket: Ticket, message: Message, now: datetime, *, key: str) -> None:
    """Owe a mail. The message stands in a contents row; the step names it.

    Values of the person never go by mail: what has no mail template of its own is announced as news in the chat.
    """
    sent = message if pen.texts.can(type(message), "mail") else NewsWaits(ref=ticket.ref, right=ticket.right)
    content_id = pen.fresh()
    tx.work.put_content(content_id, owner=ticket.id, kind="mail", text=dumped(sent), at=now)
    tx.work.queue(pen.fresh(), key=key, ticket=ticket.id, kind="mail", now=now, content=content_id)


def as_letter(pen: Pen, ticket: Ticket, message: Message) -> Relayed:
    """What a colleague typed for somebody who has no conversation: a mail of its own, in our words around theirs."""
    text = pen.texts.say(message, ticket.lang, door=Door.MAIL).text.replace("**", "")
    return Relayed(paragraphs=tuple(Paragraph(text=one.strip()) for one in text.split("\n") if one.strip()))


def relay(tx: "Transaction", pen: Pen, now: datetime) -> None:
    """Owe what this transaction said at doors that must be delivered to: one step per conversation, its lines named."""
    for talk_id in dict.fromkeys(talk_id for talk_id, _ in tx.unsaid):
        seqs = [seq for one, seq in tx.unsaid if one == talk_id]
        lines = ",".join(str(seq) for seq in seqs)
        tx.work.queue(
            pen.fresh(), key=f"relay:{talk_id}:{seqs[-1]}", ticket=talk_id, kind="relay", now=now, lines=lines
        )
    tx.unsaid.clear()


def _is_proved(talk: Talk) -> bool:
    return talk.session is not None or talk.identity is not None


def dumped(message: Message) -> str:
    """A message as JSON text with its name, for a contents row."""
    name = type(message).__name__
    return json.dumps({"name": name, "fields": json.loads(_adapter(name).dump_json(message))})


def loaded(text: str) -> Message:
    """A message from its contents row."""
    raw = json.loads(text)
    message: Message = _adapter(raw["name"]).validate_python(raw["fields"])
    return message


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    """Built once per kind of message: building takes milliseconds, using it microseconds."""
    return TypeAdapter(getattr(messages, name))
