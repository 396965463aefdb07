"""The post room: a mail that came in is kept, then read, and goes where it belongs.

Promise: the raw mail is stored before anybody reads it; the same mail is taken once; what is not for the desk leaves no
trace but its keyed hash, what is unsure waits for staff (its copy at most 14 days), a machine is never answered. A
reply is recognised by our own token or Message-ID from a sender who matches, never by its subject. Limits: it decides
no right and proves nobody: a From header is a claim, and a conversation by mail goes through the code like any other.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

import structlog

from bot import record, saying
from bot.core import identity, sorting
from bot.core.deadlines import local_date
from bot.core.events import AnswerCame, Entry, Nudge, Undelivered
from bot.core.filing import reference
from bot.core.intake import Intake
from bot.core.lifecycle import opened
from bot.core.mail import KeptMail, Mail, is_plain_id
from bot.core.masking import masked
from bot.core.messages import PassedOn
from bot.core.model import Door, Flag, Right, Status, Talk, Ticket
from bot.core.sorting import LooseMail
from bot.core.wording import clean
from bot.desk import Desk
from bot.fulfil import NotNow
from bot.hearing import Ear
from bot.intake import file
from bot.letters import read_letter
from bot.ports import AddressRefused, Safe, Settle
from bot.rawmail import RawMails
from bot.reaching import spoken_about
from bot.sending import Sender
from bot.threads import Thread, Threads

WAITING = frozenset({"unsure", "quarantined"})
"""The states of a mail that staff are asked about."""

FORGED = "dmarc_fail"
"""What our own border mail server says of a mail whose sender is not who it claims: a sign of risk, no proof."""

MAILS_PER_DAY = 40
"""Mails that one address may have heard in a day; beyond that staff look, and nothing answers."""

LOG = structlog.get_logger("post")


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A mail after reading: what it says, and whether it is for the desk (ours, not_ours, unsure)."""

    ear: Ear
    verdict: str


