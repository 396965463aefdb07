"""Codes: what somebody typed is judged, counted and spent.

Promise: every attempt is counted in the transaction that judges it, per code and per address, purpose and day; a right
code is good once, in the conversation that asked for it; an address too young proves nobody. Limits: how a code is made
and compared are core's rules (bot/core/identity.py).
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot import record
from bot.core import identity
from bot.core.deadlines import local_date
from bot.core.identity import Check
from bot.core.model import Challenge, Purpose, Talk
from bot.core.turn import Heard
from bot.ports import Clock
from bot.shares import Shares


class Checks:
    """Judges typed codes."""

    def __init__(self, *, code_key: bytes, shares: Shares, clock: Clock) -> None:
        """`code_key` (32 bytes) is what codes are derived from."""
        self._code_key, self._shares, self._clock = code_key, shares, clock

    def judged(self, tx: Any, talk: Talk, heard: Heard) -> Heard:
        """Add what only the desk can know: the address's keyed hash, and what became of a typed code."""
        mailbox = self._shares.mailbox(heard.address) if heard.address else None
        typed = identity.typed_code(heard.text)
        challenge = tx.people.challenge(talk.challenge) if typed and talk.challenge else None
        if typed is None or challenge is None:
            return replace(heard, mailbox=mailbox)
        check = self.spend(tx, challenge, typed, talk=talk.id)
        return replace(heard, code=check, mailbox=challenge.mailbox, purpose=challenge.purpose, about=challenge.ticket)

    def spend(self, tx: Any, challenge: Challenge, typed: str, *, talk: str) -> Check:
        """Count one attempt on a code, judge it, and spend it when it is right; capped per address, purpose and day."""
        now = self._clock()
        counter, today = f"wrong:{challenge.purpose}:{challenge.mailbox}", local_date(now).isoformat()
        if tx.people.counted(counter, today) >= identity.ATTEMPTS_PER_DAY:
            return Check.SPENT
        if not tx.people.try_challenge(challenge.id, now):
            return Check.OVER
        result = identity.check(self._code_key, challenge, typed, talk=talk, now=now)
        if result is Check.RIGHT and not tx.people.use_challenge(challenge.id, now):
            return Check.OVER
        if result is Check.WRONG:
            tx.people.count(counter, today)
        is_quarantined = challenge.purpose is Purpose.IDENTITY and self._is_new_address(tx, challenge.mailbox, now)
        return Check.SPENT if result is Check.RIGHT and is_quarantined else result

    def _is_new_address(self, tx: Any, mailbox: str, now: datetime) -> bool:
        """True while an address that came by a contact change is too young to prove anybody."""
        since = tx.work.seen_at(record.changed_key(mailbox))
        return since is not None and now - since < identity.QUARANTINE
