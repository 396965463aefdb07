"""Visits: who may read and speak in a conversation, which requests are theirs, and where a conversation is reached.

Promise: a conversation is anybody's who has its key until somebody proves who they are, and theirs alone from then on;
what was said at other doors shows only beside a proof. Limits: it decides no right; proofs are judged in checks.py.
"""

import base64
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.core import identity
from bot.core.identity import IDLE, keyed
from bot.core.model import Door, Session, Talk, Ticket
from bot.pen import Pen, is_same_person, keys_of, session_key, subject_key
from bot.ports import Clock, Place, Transactions

REPLY_LIFE = timedelta(days=3 * 366)
"""As long as the request's file is kept."""


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """The key is right, but the conversation is not for whoever holds it now."""


@dataclass(frozen=True, kw_only=True)
class Seat:
    """Who speaks on a socket: the login it brought, and the key its device proposes for when somebody proves theirs."""

    session: Session | None = None
    spare: str = ""


NOBODY = Seat()


class Visits:
    """Looks at conversations for whoever comes to them."""

    def __init__(self, *, store: Transactions, pen: Pen, clock: Clock) -> None:
        """Nothing is read here."""
        self._store, self._pen, self._clock = store, pen, clock

    async def resume(self, key: str, session: Session | None) -> Talk | Elsewhere | None:
        """Come back with a device's key: the conversation, or Elsewhere when it is not for this visitor.

        None for a key that opens nothing.
        """

        def look(tx: Any) -> Talk | Elsewhere | None:
            talk: Talk | None = tx.people.talk_by_key(key)
            if talk is None:
                return None
            return talk if self.is_at_home(tx, talk, session) else Elsewhere()

        return await self._store.read(look)

    def is_at_home(self, tx: Any, talk: Talk, session: Session | None) -> bool:
        """Whether a visitor may read and speak in a conversation.

        Anybody with the key, until somebody proves who they are. From then on it is theirs: the same login (or one
        whose account a ticket of that mailbox found), or the device that gave the code, until 30 idle minutes passed.
        """
        if talk.owner is None:
            return True
        if session is not None:
            is_owner = session_key(self._pen, session) == talk.owner
            return is_owner or is_same_person(tx, talk, session)
        is_proved = talk.session is None and talk.identity is not None
        return is_proved and self._clock() - talk.last_at <= IDLE

    def tickets_of(self, tx: Any, talk: Talk, *, proved: str | None = None) -> tuple[Ticket, ...]:
        """The tickets of a conversation, and while its proof is accepted those of the same person at any door.

        `proved` is the keyed hash of a mailbox that is proved in this very turn.
        """
        own: tuple[Ticket, ...] = tx.work.tickets_of_talk(talk.id)
        key = proved or subject_key(self._pen, talk)
        others = tx.work.tickets_of_subject(key) if key else ()
        by_id = {ticket.id: ticket for ticket in (*own, *others)}
        return tuple(sorted(by_id.values(), key=lambda ticket: ticket.ref))

    def said_elsewhere(self, tx: Any, talk: Talk) -> list[tuple[Talk, Any]]:
        """The lines of this person's other conversations, of which they prove a request here, at whatever door."""
        mine = [ticket for ticket in self.tickets_of(tx, talk) if identity.is_proved_to(talk, ticket)]
        theirs = {key for ticket in mine for key in keys_of(self._pen, ticket)}
        ids = dict.fromkeys(ticket.talk for ticket in mine if ticket.talk and ticket.talk != talk.id)
        others = [other for other in map(tx.people.talk, ids) if other is not None and other.owner in theirs]
        return [(one, line) for one in others for line in tx.people.lines_after(one.id, 0, with_private=True)]

    def reply_token(self, tx: Any, owner: str) -> str:
        """The token in the reply address of mails about a ticket or conversation: 80 keyed bits, kept as a hash.

        It says to what an answer belongs, and that its sender has read our mail; it proves nobody.
        """
        keyed_bits = bytes.fromhex(keyed(self._pen.hash_key, "reply", owner))[:10]
        token, now = base64.b32encode(keyed_bits).decode().lower(), self._clock()
        if tx.people.link(token, "reply", now) is None:
            ends_at = now + REPLY_LIFE
            tx.people.add_link(token, kind="reply", owner=owner, who="", made_at=now, ends_at=ends_at)
        return token

    def place_in(self, tx: Any, talk_id: str) -> Place | None:
        """Where a conversation is reached, in an open transaction; None for one that is fetched, or forgotten.

        What was proved under another mailbox than the one somebody writes from goes to the proved one alone.
        """
        talk, found = tx.people.talk(talk_id), tx.people.place(talk_id)
        address = tx.work.content(talk_id, "place")
        if talk is None or found is None or address is None:
            return None
        if talk.door is Door.MAIL and talk.owner not in {None, found[1]}:
            frozen = [tx.work.content(one.id, "delivery") for one in tx.work.tickets_of_talk(talk_id)]
            address = next((one for one in reversed(frozen) if one), None)
        return Place(talk=talk_id, door=talk.door, address=address, lang=talk.lang) if address else None

    def own_address(self, tx: Any, talk: Talk) -> tuple[str, str] | None:
        """The address, and its keyed hash, at which a mail conversation is held."""
        if talk.door is not Door.MAIL:
            return None
        address, place = tx.work.content(talk.id, "place"), tx.people.place(talk.id)
        return (address, place[1]) if address and place else None
