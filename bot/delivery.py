"""Delivery: the landing pages behind mailed links, and what they let a person do after a second look at who they are.

Promise: opening a link shows nothing and releases nothing; a copy leaves only after a fresh login (a grant of ten
minutes) or a second code to the address frozen at verification, which must still be on file; at most five completed
downloads, those under way counted too; a red alert freezes it at once. Limits: pages and cookies are in
handlers/pages.py.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from bot import record, whose
from bot.core import identity
from bot.core.clock import FETCHES, last_copy_day
from bot.core.deadlines import local_date
from bot.core.events import Alarmed, Fetched, Nudge, Proved, Stopped
from bot.core.identity import CODE_LIFE, CODES_PER_DAY, Check
from bot.core.model import Challenge, Flag, Identity, Level, Purpose, Right, Status, Ticket
from bot.core.turn import CodeToSend
from bot.desk import Desk
from bot.fulfil import Fulfiller
from bot.ports import Safe, SourceDown


@dataclass(frozen=True, kw_only=True)
class Landing:
    """What a page may show before anything is proved: the label, the language, the last day. No name, no content."""

    kind: str
    ref: str
    lang: str
    until: datetime | None = None
    last_day: date | None = None
    size: int = 0
    left: int = 0
    is_frozen: bool = False
    right: Right | None = None
    too_late: str = ""
    """Why a stop came too late: 'done' when it was carried out, 'over' when it ended otherwise, else empty."""


@dataclass(frozen=True, kw_only=True)
class Download:
    """A copy that may leave now: its bytes from a position on, its size and its file name."""

    pieces: Iterator[bytes]
    start: int
    size: int
    name: str
    ticket: str


class Delivery:
    """What stands behind the links in mails."""

    def __init__(self, *, desk: Desk, fulfiller: Fulfiller, safe: Safe) -> None:
        """Wire it."""
        self._desk = desk
        self._fulfiller = fulfiller
        self._safe = safe
        self._under_way: Counter[str] = Counter()

    async def landing(self, token: str, *kinds: str) -> Landing | None:
        """What is behind a link, or None when it has ended."""
        found = await self._ticket(token, *kinds)
        if found is None:
            return None
        kind, ticket = found
        copy = ticket.copy
        return Landing(
            kind=kind,
            ref=ticket.ref,
            lang=ticket.lang,
            until=copy.until if copy else None,
            last_day=last_copy_day(copy) if copy else None,
            size=copy.size if copy else 0,
            left=max(0, FETCHES - copy.fetched) if copy else 0,
            is_frozen=ticket.is_held,
            right=ticket.right,
        )

    async def _ticket(self, token: str, *kinds: str) -> tuple[str, Ticket] | None:
        now = self._desk.clock()

        def read(tx: Any) -> tuple[str, Ticket] | None:
            for kind in kinds:
                link = tx.people.link(token, kind, now)
                ticket = tx.work.ticket(link.owner) if link else None
                if ticket is not None:
                    return kind, ticket
            return None

        return await self._desk.store.read(read)

    # ---- the second code

    async def send_code(self, token: str, kind: str) -> bool:
        """Send a code to the frozen address. False when it may not be sent now; the page's words are the same."""
        found = await self._ticket(token, kind)
        if found is None:
            return False
        _, ticket = found
        if kind == "check" and ticket.talk is not None:
            return await self._desk.send_code_again(ticket.talk)
        address = await self._desk.store.read(lambda tx: self._address(tx, ticket, kind))
        if address is None or (kind == "copy" and not await self._still_on_file(ticket, address)):
            return False
        purpose = Purpose.DOWNLOAD if kind == "copy" else Purpose.IDENTITY
        return await self._desk.store.tx(lambda tx: self._queue(tx, ticket, address, purpose))

    def _address(self, tx: Any, ticket: Ticket, kind: str) -> str | None:
        address: str | None = tx.work.content(ticket.id, "delivery" if kind == "copy" else "mailbox")
        return address

    async def _still_on_file(self, ticket: Ticket, address: str) -> bool:
        """The address frozen at verification is compared again at delivery; a difference stops it and tells staff."""
        try:
            contacts = await self._fulfiller.contacts(ticket.id)
        except SourceDown:
            return False
        if identity.canonical(address) in {identity.canonical(one) for one in contacts}:
            return True
        if await self._desk.store.read(lambda tx: self._was_erased(tx, ticket, address)):
            return True
        await self._desk.nudge(ticket.id, Nudge(rung="address_changed", who="red"))
        return False

    def _was_erased(self, tx: Any, ticket: Ticket, address: str) -> bool:
        """True when the address left the file because this person's data was erased here, at their own request."""
        mailbox = tx.work.tickets_of_subject(self._desk.shares.mailbox(address))
        gone = (*whose.of_the_same_person(tx, ticket), *mailbox)
        return any(
            one.right is Right.ERASURE
            and one.status is Status.DONE
            and identity.canonical(tx.work.content(one.id, "delivery") or "") == identity.canonical(address)
            for one in gone
        )

    def _queue(self, tx: Any, ticket: Ticket, address: str, purpose: Purpose) -> bool:
        now = self._desk.clock()
        mailbox = self._desk.shares.mailbox(address)
        if tx.people.counted(record.code_counter(mailbox, purpose), local_date(now).isoformat()) >= CODES_PER_DAY:
            return False
        challenge = Challenge(
            id=self._desk.fresh(),
            talk=ticket.id,
            purpose=purpose,
            nonce=self._desk.fresh(),
            mailbox=mailbox,
            made_at=now,
            ends_at=now + CODE_LIFE,
            ticket=ticket.id,
        )
        record.queue_code(
            tx, self._desk.pen, CodeToSend(challenge=challenge, address=address, tickets=(ticket.id,)), now
        )
        tx.work.replace_content(self._desk.fresh(), owner=ticket.id, kind=f"code_{purpose}", text=challenge.id, at=now)
        return True

    async def typed(self, token: str, kind: str, text: str) -> tuple[Check, str]:
        """Judge a code typed on a page. RIGHT brings what it opens: a grant for a copy, nothing more for a check."""
        found = await self._ticket(token, kind)
        code = identity.typed_code(text)
        if found is None:
            return Check.OVER, ""
        if code is None:
            return Check.WRONG, ""
        _, ticket = found
        if kind == "check" and ticket.talk is not None:
            return await self._desk.prove_on_page(ticket.talk, code), ""
        purpose = Purpose.DOWNLOAD if kind == "copy" else Purpose.IDENTITY
        return await self._desk.store.tx(lambda tx: self._judge(tx, ticket, purpose, code))

    def _judge(self, tx: Any, ticket: Ticket, purpose: Purpose, code: str) -> tuple[Check, str]:
        challenge_id = tx.work.content(ticket.id, f"code_{purpose}")
        challenge = tx.people.challenge(challenge_id) if challenge_id else None
        if challenge is None:
            return Check.OVER, ""
        check = self._desk.checks.spend(tx, challenge, code, talk=ticket.id)
        if check is not Check.RIGHT:
            return check, ""
        if purpose is Purpose.DOWNLOAD:
            return check, self._desk.turns.grant(tx, ticket.id, who="code")
        self._prove(tx, ticket, challenge)
        return check, ""

    def _prove(self, tx: Any, ticket: Ticket, challenge: Challenge) -> None:
        """A request that came by phone or post is proved on its page, as in the chat."""
        now = self._desk.clock()
        for kind in ("mailbox", "delivery"):
            text = tx.work.content(challenge.id, kind)
            tx.work.replace_content(self._desk.fresh(), owner=ticket.id, kind=kind, text=text, at=now)
        proof = Identity(level=Level.MAILBOX, at=now, door=ticket.door, mailbox=challenge.mailbox)
        self._desk.apply_in(tx, f"proved:{challenge.id}", ticket.id, Proved(by="person", identity=proof))

    # ---- the copy

    @asynccontextmanager
    async def download(self, grant: str, *, start: int = 0) -> AsyncIterator[Download | None]:
        """The copy behind a grant, from a byte on; None when it may not leave (ended, frozen, fetched five times).

        While the context is open its download is under way and has its place among the five: a place is taken before
        the count is read, and given back after it is written, so that no order of events lets a sixth one through.
        A start beyond the end is no part of this copy: it is then given whole (RFC 9110, 14.2: a range may be ignored).
        """
        known = await self._released(grant)
        if known is None:
            yield None
            return
        self._under_way[known.id] += 1
        place = self._under_way[known.id]
        try:
            ticket = await self._released(grant)
            yield self._download(ticket, place, start) if ticket is not None else None
        finally:
            self._under_way[known.id] -= 1
            self._under_way = +self._under_way

    def _download(self, ticket: Ticket, place: int, start: int) -> Download | None:
        copy = ticket.copy
        if copy is None or copy.fetched + place > FETCHES:
            return None
        start = start if start < copy.size else 0
        pieces = self._safe.reader(copy.object_id, ticket.id, "parcel", start=start)
        return Download(pieces=pieces, start=start, size=copy.size, name=f"{ticket.ref}.zip", ticket=ticket.id)

    async def page(self, grant: str) -> bytes | None:
        """The copy's first page, to read in the browser."""
        ticket = await self._released(grant)
        if ticket is None or ticket.copy is None:
            return None
        return b"".join(self._safe.reader(f"{ticket.copy.object_id}-page", ticket.id, "page"))

    async def _released(self, grant: str) -> Ticket | None:
        found = await self._ticket(grant, "grant")
        if found is None or found[1].is_held or Flag.ALARM in found[1].flags:
            return None
        ticket = found[1]
        return ticket if ticket.copy is not None and self._desk.clock() < ticket.copy.until else None

    async def fetched(self, ticket_id: str) -> None:
        """A download was completed: count it, not the attempt."""
        await self._desk.apply(f"fetched:{self._desk.fresh()}", ticket_id, Fetched(by="person"))

    # ---- stop and undo

    async def stop(self, token: str) -> Landing | None:
        """Hold a deletion or a contact change for staff. Pressing again changes nothing; the clock runs on.

        What is over can't be held: staff get a red alert instead, and the page says so.
        """
        found = await self._ticket(token, "stop")
        if found is None:
            return None
        ticket_id = found[1].id
        over = await self._desk.store.tx(lambda tx: self._stop(tx, ticket_id))
        landing = await self.landing(token, "stop")
        return replace(landing, too_late=over) if landing else None

    def _stop(self, tx: Any, ticket_id: str) -> str:
        applied = self._desk.apply_in(tx, f"stop:{self._desk.fresh()}", ticket_id, Stopped(by="person"))
        if applied.done or applied.ticket is None:
            return ""
        self._desk.apply_in(tx, f"alarm:{self._desk.fresh()}", ticket_id, Alarmed(by="person", kind="not_me"))
        return "done" if applied.ticket.status is Status.DONE else "over"

    async def not_me(self, token: str) -> None:
        """Whoever got a copy's mail did not ask for it: freeze and tell staff."""
        found = await self._ticket(token, "copy", "grant")
        if found is not None:
            await self._desk.apply(f"alarm:{self._desk.fresh()}", found[1].id, Alarmed(by="person", kind="not_me"))

    async def undo(self, token: str) -> bool:
        """Take a suppression back, on the word of whoever reads that mailbox."""
        found = await self._ticket(token, "undo")
        if found is None:
            return False
        address = await self._desk.store.read(lambda tx: tx.work.content(found[1].id, "address"))
        await self._fulfiller.unsuppress(address)
        return True
