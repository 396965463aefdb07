"""A request that came by phone or post: filed with the true instant of its receipt, then the person's address typed.

Promise: Slack, the shell and a mail that can't be heard any more come by this one path; the clock counts from the
receipt given, the pause only from the code that asks who it is. Limits: the two steps may lie apart, because an address
is never typed in Slack; nothing is decided here.
"""

import secrets
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot import record, saying
from bot.core import identity
from bot.core.deadlines import local_date
from bot.core.events import ContactGiven, Entry
from bot.core.filing import acknowledged, reference
from bot.core.intake import GROUP, Intake
from bot.core.lifecycle import opened
from bot.core.model import Challenge, Purpose, Task, Ticket
from bot.core.rights import ROWS
from bot.core.turn import CodeToSend
from bot.pen import Pen


def file(tx: Any, pen: Pen, intake: Intake, now: datetime) -> Ticket:
    """File the request; the ticket lacks an address (Task.CONTACT) until `give_contact`."""
    group = f"{GROUP}{identity.keyed(pen.hash_key, 'intake', intake.key)[:32]}"
    known = tx.work.tickets_of_group(group)
    if known:
        first: Ticket = known[0]
        return first
    ticket = Ticket(
        id=pen.fresh(),
        ref=reference(now, tx.work.next_number(local_date(now).year)),
        right=intake.right,
        group=group,
        door=intake.door,
        lang=intake.lang,
        received_at=intake.received_at,
        tasks=frozenset({Task.CONTACT}),
    )
    begun = opened(ticket, now)
    filed_by = Entry(what="filed_by_hand", by=intake.by, at=now, facts={"door": intake.door})
    return record.file(tx, pen, replace(begun, entries=(*begun.entries, filed_by)), now)


def give_contact(tx: Any, pen: Pen, ticket: Ticket, address: str, words: str, *, by: str, now: datetime) -> Ticket:
    """Keep the address and the words that came with the request; mail a code, or where no proof is asked, a receipt.

    Raises IllegalMove when the ticket has its address already, ValueError when `address` is no one plain address.
    """
    if identity.addresses_in(address) != (address,):
        raise ValueError("the contact must be one plain e-mail address")
    moved = record.move(tx, pen, ticket, ContactGiven(by=by), now)
    if words:
        tx.work.put_content(pen.fresh(), owner=ticket.id, kind="words", text=words, at=now)
    if ROWS[ticket.right].proofs:
        _send_code(tx, pen, moved, address, now)
    else:
        tx.work.put_content(pen.fresh(), owner=ticket.id, kind="address", text=address, at=now)
        said = acknowledged(moved)
        if said is not None:
            saying.mail(tx, pen, moved, said, now, key=f"ack:{moved.group}")
    return moved


def _send_code(tx: Any, pen: Pen, ticket: Ticket, contact: str, now: datetime) -> None:
    challenge = Challenge(
        id=pen.fresh(),
        talk=ticket.id,
        purpose=Purpose.IDENTITY,
        nonce=secrets.token_urlsafe(16),
        mailbox=identity.keyed(pen.hash_key, "mailbox", identity.canonical(contact)),
        made_at=now,
        ends_at=now + identity.CODE_LIFE,
        ticket=ticket.id,
    )
    record.queue_code(tx, pen, CodeToSend(challenge=challenge, address=contact, tickets=(ticket.id,)), now)
    for kind, text in (("mailbox", contact), (f"code_{Purpose.IDENTITY}", challenge.id)):
        tx.work.replace_content(pen.fresh(), owner=ticket.id, kind=kind, text=text, at=now)
