"""Shares of the day: how many codes, mails, answers and lines an address, a place or a conversation may cause.

Promise: addresses and places are counted under keyed hashes, over every door, known ones like unknown ones; a day is a
local one. Limits: it says whether a share is used up; what is done then is its caller's.
"""

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


class Shares:
    """Counts, and the keyed hashes it counts under."""

    def __init__(self, *, store: Transactions, clock: Clock, hash_key: bytes) -> None:
        """Nothing is read here; `hash_key` (32 bytes) has to stay the same."""
        self._store, self._clock, self._hash_key = store, clock, hash_key

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

    def is_too_fast(self, tx: Any, talk: Talk) -> bool:
        """Count one line of a conversation against its share of this minute; True when the share is used up."""
        now = self._clock()
        number: int = tx.people.count(f"lines:{talk.id}:{now:%H:%M}", local_date(now).isoformat())
        return number > LINES_PER_MINUTE
