"""One-time codes and addresses: how a code is made, judged and spent, without ever being stored.

Promise: a code is derived (HMAC-SHA-256 of a secret key over the challenge's random 128-bit nonce, 8 symbols of 32,
one of them at least from 2 to 9, so that "LAAT MAAR" is no guess: 39.8 bits) by the courier that mails it and by the
check, so no table, log or backup holds it. It lives ten minutes, works once, for one purpose, in the conversation that
asked (OWASP ASVS 5.0, 6.5 and 6.6). Limits: it proves a mailbox and nothing more; counting attempts atomically is the
store's work.
"""

import hashlib
import hmac
import re
import unicodedata
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count

from bot.core.model import Challenge, Level, Talk, Ticket

CODE_LIFE = timedelta(minutes=10)
ATTEMPTS_PER_CODE = 5
CODES_PER_DAY = 6
ATTEMPTS_PER_DAY = ATTEMPTS_PER_CODE * CODES_PER_DAY
"""As many as the day's codes allow: a stranger's guesses at their own codes never spend the real person's tries."""

QUARANTINE = timedelta(days=7)
"""After an address was changed, a code to the new one gives no level for so long (rules of the desk)."""
SESSION_AGE = timedelta(minutes=15)
IDLE = timedelta(minutes=30)

SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's alphabet: no I, L, O and U, so that a code can be read aloud."""

_CODE = re.compile(rf"(?=.*[0-9])[{SYMBOLS}ILO]{{8}}")  # letters alone are words
_NO_LETTER = re.compile(r"[2-9]")  # figures that nobody copies as I, L or O
_ADDRESS = re.compile(
    r"(?<![\w.+@%*'&!#$/=?^`{|}~-])([A-Za-z0-9!#$&'+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$&'+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9]))(?!-*[\w@])"
)


class Check(StrEnum):
    """What became of a typed code."""

    RIGHT = "right"
    WRONG = "wrong"
    OVER = "over"
    SPENT = "spent"


def code_of(key: bytes, challenge: Challenge) -> str:
    """The code of a challenge. `key` is the desk's code key (32 bytes or more)."""
    text = f"{challenge.purpose}|{challenge.id}|{challenge.talk}|{challenge.nonce}"
    tries = (_derived(key, f"{text}{'|' * turn}") for turn in count())
    return next(code for code in tries if _NO_LETTER.search(code))


def _derived(key: bytes, text: str) -> str:
    number = int.from_bytes(hmac.digest(key, text.encode(), hashlib.sha256)[:5], "big")
    return "".join(SYMBOLS[(number >> shift) & 31] for shift in range(35, -1, -5))


def shown(code: str) -> str:
    """The code in two groups of four, as mails print it."""
    return f"{code[:4]} {code[4:]}"


def typed_code(text: str) -> str | None:
    """The code in a message that is nothing but a code (spaces, dashes and case do not matter), or None."""
    squeezed = re.sub(r"[\s\-–.]", "", text).upper()
    if not _CODE.fullmatch(squeezed):
        return None
    return squeezed.translate(str.maketrans("ILO", "110"))


def is_alive(challenge: Challenge, now: datetime) -> bool:
    """True while a code can still be used: in time, not used, not replaced, attempts left."""
    is_fresh = challenge.made_at <= now < challenge.ends_at
    return is_fresh and not challenge.replaced and challenge.used_at is None and challenge.attempts < ATTEMPTS_PER_CODE


def from_now(challenge: Challenge, now: datetime) -> Challenge:
    """The same code with its whole life before it: for one whose mail had to wait, so that nobody has seen it yet."""
    return replace(challenge, made_at=now, ends_at=now + CODE_LIFE)


def check(key: bytes, challenge: Challenge, typed: str, *, talk: str, now: datetime) -> Check:
    """Judge a typed code against a challenge that belongs to conversation `talk`; constant-time comparison."""
    if not is_alive(challenge, now) or challenge.talk != talk:
        return Check.OVER
    is_right = hmac.compare_digest(code_of(key, challenge).encode(), typed.encode())
    return Check.RIGHT if is_right else Check.WRONG


def is_proved_to(talk: Talk, ticket: Ticket) -> bool:
    """Whether this conversation carries, now, the proof the ticket was opened with; a ticket without one needs none.

    A conversation outlives its proof (a log-out, thirty idle minutes): until it is given again, nobody there may hear
    of the request or take it back. A session stands for a mailbox where the ticket found that very account, and a
    mailbox for a session where the account's stored address is that mailbox.
    """
    proof, session = ticket.identity, talk.session
    if proof is None:
        return True
    if session is not None:
        return _is_of_account(ticket, session.tenant, session.subject)
    shown = talk.identity
    if shown is None:
        return False
    if shown.level is Level.SESSION:  # a login that was carried to another door
        return _is_of_account(ticket, shown.tenant, shown.subject)
    return shown.mailbox is not None and shown.mailbox in {proof.mailbox, ticket.mailbox}


def _is_of_account(ticket: Ticket, tenant: str | None, subject: str | None) -> bool:
    """Whether an account opened the ticket, or was found by it."""
    proof, here = ticket.identity, (tenant or "", subject or "")
    is_own = proof is not None and proof.level is Level.SESSION and here == (proof.tenant, proof.subject)
    return is_own or here in ticket.subjects


def canonical(address: str) -> str:
    """The form in which addresses are compared and counted: Unicode NFKC, no spaces around, lower case."""
    return unicodedata.normalize("NFKC", address).strip().casefold()


def addresses_in(text: str) -> tuple[str, ...]:
    """The plain mail addresses in a text, in order, without repeats; quoted, commented or Unicode ones are none."""
    found = _ADDRESS.findall(unicodedata.normalize("NFKC", text))
    return tuple(dict.fromkeys(one for one in found if len(one) <= 254 and len(one.split("@")[0]) <= 64))


def keyed(key: bytes, kind: str, text: str) -> str:
    """A keyed hash of a personal value, for matching without keeping it (a plain hash of an address is guessable)."""
    return hmac.digest(key, f"{kind}|{text}".encode(), hashlib.sha256).hex()[:40]
