"""What a mail answers: the conversation or ticket of a mail of ours, and whether its sender may answer it.

Promise: it reads and writes nothing; a thread is known by the token in the recipient or by a Message-ID of ours, never
by its subject. Limits: that the sender matches proves nobody, because a From header is a claim.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.core.mail import Mail
from bot.core.model import Door, Talk, Ticket
from bot.reaching import ticket_spoken_about

ADDRESSES = ("delivery", "mailbox", "asked", "address")
"""Contents of a ticket at which its person is known to read mail."""


@dataclass(frozen=True, kw_only=True)
class Thread:
    """What a mail surely answers: the conversation, the ticket, and whether its sender matches."""

    talk: Talk | None
    ticket: Ticket | None
    is_theirs: bool


@dataclass(frozen=True, kw_only=True)
class Threads:
    """The rule. `own` is the address people write to, `token` reads the token that a mail was sent to; `mailbox` is the
    keyed hash of an address.
    """

    own: str
    token: Callable[[Mail, str], str | None]
    mailbox: Callable[[str], str]

    def of(self, tx: Any, mail: Mail, now: datetime) -> Thread | None:
        """What this mail answers at `now` (UTC), in an open transaction; None for a mail that answers none of ours."""
        owner = self._owner(tx, mail, now)
        if owner is None or mail.sender is None:
            return None
        talk: Talk | None = tx.people.talk(owner)
        ticket: Ticket | None = tx.work.ticket(owner)
        if talk is None and ticket is not None and ticket.talk:
            talk = tx.people.talk(ticket.talk)
        if ticket is None and talk is not None:
            ticket = next(reversed(tx.work.tickets_of_talk(talk.id)), None) or ticket_spoken_about(tx, talk)
        if talk is None and ticket is None:
            return None
        return Thread(talk=talk, ticket=ticket, is_theirs=self._is_theirs(tx, mail.sender, talk, ticket))

    def ref_of(self, tx: Any, mail: Mail, now: datetime) -> str | None:
        """The reference of the ticket that a mail is heard under; None for a stranger's answer too."""
        found = self.of(tx, mail, now)
        return found.ticket.ref if found is not None and found.is_theirs and found.ticket is not None else None

    def owner_of(self, tx: Any, message_id: str) -> str | None:
        """The ticket or conversation of a mail we sent: its Message-ID is the random id of the step that sent it."""
        local, _, domain = message_id.strip("<> ").rpartition("@")
        if domain.casefold() != self.own.rpartition("@")[2].casefold():
            return None
        owner: str | None = tx.work.owner_of_step(local) or tx.work.owner_of_step(local.rpartition("-")[0])
        return owner

    def _owner(self, tx: Any, mail: Mail, now: datetime) -> str | None:
        token = self.token(mail, self.own)
        link = tx.people.link(token, "reply", now) if token else None
        if link is not None:
            owner: str = link.owner
            return owner
        ids = [one for one in (mail.in_reply_to, *reversed(mail.references)) if one]
        return next((found for one in ids if (found := self.owner_of(tx, one))), None)

    def _is_theirs(self, tx: Any, sender: str, talk: Talk | None, ticket: Ticket | None) -> bool:
        """Whether the sender is an address at which this conversation or ticket is known to be read."""
        here, place = self.mailbox(sender), tx.people.place(talk.id) if talk else None
        if place == (Door.MAIL, here):
            return True
        known = [tx.work.content(ticket.id, kind) for kind in ADDRESSES] if ticket else []
        return any(self.mailbox(one) == here for one in known if one)
