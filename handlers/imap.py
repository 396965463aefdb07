"""The way in for mail: the shared general mailbox over IMAP, waited on, looked at, and left as it was found.

Promise: every mail is handed over at least once, in spite of kills on either side; the cursor moves on only after it
was taken. Only mails that are the desk's are marked read and moved; all others stay unread and where they are. A fault
of the mailbox never leaves `run`: it reconnects with growing pauses and says so in `state`. Limits: it reads no mail;
one folder, one mail in memory at a time.
"""

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from bot.ports import Clock, Cursor, MailboxDown, Taker
from handlers.imap_answers import Refused, Waiting
from handlers.imap_hand import Hand
from handlers.imap_line import ImapLine, MailboxServer
from handlers.imap_progress import Progress

LARGEST = 30 * 1024 * 1024
"""Bytes. Of a larger mail only the first FIRST bytes are fetched: headers and, as mails are built, the text."""

FIRST = 1024 * 1024
AT_A_TIME = 50
"""Mails between two writes of the cursor: what a kill makes the desk look at again."""

RENEW = 9 * 60.0
"""Seconds of IDLE: RFC 2177 asks for less than 29 minutes, routers forget a silent connection after ten."""

POLL = 60.0
"""Seconds between two looks where the server has no IDLE."""

DEAF_AFTER = timedelta(minutes=20)
"""Two renewals without one good look: nobody hears what people write."""

IN_A_ROW = 5
"""Mails the desk couldn't take one after another before the door stops asking for a while."""

LOG = structlog.get_logger("imap")


@dataclass(frozen=True, kw_only=True)
class Pauses:
    """Seconds between two tries: growing from `first` to `longest`; `login` at least after a wrong password.

    Many servers shut out an address that tries a wrong password again and again.
    """

    first: float = 1.0
    longest: float = 300.0
    login: float = 120.0

    def after(self, tries: int, reason: str, chance: float) -> float:
        """The pause after so many failed tries; `chance` (0 to 1) spreads it over its upper half."""
        grown = min(self.longest, self.first * 2.0 ** min(tries - 1, 30))
        return max(grown, self.login if reason == "login" else 0.0) * (0.5 + chance / 2)


@dataclass(frozen=True, kw_only=True)
class MailboxState:
    """For readiness: whether the mailbox is open, the last good look (UTC), why not, and how many mails still wait."""

    connected: bool = False
    last_success: datetime | None = None
    reason: str = ""
    waiting: int = 0


