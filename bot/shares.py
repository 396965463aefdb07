"""Shares of the day: how many codes, mails, answers and lines an address, a place or a conversation may cause.

Promise: addresses and places are counted under keyed hashes, over every door, known ones like unknown ones; a day is a
local one. Fuses hold for the whole house and an hour: what strangers may cause together. Limits: it says whether a
share is used up; what is done then is its caller's.
"""

from dataclasses import dataclass
from typing import Any

from bot import record
from bot.core import identity
from bot.core.deadlines import local_date
from bot.core.identity import CODES_PER_DAY, keyed
from bot.core.model import Door, Purpose, Talk
from bot.ports import Clock, Place, Transactions

LINES_PER_MINUTE = 30
ANSWERS_PER_DAY = 20
"""Mails that one address gets as plain answers in a day; what a request needs to say goes out besides."""

FLOOD = "flood"
"""The kind of step by which staff hear, once an hour, that a fuse of the house has blown; and the ticket it names."""


@dataclass(frozen=True, kw_only=True)
class Fuses:
    """What the whole house does in an hour at most.

    `answers` to strangers by mail, and as many codes asked for in chats; `cards` of mails nobody could place; mails
    heard although our own mail server calls their sender `forged`.
    """

    answers: int = 300
    cards: int = 20
    forged: int = 20


class Shares:
    """Counts, and the keyed hashes it counts under."""

    def __init__(self, *, store: Transactions, clock: Clock, hash_key: bytes, fuses: Fuses) -> None:
        """Nothing is read here; `hash_key` (32 bytes) has to stay the same."""
        self._store, self._clock, self._hash_key, self._fuses = store, clock, hash_key, fuses

    def mailbox(self, address: str) -> str:
        """The keyed hash under which an address is counted and found again."""
        return keyed(self._hash_key, "mailbox", identity.canonical(address))

    def place_hash(self, door: Door, address: str) -> str:
        """The keyed hash under which a place is found again."""
        return self.mailbox(address) if door is Door.MAIL else keyed(self._hash_key, door, address)

    def codes_left(self, tx: Any, mailbox: str, purpose: Purpose = Purpose.IDENTITY) -> bool:
        """Codes are capped per address, purpose and day over every door, known or not; recording a code counts it."""
        counter = record.code_counter(mailbox, purpose)
        number: int = tx.people.counted(counter, local_date(self._clock()).isoformat())
        return number < CODES_PER_DAY

    async def may_write_to(self, address: str) -> bool:
        """Count one unasked mail to an address against its share of the day; False when the share is used up."""
        mailbox, day = self.mailbox(address), local_date(self._clock()).isoformat()
        number: int = await self._store.tx(lambda tx: tx.people.count(record.code_counter(mailbox, "unasked"), day))
        return number <= CODES_PER_DAY

    async def may_answer(self, place: Place) -> bool:
        """Count one answer to a place against its share of the day: a fuse against machines that answer each other."""
        name, day = f"answers:{self.place_hash(place.door, place.address)}", local_date(self._clock()).isoformat()
        number: int = await self._store.tx(lambda tx: tx.people.count(name, day))
        return number <= ANSWERS_PER_DAY

    async def may_answer_strangers(self, door: Door) -> bool:
        """Count one answer to somebody who has proved nothing; False when the house has said enough in this hour.

        Mail has a share of its own, so that a flood of mails keeps nobody in a chat from their code.
        """
        what = "answers_mail" if door is Door.MAIL else "answers_chat"
        return await self._store.tx(lambda tx: self._within(tx, what, self._fuses.answers))

    async def may_hear_forged(self) -> bool:
        """Count one mail whose sender our own mail server calls forged; False when staff should look first."""
        return await self._store.tx(lambda tx: self._within(tx, "forged", self._fuses.forged))

    def may_have_card(self, tx: Any) -> bool:
        """Count one mail nobody could place, in an open transaction; False when it should have no card of its own."""
        return self._within(tx, "cards", self._fuses.cards)

    def _within(self, tx: Any, what: str, limit: int) -> bool:
        now = self._clock()
        name, day = f"{what}:{now:%Y-%m-%dT%H}", local_date(now).isoformat()
        if tx.people.counted(name, day) < limit:
            tx.people.count(name, day)
            return True
        tx.work.queue(f"{FLOOD}-{name}", key=f"{FLOOD}:{name}", ticket=FLOOD, kind=FLOOD, now=now, what=what)
        return False

    def is_too_fast(self, tx: Any, talk: Talk) -> bool:
        """Count one line of a conversation against its share of this minute; True when the share is used up."""
        now = self._clock()
        number: int = tx.people.count(f"lines:{talk.id}:{now:%H:%M}", local_date(now).isoformat())
        return number > LINES_PER_MINUTE
