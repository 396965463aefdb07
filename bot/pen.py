"""The pen that recording writes with, and the keyed hashes under which it finds a person again.

Promise: no address and no account number is a key anywhere; the same person has the same keys at every door. Limits: a
keyed hash proves nobody, it only finds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.core.identity import keyed
from bot.core.model import Level, Session, Talk, Ticket
from bot.texts import Texts

if TYPE_CHECKING:
    from bot.ports import Transaction


@dataclass(frozen=True, kw_only=True)
class Pen:
    """What recording needs besides the transaction: words, chance, and the key for keyed hashes."""

    texts: Texts
    fresh: Callable[[], str]
    hash_key: bytes


def subject_key(pen: Pen, ticket_or_talk: Ticket | Talk) -> str | None:
    """The keyed hash under which a person's tickets and conversations are found again; None before any proof."""
    if isinstance(ticket_or_talk, Talk) and ticket_or_talk.session is not None:
        return session_key(pen, ticket_or_talk.session)
    identity = ticket_or_talk.identity
    if identity is None:
        return None
    if identity.level is Level.SESSION:
        return keyed(pen.hash_key, "subject", f"{identity.tenant}|{identity.subject}")
    return identity.mailbox


def session_key(pen: Pen, session: Session) -> str:
    """The keyed hash of a signed-in person."""
    return account_key(pen, session.tenant, session.subject)


def account_key(pen: Pen, tenant: str, subject: str) -> str:
    """The keyed hash of an account."""
    return keyed(pen.hash_key, "subject", f"{tenant}|{subject}")


def keys_of(pen: Pen, ticket: Ticket) -> frozenset[str]:
    """Every keyed hash under which its person finds a ticket again, at any door: who proved it, whom it found."""
    accounts = {account_key(pen, tenant, subject) for tenant, subject in ticket.subjects}
    own = {key for key in (subject_key(pen, ticket), ticket.mailbox) if key}
    return frozenset(own | accounts)


def is_same_person(tx: "Transaction", talk: Talk, session: Session) -> bool:
    """Whether a login is surely the person who proved a mailbox here: a ticket of that mailbox found this account."""
    here = (session.tenant, session.subject)
    tickets = tx.work.tickets_of_talk(talk.id)
    return any(one.identity and one.identity.mailbox == talk.owner and here in one.subjects for one in tickets)