class MailboxDoor:
    """Reads one shared mailbox; `run` works until it is cancelled."""

    def __init__(
        self,
        *,
        server: MailboxServer,
        taker: Taker,
        cursor: Cursor,
        clock: Clock,
        back_days: int = 30,
        context: ssl.SSLContext | None = None,
        pauses: Pauses | None = None,
        renew: float = RENEW,
        poll: float = POLL,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`back_days`: how far a first look goes for unread mails, and a look after a change of UIDVALIDITY for all."""
        self._server, self._taker, self._cursor, self._clock = server, taker, cursor, clock
        self._back = timedelta(days=back_days + 1)  # SINCE counts the server's local days
        self._context, self._pauses, self._chance = context, pauses or Pauses(), chance
        self._renew, self._poll = renew, poll
        self._name = f"{server.host}/{server.user}/{server.folder}"
        self._began: datetime | None = None
        self._tries = 0
        self._in_a_row = 0
        self._ours: set[int] = set()
        self._kept: tuple[int, int] | None = None
        self.state = MailboxState()

    def alive(self, now: datetime) -> bool:
        """Whether mail is heard: a good look, or the start, at most 20 minutes ago."""
        last = self.state.last_success or self._began
        return last is not None and now - last < DEAF_AFTER

    # ---- the loop

    async def run(self) -> None:
        """Look, wait, look again, and come back after every fault. Ends only by cancellation."""
        self._began = self._clock()
        while True:
            reason = await self._attend()
            self._tries += 1
            pause = self._pauses.after(self._tries, reason, self._chance())
            self.state = replace(self.state, connected=False, reason=reason)
            LOG.warning("mailbox_down", reason=reason, tries=self._tries, seconds=round(pause))
            await asyncio.sleep(pause)

    async def _attend(self) -> str:
        """One connection, from its first look to its end; the reason why it ended."""
        try:
            async with self._connected() as hand:
                await self._watch(hand)
        except MailboxDown as fault:
            return fault.reason
        except Exception as failure:
            LOG.error("mailbox_failed", error=type(failure).__name__)
            return "unexpected"
        return "lost"

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Hand]:
        hand = Hand(ImapLine(self._server, context=self._context))
        try:
            await hand.do(hand.line.open)
            yield hand
        except BaseException:  # a cancellation above all
            hand.tear()
            raise
        hand.leave()

    async def _watch(self, hand: Hand) -> None:
        """Take what waits, then wait for more; ends with a MailboxDown."""
        progress = await self._begin(hand)
        while True:
            await self._take_all(hand, progress)
            self._tries = self._tries + 1 if progress.waiting else 0
            await self._wait(hand, progress)
            progress.add(await hand.do(hand.line.after, progress.top))

    async def _begin(self, hand: Hand) -> Progress:
        """Where to go on: behind the cursor, or at a first look with what may have been missed."""
        opened = await hand.do(hand.line.examine)
        kept = self._kept = await self._cursor.read(self._name)
        if kept is None or kept[0] != opened.validity:
            self._ours.clear()
        if kept is not None and kept[0] == opened.validity:
            progress = Progress(validity=opened.validity, top=kept[1], is_first=False)
        else:
            progress = Progress(validity=opened.validity, top=opened.next_uid - 1, is_first=True)
            day = (self._clock() - self._back).date()
            # After a change of UIDVALIDITY no UID means anything any more: look at all, repeats are recognised.
            progress.add(await hand.do(hand.line.since, day, unread=kept is None))
        progress.add(await hand.do(hand.line.after, progress.top))
        return progress

    async def _wait(self, hand: Hand, progress: Progress) -> None:
        """Until there is news; shorter while a mail waits for another try."""
        longest = self._renew if hand.line.can_idle else self._poll
        seconds = longest
        if progress.waiting:
            seconds = min(longest, self._pauses.after(self._tries, "", self._chance()))
        if hand.line.can_idle:
            await hand.do(hand.line.idle, seconds)
        else:
            await asyncio.sleep(seconds)
            await hand.do(hand.line.noop)

    # ---- taking

    async def _take_all(self, hand: Hand, progress: Progress) -> None:
        """Hand over what waits, some mails at a time; stop for now when the desk takes none."""
        uids, reason, self._in_a_row = progress.waiting, "", 0
        for start in range(0, len(uids) or 1, AT_A_TIME):
            is_well = await self._take_some(hand, progress, uids[start : start + AT_A_TIME])
            reason = await self._tidy(hand, progress) or (reason if is_well else "desk")
            await self._note(progress, reason)
            if self._in_a_row == IN_A_ROW:
                return

    async def _take_some(self, hand: Hand, progress: Progress, uids: list[int]) -> bool:
        """Hand over these mails; False when one of them has to be tried again."""
        there = {mail.uid: mail for mail in await hand.do(hand.line.about, uids)} if uids else {}
        is_well = True
        for uid in uids:
            if uid in there and not await self._take(hand, there[uid]):
                progress.failed(uid)
                is_well, self._in_a_row = False, self._in_a_row + 1
                if self._in_a_row == IN_A_ROW:
                    break
            else:
                progress.taken(uid)
                self._in_a_row = 0
        return is_well

    async def _take(self, hand: Hand, mail: Waiting) -> bool:
        """Fetch one mail and hand it over; False when it has to be tried again."""
        is_large = mail.size > LARGEST
        try:
            raw = await hand.do(hand.line.fetch, mail.uid, first=FIRST if is_large else 0)
        except Refused:
            return False
        if raw is None:  # gone in the meantime
            return True
        try:
            verdict = await self._taker.take(raw, mail.arrived or self._clock(), truncated=is_large)
        except Exception as failure:
            LOG.error("mail_not_taken", error=type(failure).__name__)
            return False
        if verdict == "ours":
            self._ours.add(mail.uid)
        return True

    async def _tidy(self, hand: Hand, progress: Progress) -> str:
        """Mark and move what is the desk's. A server that won't is a reason for staff, not to stop reading."""
        if not self._ours:
            return ""
        try:
            await hand.do(hand.line.tidy, sorted(self._ours), progress.validity)
        except Refused as no:
            return no.reason
        self._ours.clear()
        return ""

    async def _note(self, progress: Progress, reason: str) -> None:
        """A look went well: move the cursor to where a restart may begin, and say so to readiness."""
        safe = progress.safe
        if safe is not None and self._kept != (progress.validity, safe):
            await self._cursor.write(self._name, progress.validity, safe)
            self._kept = progress.validity, safe
        waiting = len(progress.waiting)
        self.state = MailboxState(connected=True, last_success=self._clock(), reason=reason, waiting=waiting)

    # ---- afterwards

    async def settle(self, message_id: str, *, ours: bool) -> bool:
        """After a decision by staff: mark and move the mail that is ours; any other stays as it is.

        Uses a connection of its own, so it works whatever `run` does. False when the mail is no longer in the folder.
        Raises MailboxDown to try again later.
        """
        if not ours:
            return True
        async with self._connected() as hand:
            opened = await hand.do(hand.line.examine)
            uids = await hand.do(hand.line.find, message_id)
            if uids:
                await hand.do(hand.line.tidy, uids, opened.validity)
            return bool(uids)
