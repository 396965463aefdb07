"""Sending: mails to people, each to an address that was known before the conversation or that was itself proved.

Promise: a code goes to the stored spelling when the typed address matches one, else to the typed address: the same
fixed mail, the same steps, nothing of the asker's words. A result's mail goes to the address frozen at verification.
Limits: one mail per step; after a kill the same mail may leave once more with the same Message-ID (SMTP offers no
more).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot import saying
from bot.core import identity
from bot.core.clock import legal_dates
from bot.core.filing import item
from bot.core.intake import BY_HAND
from bot.core.messages import (
    CodeMail,
    CopyEnding,
    CopyReady,
    Filed,
    IdentityReminder,
    LateNotice,
    MailUnread,
    Message,
    NoActionNotice,
    Paragraph,
    RecipientNotice,
    Relayed,
    StaffCall,
    StopNotice,
    SuppressionNoted,
)
from bot.core.model import Challenge, Door, Level, Purpose, Right, Ticket
from bot.desk import Desk
from bot.fulfil import Fulfiller, NotNow
from bot.ports import AddressRefused, Letter, Place, Post
from bot.views import cases_of

LINK_LIFE = timedelta(days=120)
"""How long a stop or undo link works: longer than any request can take."""


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """What a mail step needs, read in one transaction."""

    ticket: Ticket | None
    text: str | None
    delivery: str | None
    given: str | None
    asked: str | None
    together: tuple[Ticket, ...]


@dataclass(frozen=True, kw_only=True)
class CodeCase:
    """What a code mail needs: the challenge, the address typed, what it is for, and where it was asked."""

    challenge: Challenge
    typed: str
    tickets: tuple[Ticket, ...]
    door: Door
    lang: str

    @property
    def is_proved(self) -> bool:
        """True for a further code of somebody whose request is proved already: for a new mailbox, or for a copy."""
        is_first = self.challenge.purpose is Purpose.IDENTITY or not self.tickets
        return not is_first and all(ticket.identity is not None for ticket in self.tickets)


class Sender:
    """The courier's hand towards people's mailboxes."""

    def __init__(
        self,
        *,
        desk: Desk,
        post: Post,
        fulfiller: Fulfiller,
        fresh: Callable[[], str],
        own: str,
        contact: str = "",
    ) -> None:
        """`own` is the address people write to; `contact` is whom the last rung of the ladder reaches."""
        self._contact = contact
        self._own = own
        self._desk = desk
        self._post = post
        self._fulfiller = fulfiller
        self._fresh = fresh

    async def code(self, step_id: str, challenge_id: str, ticket_ids: str) -> None:
        """Mail a one-time code. The same look-up and the same mail for every address."""
        case = await self._code_case(challenge_id, ticket_ids)
        if case is None:
            return
        tickets, now = case.tickets, self._desk.clock()
        has_no_chat = bool(tickets) and (tickets[0].talk is None or tickets[0].door is Door.MAIL)
        if (has_no_chat or case.door is Door.MAIL) and now >= case.challenge.ends_at:
            # The mail server was away; nobody has seen this code, and its mail is all they are going to see.
            case = replace(case, challenge=identity.from_now(case.challenge, now))
        challenge, typed = case.challenge, case.typed
        if identity.is_alive(challenge, now) and not case.is_proved:
            await self._within_fuse(case.door)
        stored = await self._fulfiller.stored_spelling(typed)
        is_identity = challenge.purpose is not Purpose.NEW_MAILBOX
        address = stored if stored and is_identity else typed
        await self._remember(challenge, address, stored=stored is not None)
        if not identity.is_alive(challenge, now):
            return
        is_by_page = has_no_chat and challenge.purpose is Purpose.IDENTITY
        until = self._desk.clock() + LINK_LIFE
        link = await self._link("check", tickets[0].id, until=until) if is_by_page else ""
        by_mail = challenge.talk if case.door is Door.MAIL else ""
        await self._send(step_id, address, self._code_mail(case, link), case.lang, tickets, talk=by_mail)

    def _code_mail(self, case: "CodeCase", link: str) -> CodeMail:
        challenge, tickets = case.challenge, case.tickets
        is_first = challenge.purpose is Purpose.IDENTITY
        return CodeMail(
            code=identity.shown(identity.code_of(self._desk.keys.codes, challenge)),
            purpose=challenge.purpose,
            rights=tuple(item(ticket) for ticket in tickets) if is_first else (),
            latest=min((legal_dates(ticket).unpaused_due for ticket in tickets), default=None) if is_first else None,
            door=case.door,
            made_at=challenge.made_at,
            minutes=int(identity.CODE_LIFE.total_seconds() // 60),
            link=link,
        )

    async def _code_case(self, challenge_id: str, ticket_ids: str) -> "CodeCase | None":
        def read(tx: Any) -> CodeCase | None:
            challenge, typed = tx.people.challenge(challenge_id), tx.work.content(challenge_id, "mailbox")
            if challenge is None or typed is None:
                return None
            found = (tx.work.ticket(ticket_id) for ticket_id in ticket_ids.split(",") if ticket_id)
            tickets = tuple(ticket for ticket in found if ticket is not None)
            told = next(iter(tickets), None) or tx.people.talk(challenge.talk)
            door, lang = (told.door, told.lang) if told is not None else (Door.WEB, "en")
            return CodeCase(challenge=challenge, typed=typed, tickets=tickets, door=door, lang=lang)

        return await self._desk.store.read(read)

    async def _remember(self, challenge: Challenge, address: str, *, stored: bool) -> None:
        """Freeze where this code went before it leaves: it is where results may go once it is answered."""

        def write(tx: Any) -> None:
            now = self._desk.clock()
            tx.work.replace_content(self._fresh(), owner=challenge.id, kind="delivery", text=address, at=now)
            tx.people.save_challenge_match(replace(challenge, stored=stored))

        await self._desk.store.tx(write)

    # ---- everything else

    async def mail(self, step_id: str, ticket_id: str, content_id: str) -> bool:
        """Mail a message about a ticket. False when no address is known that may have it."""

        def read(tx: Any) -> Outgoing:
            ticket = tx.work.ticket(ticket_id)
            return Outgoing(
                ticket=ticket,
                text=tx.work.content_by_id(content_id),
                delivery=tx.work.content(ticket_id, "delivery"),
                given=tx.work.content(ticket_id, "address"),
                asked=tx.work.content(ticket_id, "mailbox"),
                together=tx.work.tickets_of_group(ticket.group) if ticket else (),
            )

        out = await self._desk.store.read(read)
        if out.ticket is None or out.text is None:
            return False
        message = saying.loaded(out.text)
        address = out.delivery or await self._address_on_file(out.ticket) or _by_hand(out, message)
        if address is None and isinstance(message, IdentityReminder | NoActionNotice | LateNotice):
            address = await self._address_asked(out.ticket)
        if address is None:
            return await self._suppression_noted(step_id, out.ticket)
        if isinstance(message, CopyReady | CopyEnding) and out.ticket.copy is not None:
            message = replace(message, link=await self._link("copy", out.ticket.id, until=out.ticket.copy.until))
        about = out.together if isinstance(message, Filed) else (out.ticket,)
        await self._send(step_id, address, message, out.ticket.lang, about)
        return True

    async def _address_on_file(self, ticket: Ticket) -> str | None:
        """A signed-in person's stored address; frozen with the ticket when it is first needed."""
        if ticket.identity is None or ticket.identity.level is not Level.SESSION:
            return None
        contacts = await self._fulfiller.contacts(ticket.id)
        if not contacts:
            return None

        def write(tx: Any) -> None:
            now = self._desk.clock()
            tx.work.replace_content(self._fresh(), owner=ticket.id, kind="delivery", text=contacts[0], at=now)

        await self._desk.store.tx(write)
        return contacts[0]

    async def _address_asked(self, ticket: Ticket) -> str | None:
        """Where a code went that nobody answered: it may have the reminder and the notice, within its share of mail."""
        asked: str | None = await self._desk.store.read(lambda tx: tx.work.content(ticket.id, "asked"))
        return asked if asked and await self._desk.shares.may_write_to(asked) else None

    async def stop_notice(self, step_id: str, ticket_id: str, waits_until: datetime) -> None:
        """Tell every contact on file that a deletion waits, with a stop button for each."""
        ticket = await self._desk.store.read(lambda tx: tx.work.ticket(ticket_id))
        refused: AddressRefused | None = None
        for number, address in enumerate(await self._fulfiller.contacts(ticket_id)):
            link = await self._link("stop", ticket_id, until=self._desk.clock() + LINK_LIFE)
            message = StopNotice(ref=ticket.ref, waits_until=waits_until, link=link, right=ticket.right)
            try:
                await self._send(f"{step_id}-{number}", address, message, ticket.lang, (ticket,))
            except AddressRefused as problem:  # the other contacts still have to hear of it
                refused = problem
        if refused:
            raise refused

    async def staff_call(self, step_id: str, ticket: Ticket, rung: str) -> None:
        """Tell the house's contact by mail too, because Slack may be down; without names."""
        if not self._contact:
            return
        due = legal_dates(ticket).queue_date
        message = StaffCall(ref=ticket.ref, right=ticket.right, rung=rung, due=due)
        await self._send(step_id, self._contact, message, "en")

    async def recipient_notice(self, step_id: str, to: str, notice: RecipientNotice) -> None:
        """Write to a recipient of the data what was done and what they have to do (Art. 19)."""
        await self._send(step_id, to, notice, "en")

    async def _suppression_noted(self, step_id: str, ticket: Ticket) -> bool:
        """One confirmation with undo to a stranger's address: the same whether or not it was on a list, and capped."""
        if ticket.right is not Right.OBJECTION_MARKETING or ticket.identity is not None:
            return False
        address, scope = await self._desk.store.read(
            lambda tx: (tx.work.content(ticket.id, "address"), tx.work.content(ticket.id, "scope"))
        )
        # "No more mail from us" would not be true of a client's mail: the page they pressed on has said it all.
        if address is None or scope or not await self._desk.shares.may_write_to(address):
            return False
        await self._within_fuse(ticket.door)
        link = await self._link("undo", ticket.id, until=self._desk.clock() + LINK_LIFE)
        await self._send(step_id, address, SuppressionNoted(link=link), ticket.lang, (ticket,))
        return True

    async def _link(self, kind: str, ticket_id: str, *, until: datetime) -> str:
        token, now = self._fresh(), self._desk.clock()

        def write(tx: Any) -> None:
            tx.people.add_link(token, kind=kind, owner=ticket_id, who="", made_at=now, ends_at=until)

        await self._desk.store.tx(write)
        return f"{self._desk.rules.public_url}/{kind}/{token}"

    async def say(self, place: Place, lines: tuple[Any, ...], *, key: str) -> None:
        """What the desk said in a conversation by mail, as one mail in its thread. Implements ports.Outward.

        Nobody gets more than their share a day, so that two machines that answer each other come to an end.
        """
        talk = await self._desk.store.read(lambda tx: tx.people.talk(place.talk))
        if talk is None or talk.owner is None:
            await self._within_fuse(place.door)
        if not await self._desk.shares.may_answer(place):
            return
        await self._send(key, place.address, relayed(lines, self._desk.rules.chat_url), place.lang, talk=place.talk)

    async def unread(self, key: str, address: str, lang: str) -> None:
        """Tell somebody that their mail could not be read; within their share of the day.

        Raises NotNow when the house has said enough to strangers in this hour.
        """
        await self._within_fuse(Door.MAIL)
        if await self._desk.shares.may_write_to(address):
            await self._send(key, address, MailUnread(), lang)

    async def _within_fuse(self, door: Door) -> None:
        """An answer to somebody who has proved nothing waits while the house has said enough; the clocks run on.

        What a colleague filed by hand is no stranger's doing.
        """
        if door not in BY_HAND and not await self._desk.shares.may_answer_strangers(door):
            raise NotNow("flood")

    async def _send(
        self,
        step_id: str,
        address: str,
        message: Message,
        lang: str,
        about: tuple[Ticket, ...] = (),
        *,
        talk: str = "",
    ) -> None:
        mail = self._desk.texts.mail(message, lang, cases=cases_of(about))
        by_mail = talk or next((one.talk for one in about if one.talk and one.door is Door.MAIL), "")
        owner = by_mail or (about[0].id if about else "")
        name, _, domain = self._own.rpartition("@")
        token, thread = await self._desk.store.tx(lambda tx: self._thread(tx, owner, by_mail))
        letter = Letter(
            to=address,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            message_id=f"<{step_id}@{domain}>",
            lang=lang,
            reply_to=f"{name}+{token}@{domain}" if token else "",
            thread=thread,
        )
        await self._post.send(letter)

    def _thread(self, tx: Any, owner: str, talk: str) -> tuple[str, tuple[str, ...]]:
        """The token under which an answer is recognised, and the mails of theirs that this one answers."""
        kept = tx.work.content(talk, "thread") if talk else None
        return (self._desk.visits.reply_token(tx, owner) if owner else ""), tuple(kept.split()) if kept else ()


def _by_hand(out: Outgoing, message: Message) -> str | None:
    """The address a colleague noted with a request by phone or post: it may have what needs no proof.

    That is what is said of such a right, and a colleague's own words. A marketing objection has a mail of its own.
    """
    assert out.ticket is not None
    if out.ticket.door not in BY_HAND or out.ticket.right is Right.OBJECTION_MARKETING:
        return None
    return out.given or (out.asked if isinstance(message, Relayed) else None)


def relayed(lines: tuple[Any, ...], chat_url: str) -> Relayed:
    """Chat lines as a mail: plain paragraphs, the words of the last line's buttons as answers, its links."""
    texts = [text.strip() for line in lines for text in line.text.replace("**", "").split("\n") if text.strip()]
    paragraphs = tuple(Paragraph(text=text.removeprefix("- "), is_point=text.startswith("- ")) for text in texts)
    buttons = lines[-1].buttons
    links = [(label, href) for label, _act, _arg, href in buttons if href]
    links += [(label, chat_url) for label, act, _arg, _href in buttons if act == "sign_in" and chat_url]
    answers = tuple(label for label, act, _arg, href in buttons if not href and act != "sign_in")
    return Relayed(paragraphs=paragraphs, answers=answers, links=tuple(links))