class PostRoom:
    """Takes mails in; implements ports.Taker."""

    def __init__(
        self,
        *,
        desk: Desk,
        safe: Safe,
        sender: Sender,
        own: str,
        read: Callable[[bytes], Mail],
        judge: Callable[[Mail], Judged],
        token: Callable[[Mail, str], str | None],
        settle: Settle | None = None,
    ) -> None:
        """`own` is the address people write to; `settle` tells the mailbox what became of a mail staff placed."""
        self._desk, self._sender, self._own = desk, sender, own
        self._raw = RawMails(desk=desk, safe=safe)
        self._read, self._judge = read, judge
        self._threads = Threads(own=own, token=token, mailbox=desk.shares.mailbox)
        self.settle = settle
        self.heard: Callable[[], None] = lambda: None

    # ---- in

    async def take(self, raw: bytes, arrived: datetime, *, truncated: bool = False) -> str:
        """Keep one raw mail for good, then say whose it is: ours, not_ours, unsure, machine or quarantined.

        `arrived` (UTC) is when it reached the house: the legal clock runs from it. A mail that was taken before gets
        the same answer and no other effect.
        """
        mail = await asyncio.to_thread(self._read, raw)
        mail_id = self._id(mail)
        kept = await self._desk.store.read(lambda tx: tx.people.mail(mail_id))
        if kept is not None and kept.state != "new":
            return str(kept.state)
        if kept is None:
            self.heard()
            await self._raw.keep(mail_id, raw, arrived)
        return await self._go_on(mail_id, mail, truncated=truncated)

    def _id(self, mail: Mail) -> str:
        return identity.keyed(self._desk.keys.hashes, "mail", f"{mail.message_id}|{mail.sender}")

    async def again(self, mail_id: str, object_id: str) -> None:
        """Read a mail whose copy was kept and not yet understood; a copy that no mail has any more is destroyed."""
        kept = await self._desk.store.read(lambda tx: tx.people.mail(mail_id))
        if kept is None or kept.object != object_id:
            await self._raw.destroy(object_id)
        elif kept.state == "new":
            await self._go_on(mail_id, await self._mail(kept), truncated=False)

    async def _mail(self, kept: KeptMail) -> Mail:
        return await asyncio.to_thread(self._read, await self._raw.read(kept))

    # ---- where it belongs

    async def _go_on(self, mail_id: str, mail: Mail, *, truncated: bool) -> str:
        if mail.ignored == "too_complex" or (truncated and not mail.text.strip()):
            return await self._unreadable(mail_id, mail)
        if mail.ignored is not None and mail.ignored not in {"no_sender", "empty"}:
            return await self._machine(mail_id, mail)
        if mail.sender is None or self._is_own(mail.sender):
            return await self._ask_staff(mail_id, mail, "unsure")
        thread = await self._desk.store.read(lambda tx: self._threads.of(tx, mail, self._desk.clock()))
        if thread is not None and not thread.is_theirs:
            return await self._ask_staff(mail_id, mail, "quarantined", about=thread.ticket)
        judged = await asyncio.to_thread(self._judge, mail)
        if thread is None and judged.verdict == "not_ours":
            return await self._done(mail_id, "not_ours")
        if (thread is None and judged.verdict == "unsure") or await self._is_flood(mail):
            return await self._ask_staff(mail_id, mail, "unsure")
        return await self._hear(mail_id, mail, judged, thread)

    def _is_own(self, sender: str) -> bool:
        """Our own address, with or without a token: no person's, and an answer would come back to us."""
        name, _, domain = sender.casefold().rpartition("@")
        return f"{name.partition('+')[0]}@{domain}" == self._own.casefold()

    async def _is_flood(self, mail: Mail) -> bool:
        """Too many of one sender in a day, or in an hour of senders that our own mail server calls forged."""
        assert mail.sender is not None
        if FORGED in mail.hints and not await self._desk.shares.may_hear_forged():
            return True
        name, day = f"mails:{self._desk.shares.mailbox(mail.sender)}", local_date(self._desk.clock()).isoformat()
        number: int = await self._desk.store.tx(lambda tx: tx.people.count(name, day))
        return number > MAILS_PER_DAY

    # ---- a person's mail for the desk

    async def _hear(self, mail_id: str, mail: Mail, judged: Judged, thread: Thread | None) -> str:
        kept = await self._desk.store.read(lambda tx: tx.people.mail(mail_id))
        owner = await self._heard(mail_id, mail, judged, thread, kept.arrived_at)
        return await self._done(mail_id, "ours", owner=owner)

    async def _heard(self, mail_id: str, mail: Mail, judged: Judged, thread: Thread | None, arrived: datetime) -> str:
        """Let the conversation hear it, once; returns the conversation's id."""
        assert mail.sender is not None
        own = thread.talk if thread is not None else None
        lang, answers = judged.ear.heard.lang, own.id if own else await self._of_code(mail, judged)
        talk = await self._desk.come(door=Door.MAIL, address=mail.sender, lang=lang, thread=answers, anew=mail_id)
        await self._desk.store.tx(lambda tx: self._note(tx, talk.id, mail))
        is_elsewhere = thread is not None and thread.ticket is not None and thread.ticket.talk != talk.id
        ear = _with_files(judged.ear, mail)
        if is_elsewhere and not judged.ear.heard.sure and identity.typed_code(ear.stored) is None:
            assert thread is not None
            await self._pass_on(mail_id, talk, ear, thread)
        else:
            await self._desk.hear_mail(talk.id, f"mail:{mail_id}", ear, arrived=arrived)
        return talk.id

    async def _of_code(self, mail: Mail, judged: Judged) -> str:
        """A code that comes in a mail of its own, not in a reply, is for the newest conversation at that address."""
        if mail.sender is None or identity.typed_code(judged.ear.stored) is None:
            return ""
        hash_is = self._desk.shares.place_hash(Door.MAIL, mail.sender)
        talk = await self._desk.store.read(lambda tx: tx.people.talk_at(Door.MAIL, hash_is))
        return talk.id if talk is not None else ""

    def _note(self, tx: Any, talk_id: str, mail: Mail) -> None:
        """Remember which mails an answer has to name, so that it stands in their thread."""
        earlier = (tx.work.content(talk_id, "thread") or "").split()
        ids = [one for one in (*earlier, mail.message_id) if is_plain_id(one)][-10:]
        now = self._desk.clock()
        tx.work.replace_content(self._desk.fresh(), owner=talk_id, kind="thread", text=" ".join(ids), at=now)

    async def _pass_on(self, mail_id: str, talk: Talk, ear: Ear, thread: Thread) -> None:
        """An answer by mail to a request made elsewhere: the colleague who handles it reads it, beside the request."""
        ticket = thread.ticket
        assert ticket is not None

        def write(tx: Any) -> None:
            now, client_id = self._desk.clock(), f"mail:{mail_id}"
            if tx.people.line_of_client(talk.id, client_id) is not None:
                return
            tx.people.say(talk.id, who="person", text=ear.stored, at=now, private=True, client_id=client_id)
            spoken_about(tx, self._desk.fresh, ticket, talk, now)
            saying.say(tx, self._desk.pen, talk, PassedOn(), now)
            saying.relay(tx, self._desk.pen, now)
            if not self._desk.apply_in(tx, f"answer:{mail_id}", ticket.id, AnswerCame(by="person")).done:
                record.nudge(tx, self._desk.pen, ticket, Nudge(rung="answer_came"), now)

        await self._desk.store.tx(write)

    # ---- everything else

    async def _machine(self, mail_id: str, mail: Mail) -> str:
        """No case and no answer; a report that a mail of ours came back is shown on its ticket."""
        bounced = mail.bounced
        if bounced is None or bounced.message_id is None:
            return await self._done(mail_id, "machine")
        message_id, is_over = bounced.message_id, bounced.kind == "permanent"

        def write(tx: Any) -> bool:
            owner = self._threads.owner_of(tx, message_id)
            tickets = [one for one in (tx.work.ticket(owner),) if one] if owner else []
            tickets = tickets or (list(tx.work.tickets_of_talk(owner))[-1:] if owner else [])
            for ticket in tickets if is_over else ():
                self._desk.apply_in(tx, f"bounce:{mail_id}", ticket.id, Undelivered(by="source", what="bounce"))
            return owner is not None

        is_our_own = await self._desk.store.tx(write)
        return await self._done(mail_id, "ours" if is_our_own else "machine")

    async def _unreadable(self, mail_id: str, mail: Mail) -> str:
        if mail.sender is not None:
            with suppress(AddressRefused, NotNow):  # staff are asked all the same
                await self._sender.unread(f"unread-{mail_id}", mail.sender, "en")
        return await self._ask_staff(mail_id, mail, "unsure")

    async def _ask_staff(self, mail_id: str, mail: Mail, state: str, about: Ticket | None = None) -> str:
        """A mail nobody can place for sure: staff say whether it is for the desk; the clock runs from its arrival."""

        def write(tx: Any) -> None:
            kept = tx.people.mail(mail_id)
            if kept.state != "new":
                return
            ticket = self._unsorted(tx, kept, mail, about)
            tx.people.save_mail(replace(kept, state=state, owner=ticket.id))

        await self._desk.store.tx(write)
        return state

    def _unsorted(self, tx: Any, kept: KeptMail, mail: Mail, about: Ticket | None) -> Ticket:
        now, desk = self._desk.clock(), self._desk
        ticket = Ticket(
            id=desk.fresh(),
            ref=reference(now, tx.work.next_number(local_date(now).year)),
            right=Right.UNCLEAR,
            group=desk.fresh(),
            door=Door.MAIL,
            lang="en",
            received_at=kept.arrived_at,
            flags=frozenset({Flag.UNSORTED} if desk.shares.may_have_card(tx) else {Flag.UNSORTED, Flag.FOLDED}),
        )
        ref = about.ref if about else ""
        words = sorting.dumped(LooseMail(sender=mail.sender or "", subject=mail.subject, text=mail.whole, about=ref))
        tx.work.put_content(desk.fresh(), owner=ticket.id, kind="words", text=words, at=now)
        tx.work.put_content(desk.fresh(), owner=kept.id, kind="message_id", text=mail.message_id, at=now)
        begun = opened(ticket, now)
        noted = (Entry(what=sorting.QUARANTINED, by="clock", at=now, facts={"about": ref}),) if ref else ()
        record.file(tx, desk.pen, replace(begun, entries=(*begun.entries, *noted)), now)
        return ticket

    async def was_sorted(self, ticket_id: str) -> None:
        """Staff have said whose a mail is: hear it or leave it; in any case destroy the copy here.

        While nobody has said it, and the copy's days are over, only the copy goes. Raises MailboxDown when the shared
        mailbox can't be told now; all else is done then, and not repeated.
        """
        ticket, mails = await self._desk.store.read(
            lambda tx: (tx.work.ticket(ticket_id), tx.people.mails_of(ticket_id))
        )
        for kept in mails:
            if sorting.is_unsorted(ticket):
                await self._done(kept.id, kept.state)
            else:
                is_ours = ticket.status is not Status.FORWARDED
                await self._placed(kept, is_ours=is_ours, by=ticket.decided_by)

    async def _placed(self, kept: KeptMail, *, is_ours: bool, by: str) -> None:
        """Hear it and destroy its copy, then tell the mailbox: what was done before a crash is not done again."""
        if kept.state in WAITING:
            if is_ours:
                await self._hear_at_last(kept, by=by)
            await self._done(kept.id, "ours" if is_ours else "not_ours")
        await self._settled(kept.id, ours=is_ours)

    async def _hear_at_last(self, kept: KeptMail, *, by: str) -> None:
        """Hear a mail that staff say is ours; where that can't be done, a colleague types who it is from and its words.

        Heard twice, after a crash, it is heard once.
        """
        mail = await self._mail(kept) if kept.object is not None else None
        if mail is not None and mail.sender is not None and not self._is_own(mail.sender):
            judged = _for_staff(await asyncio.to_thread(self._judge, mail))
            await self._heard(kept.id, mail, judged, None, kept.arrived_at)
            return
        intake = Intake(right=Right.UNCLEAR, received_at=kept.arrived_at, door=Door.MAIL, lang="en", by=by, key=kept.id)
        await self._desk.store.tx(lambda tx: file(tx, self._desk.pen, intake, self._desk.clock()))

    async def _settled(self, mail_id: str, *, ours: bool) -> None:
        """Tell the shared mailbox what staff said; the mail's name is kept here until it knows."""
        message_id = await self._desk.store.read(lambda tx: tx.work.content(mail_id, "message_id"))
        if message_id is None:
            return
        if self.settle is not None:
            await self.settle(message_id, ours=ours)
        await self._desk.store.tx(lambda tx: tx.work.drop_contents(mail_id, ("message_id",)))

    async def _done(self, mail_id: str, state: str, *, owner: str | None = None) -> str:
        """Remember what became of a mail and destroy its raw copy: the shared mailbox keeps the original."""

        def write(tx: Any) -> str | None:
            kept = tx.people.mail(mail_id)
            tx.people.save_mail(replace(kept, state=state, owner=owner or kept.owner, object=None))
            if kept.object is not None:
                tx.work.shredded(kept.object, self._desk.clock())
            return cast("str | None", kept.object)

        object_id = await self._desk.store.tx(write)
        if object_id is not None:
            await self._raw.shred(object_id)
        return state


