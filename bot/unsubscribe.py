"""Unsubscribe links that the platform puts into its mails, and whether an address may be mailed at all.

Promise: a link is minted for any address, known or not, and holds it encrypted, so nothing is stored until somebody
presses; pressing files a marketing objection like any other (Art. 21(2)-(3)), which suppresses that address in that
scope, and says the same whether or not it was on a list. Limits: links never end; whoever has one can do this one
thing and no other.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot import record
from bot.core.deadlines import local_date
from bot.core.filing import reference
from bot.core.identity import addresses_in, keyed
from bot.core.lifecycle import opened
from bot.core.model import Door, Right, Ticket
from bot.core.suppression import Suppression, widest
from bot.desk import Desk
from bot.ports import Source

ACTS_PER_DAY = 5
"""Objections filed per address and scope on one local day; it is suppressed by the first, more are answered alike."""

NONCE_BYTES = 12
TOKEN_LIMIT = 1200
_FOR = b"unsubscribe link"


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Whom a link is for: an address, the scope of the mail (empty, or one client's tenant), and their language."""

    address: str
    scope: str = ""
    lang: str = "en"


class Unsubscribing:
    """Mints links, shows what is behind them, and acts when pressed."""

    def __init__(self, *, desk: Desk, sources: Iterable[Source], nonce: Callable[[int], bytes]) -> None:
        """`nonce` gives that many random bytes."""
        self._desk = desk
        self._sources = tuple(sources)
        self._nonce = nonce
        self._cipher = AESGCM(hmac.digest(desk.keys.hashes, _FOR, hashlib.sha256))

    def link(self, reader: Reader) -> str:
        """The address of the page for this reader. ValueError for what is not one plain mail address."""
        if addresses_in(reader.address) != (reader.address,) or len(reader.scope) > 100:
            raise ValueError("email_missing")
        plain = json.dumps([reader.address, reader.scope, reader.lang]).encode()
        nonce = self._nonce(NONCE_BYTES)
        token = base64.urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, plain, _FOR)).decode().rstrip("=")
        return f"{self._desk.rules.public_url}/unsubscribe/{token}"

    def reader(self, token: str) -> Reader | None:
        """Whom a link is for; None for one that this desk did not mint."""
        if len(token) > TOKEN_LIMIT:
            return None
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            address, scope, lang = json.loads(self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _FOR))
        except (binascii.Error, ValueError, InvalidTag):
            return None
        return Reader(address=address, scope=scope, lang=lang)

    async def press(self, reader: Reader) -> None:
        """Stop marketing to this address in this scope: file the objection; the courier carries it out."""
        await self._desk.store.tx(lambda tx: self._file(tx, reader))

    def _file(self, tx: Any, reader: Reader) -> None:
        now, pen = self._desk.clock(), self._desk.pen
        whose = keyed(
            self._desk.keys.hashes, "unsubscribe", f"{self._desk.shares.mailbox(reader.address)}|{reader.scope}"
        )
        if tx.people.count(f"unsubscribe:{whose}", local_date(now).isoformat()) > ACTS_PER_DAY:
            return
        ticket = Ticket(
            id=self._desk.fresh(),
            ref=reference(now, tx.work.next_number(local_date(now).year)),
            right=Right.OBJECTION_MARKETING,
            group=self._desk.fresh(),
            door=Door.MAIL,
            lang=reader.lang,
            received_at=now,
        )
        contents = {"address": reader.address, **({"scope": reader.scope} if reader.scope else {})}
        for kind, text in contents.items():
            tx.work.put_content(self._desk.fresh(), owner=ticket.id, kind=kind, text=text, at=now)
        record.file(tx, pen, opened(ticket, now), now)

    async def blocked(self, address: str, scope: str) -> Suppression | None:
        """Why the address may not be mailed or imported in this scope; None when no source has it suppressed.

        Raises SourceDown and SourceRefused.
        """
        found = [await source.suppression(address, scope=scope) for source in self._sources]
        return widest(one for one in found if one is not None)

    def now(self) -> datetime:
        """The desk's time, by which a block ends."""
        return self._desk.clock()