class Bookmark:
    """How far a shared mailbox was read, in the desk's own database. Implements ports.Cursor."""

    def __init__(self, desk: Desk) -> None:
        """Keep it in this desk's store; the mailbox's name stands there as a keyed hash."""
        self._desk = desk

    def _name(self, mailbox: str) -> str:
        return identity.keyed(self._desk.keys.hashes, "cursor", mailbox)

    async def read(self, mailbox: str) -> tuple[int, int] | None:
        """The UIDVALIDITY and the last UID up to which every mail was taken; None when it was never read."""
        return await self._desk.store.read(lambda tx: tx.people.cursor(self._name(mailbox)))

    async def write(self, mailbox: str, validity: int, uid: int) -> None:
        """Every mail up to this UID was taken."""
        await self._desk.store.tx(lambda tx: tx.people.set_cursor(self._name(mailbox), validity=validity, uid=uid))


def judged(mail: Mail) -> Judged:
    """A mail as the desk hears it: what its newest part wants, and whether it is for the desk."""
    reading = read_letter(mail)
    stored = masked(clean(mail.text)) or clean(mail.subject)
    return Judged(
        ear=Ear(heard=replace(reading.heard, text=stored), stored=stored),
        verdict="ours" if reading.heard.ref else reading.verdict,
    )


def _for_staff(judged: Judged) -> Judged:
    """What staff say is for the desk, but the reader is not sure of, is a colleague's to answer: they have read it."""
    heard = judged.ear.heard
    if heard.sure and heard.intents != ("other",):
        return judged
    return replace(judged, ear=replace(judged.ear, heard=replace(heard, intents=("human",), sure=True)))


def _with_files(ear: Ear, mail: Mail) -> Ear:
    """Name the files of a mail below its words: they stay in the mailbox, and nobody opens them here."""
    if not mail.attachments:
        return ear
    names = ", ".join(one.name for one in mail.attachments[:10])
    return replace(ear, stored=f"{ear.stored}\n\n[{names}]")
