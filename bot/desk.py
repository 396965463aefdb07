"""The desk: one event in, one transaction, everything that follows written with it.

Promise: `hear` and its sisters take what people do, `apply` what staff, sources and the clock do; the first line drops
a key that was seen before, the last line has queued the effects; a version conflict runs the whole function again,
which is safe because deciding is pure. Limits: it sends nothing (courier.py) and knows no door.
"""

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, cast

from pydantic import TypeAdapter

from bot import linking, record
from bot.core import identity
from bot.core.clock import legal_dates
from bot.core.conversation import step, wakes_at
from bot.core.deadlines import local_date
from bot.core.events import Event, Nudge, Ticked
from bot.core.identity import CODES_PER_DAY, IDLE, Check, keyed
from bot.core.messages import TooFast, TooLong
from bot.core.model import Asking, Challenge, Door, Purpose, Session, Staffer, Talk, Ticket
from bot.core.moves import IllegalMove
from bot.core.plans import Plan
from bot.core.rights import CORRECTIONS
from bot.core.turn import (
    Heard,
    Hours,
    Input,
    LinkAnswered,
    Linked,
    LinkOpened,
    Opened,
    Pressed,
    Scene,
    SignedIn,
    SignedOut,
    Step,
    WaitedLong,
)
from bot.hearing import TEXT_LIMIT, Ear, listen
from bot.ports import Applied, Clock, Place, TicketView, Transactions
from bot.record import Pen, subject_key
from bot.texts import Case, Texts

PLAN: TypeAdapter[Plan] = TypeAdapter(Plan)
FRESH_IDS = 24
"""Random ids put into each scene: more than any one turn can use."""

TELLING = frozenset({"find", "who", "at_once", "act", "code", "mail", "notify", "inform"})
"""Steps whose failure staff should know of; a card or thread line that waits for Slack explains itself."""

LINES_PER_MINUTE = 30
ANSWERS_PER_DAY = 20
"""Mails that one address gets as plain answers in a day; what a request needs to say goes out besides."""

ADDRESS_ASKED = frozenset({Asking.NOTHING, Asking.MEANING, Asking.ADDRESS, Asking.MARKETING_ADDRESS})
"""What may be open while a mail's sender address counts as the address given."""

GRANT_LIFE = timedelta(minutes=10)
REPLY_LIFE = timedelta(days=3 * 366)
"""As long as the request's file is kept."""


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The desk's secret keys, 32 bytes or more each: codes, and keyed hashes of personal values."""

    codes: bytes
    hashes: bytes


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The settings that conversations need: hours, policy, public address."""

    hours: Hours
    policy_date: date
    policy_url: str
    public_url: str
    chat_url: str = ""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a door must do after a turn besides showing the new lines.

    Refuse with words, offer the login, open a page, tell the device its new `key`, or, when the conversation has
    `moved` out of this visitor's reach, let the device come again.
    """

    seq: int = 0
    refused: str = ""
    sign_in: bool = False
    open_href: str = ""
    key: str = ""
    moved: bool = False


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """The key is right, but the conversation is not for whoever holds it now."""


@dataclass(frozen=True, kw_only=True)
class Seat:
    """Who speaks on a socket: the login it brought, and the key its device proposes for when somebody proves theirs."""

    session: Session | None = None
    spare: str = ""


NOBODY = Seat()
HIDDEN_CODE = "••••"


class Desk:
    """The one place where something happens."""

    def __init__(
        self,
        *,
        store: Transactions,
        texts: Texts,
        clock: Clock,
        fresh: Callable[[], str],
        keys: Keys,
        rules: Rules,
        staff: tuple[Staffer, ...],
    ) -> None:
        """Wire the desk; nothing is read or started here."""
        self.store = store
        self.texts = texts
        self.clock = clock
        self.keys = keys
        self.rules = rules
        self._staff = {member.key: member for member in staff}
        self.fresh = fresh
        self.pen = Pen(texts=texts, fresh=fresh, hash_key=keys.hashes)

    # ---- people

    async def begin(self, *, door: Door, lang: str, hidden: bool = False) -> tuple[Talk, str]:
        """Open a conversation; returns it and the key that its device keeps.

        `hidden` says that an earlier one on this device is not shown to this visitor.
        """
        key, now = self.fresh(), self.clock()
        talk = Talk(id=self.fresh(), door=door, lang=lang, started_at=now, last_at=now)

        def write(tx: Any) -> Talk:
            tx.people.add_talk(talk, key=key)
            self._turn(tx, talk, Opened(hidden=hidden))
            begun: Talk = tx.people.talk(talk.id)
            return begun

        return await self.store.tx(write), key

    async def come(self, *, door: Door, address: str, lang: str, thread: str = "", anew: str = "") -> Talk:
        """The conversation to go on with at a place (a mail address, a Telegram chat id), or a new one there.

        By mail only `thread`, the conversation that a reply surely belongs to, is ever gone on with: a From header
        proves nothing. One that became somebody's and went cold is not gone on with at any door. `anew` is the id of
        a new conversation, so that whoever asks again after a crash gets the same one.
        """
        hash_is = self.place_hash(door, address)

        def write(tx: Any) -> Talk:
            begun: Talk | None = tx.people.talk(anew) if anew else None
            if begun is not None:
                return begun
            talk = tx.people.talk_at(door, hash_is) if door is not Door.MAIL else tx.people.talk(thread)
            is_here = talk is not None and tx.people.place(talk.id) == (door, hash_is)
            if talk is not None and is_here and self.is_at_home(tx, talk, None):
                found: Talk = talk
                return found
            talk = Talk(id=anew or self.fresh(), door=door, lang=lang, started_at=self.clock(), last_at=self.clock())
            return self._begin_at(tx, talk, address=address, hash_is=hash_is)

        return await self.store.tx(write)

    def _begin_at(self, tx: Any, talk: Talk, *, address: str, hash_is: str) -> Talk:
        tx.people.add_talk(talk, key=self.fresh())
        tx.people.add_place(talk.id, door=talk.door, hash_is=hash_is)
        tx.work.put_content(self.fresh(), owner=talk.id, kind="place", text=address, at=talk.started_at)
        if talk.door is not Door.MAIL:  # a mail is answered, not greeted
            self._turn(tx, talk, Opened())
        return _talk(tx, talk.id)

    def reply_token(self, tx: Any, owner: str) -> str:
        """The token in the reply address of mails about a ticket or conversation: 80 keyed bits, kept as a hash.

        It says to what an answer belongs, and that its sender has read our mail; it proves nobody.
        """
        keyed_bits = bytes.fromhex(keyed(self.keys.hashes, "reply", owner))[:10]
        token, now = base64.b32encode(keyed_bits).decode().lower(), self.clock()
        if tx.people.link(token, "reply", now) is None:
            ends_at = now + REPLY_LIFE
            tx.people.add_link(token, kind="reply", owner=owner, who="", made_at=now, ends_at=ends_at)
        return token

    def place_in(self, tx: Any, talk_id: str) -> Place | None:
        """Where a conversation is reached, in an open transaction; None for one that is fetched, or forgotten.

        What was proved under another mailbox than the one somebody writes from goes to the proved one alone.
        """
        talk, found = tx.people.talk(talk_id), tx.people.place(talk_id)
        address = tx.work.content(talk_id, "place")
        if talk is None or found is None or address is None:
            return None
        if talk.door is Door.MAIL and talk.owner not in {None, found[1]}:
            frozen = [tx.work.content(one.id, "delivery") for one in tx.work.tickets_of_talk(talk_id)]
            address = next((one for one in reversed(frozen) if one), None)
        return Place(talk=talk_id, door=talk.door, address=address, lang=talk.lang) if address else None

    def place_hash(self, door: Door, address: str) -> str:
        """The keyed hash under which a place is found again."""
        return self.mailbox(address) if door is Door.MAIL else keyed(self.keys.hashes, door, address)

    async def hear_mail(self, talk_id: str, client_id: str, ear: Ear, *, arrived: datetime) -> Reply:
        """A person wrote a mail that reached the house at `arrived` (UTC); the same `client_id` again does nothing."""
        return await self._in_turn(
            talk_id, client_id, NOBODY, lambda tx, talk: self._mailed(tx, talk, client_id, ear, arrived)
        )

    def _mailed(self, tx: Any, talk: Talk, client_id: str, ear: Ear, arrived: datetime) -> Reply:
        """As `_heard`; whoever is asked nothing else is taken to mean the address they write from."""
        heard = self._judged(tx, talk, ear.heard)
        press = None if heard.code else self._typed_button(tx, talk, ear.stored)
        own = self._own_address(tx, talk)
        if own is not None and heard.address is None and talk.asking in ADDRESS_ASKED:
            heard = replace(heard, address=own[0], mailbox=own[1])
        seq = self._note(tx, talk, HIDDEN_CODE if heard.code else ear.stored, client_id)
        return replace(self._turn(tx, talk, press or heard, reached_at=arrived), seq=seq)

    async def prove_on_page(self, talk_id: str, code: str) -> Check:
        """A code that was typed on the page behind a mail, for the conversation by mail that asked for it."""

        def write(tx: Any) -> Check:
            talk = _talk(tx, talk_id)
            heard = self._judged(tx, talk, Heard(text=code))
            if heard.code is Check.RIGHT:
                self._turn(tx, talk, heard)
            return heard.code or Check.OVER

        return await self.store.tx(write)

    async def send_code_again(self, talk_id: str) -> bool:
        """Another code for a conversation by mail. False when its address had its share of today."""

        def write(tx: Any) -> bool:
            talk = _talk(tx, talk_id)
            own = self._own_address(tx, talk)
            if own is None or not self._codes_left(tx, own[1]):
                return False
            self._turn(tx, talk, Pressed(act="new_code"))
            return True

        return await self.store.tx(write)

    def _own_address(self, tx: Any, talk: Talk) -> tuple[str, str] | None:
        """The address, and its keyed hash, at which a mail conversation is held."""
        if talk.door is not Door.MAIL:
            return None
        address, place = tx.work.content(talk.id, "place"), tx.people.place(talk.id)
        return (address, place[1]) if address and place else None

    async def hear(self, talk_id: str, client_id: str, text: str, seat: Seat = NOBODY) -> Reply:
        """A person wrote something. Sending the same `client_id` again changes nothing."""
        if len(text) > TEXT_LIMIT or not text.strip():
            talk_lang = await self._lang(talk_id)
            return Reply(refused=self.texts.say(TooLong(limit=TEXT_LIMIT), talk_lang).text)
        return await self._in_turn(
            talk_id, client_id, seat, lambda tx, talk: self._heard(tx, talk, client_id, text, seat)
        )

    async def _in_turn(self, talk_id: str, client_id: str, seat: Seat, act: Callable[[Any, Talk], Reply]) -> Reply:
        """What every frame of a person passes: is it theirs to speak here, was it heard before, is it too fast."""

        def write(tx: Any) -> Reply:
            talk = _talk(tx, talk_id)
            if not self.is_at_home(tx, talk, seat.session):
                return Reply(moved=True)
            known = tx.people.line_of_client(talk_id, client_id)
            if known is not None:
                return Reply(seq=known)
            if self._is_too_fast(tx, talk):
                return Reply(refused=self.texts.say(TooFast(), talk.lang).text)
            return act(tx, talk)

        return await self.store.tx(write)

    def _heard(self, tx: Any, talk: Talk, client_id: str, text: str, seat: Seat) -> Reply:
        ear = listen(text, talk.lang)
        heard = self._judged(tx, talk, ear.heard)
        press = None if heard.code else self._typed_button(tx, talk, ear.stored)
        seq = self._note(tx, talk, HIDDEN_CODE if heard.code else ear.stored, client_id)
        return replace(self._turn(tx, talk, press or heard, seat), seq=seq)

    def _note(self, tx: Any, talk: Talk, text: str, client_id: str) -> int:
        """Write the person's own line; a typed code is not kept, not even a wrong one."""
        tx.spoken.add(talk.id)
        private = talk.owner is not None
        seq: int = tx.people.say(
            talk.id, who="person", text=text, at=self.clock(), private=private, client_id=client_id
        )
        return seq

    async def press(self, talk_id: str, client_id: str, line: int, button: int, seat: Seat = NOBODY) -> Reply:
        """A person pressed a button of a line. What it still can do is the conversation's and the lifecycle's word."""
        return await self._in_turn(
            talk_id, client_id, seat, lambda tx, talk: self._pressed(tx, talk, client_id, line, button, seat)
        )

    def _pressed(self, tx: Any, talk: Talk, client_id: str, line: int, button: int, seat: Seat) -> Reply:
        stored = tx.people.line(talk.id, line)
        if stored is None or not 0 <= button < len(stored.buttons):
            return Reply()
        label, act, arg, href = stored.buttons[button]
        seq = self._note(tx, talk, label, client_id)
        if href:
            return Reply(seq=seq, open_href=href)
        return replace(self._turn(tx, talk, Pressed(act=act, arg=arg), seat), seq=seq)

    async def sign_in(self, talk_id: str, seat: Seat) -> Reply:
        """The platform's token was accepted on this socket."""

        def write(tx: Any) -> Reply:
            talk = _talk(tx, talk_id)
            if seat.session is None or not self.is_at_home(tx, talk, seat.session):
                return Reply(moved=True)
            return self._turn(tx, talk, SignedIn(session=seat.session), seat)

        return await self.store.tx(write)

    async def sign_out(self, talk_id: str) -> None:
        """The person logged out of the platform: whatever was proved here is proved no longer."""
        await self.store.tx(lambda tx: self._turn(tx, _talk(tx, talk_id), SignedOut()))

    async def give_out_link(self, talk_id: str, seat: Seat) -> str:
        """The token of a link that carries this login to Telegram, or "" when it must be fresh first."""

        def write(tx: Any) -> str:
            talk = _talk(tx, talk_id)
            if not self.is_at_home(tx, talk, seat.session) or self._is_too_fast(tx, talk):
                return ""
            return linking.give_out(tx, self.pen, talk, seat.session, self.clock())

        return await self.store.tx(write)

    async def link_opened(self, token: str, talk_id: str, name: str) -> bool:
        """A link was opened in a Telegram conversation: ask in the web one. False for a link that is over.

        A Telegram conversation that is somebody else's by now stays theirs: the question is about a new one there.
        """

        def write(tx: Any) -> bool:
            now, talk = self.clock(), _talk(tx, talk_id)
            claim = linking.open_once(tx, self.pen, token, now)
            if claim is None:
                return False
            if talk.owner not in {None, claim.who}:
                place, address = tx.people.place(talk.id), tx.work.content(talk.id, "place")
                anew = Talk(id=self.fresh(), door=talk.door, lang=talk.lang, started_at=now, last_at=now)
                talk = self._begin_at(tx, anew, address=address, hash_is=place[1])
            linking.ask(tx, claim, talk.id, now)
            self._turn(tx, _talk(tx, claim.talk), LinkOpened(name=name, claim=claim.token))
            return True

        return await self.store.tx(write)

    async def speak(self, talk_id: str, lang: str) -> None:
        """From now on the conversation is in this language."""

        def write(tx: Any) -> None:
            talk = _talk(tx, talk_id)
            changed = replace(talk, lang=lang, version=talk.version + 1)
            tx.people.save_talk(changed, was=talk.version, subject=subject_key(self.pen, talk), wake_at=wakes_at(talk))

        await self.store.tx(write)

    async def forget(self, talk_id: str) -> None:
        """End the conversation on every device; open requests go on, by mail."""
        await self.store.tx(lambda tx: tx.people.drop_key(talk_id))

    async def resume(self, key: str, session: Session | None) -> Talk | Elsewhere | None:
        """Come back with a device's key: the conversation, or Elsewhere when it is not for this visitor.

        None for a key that opens nothing.
        """

        def look(tx: Any) -> Talk | Elsewhere | None:
            talk: Talk | None = tx.people.talk_by_key(key)
            if talk is None:
                return None
            return talk if self.is_at_home(tx, talk, session) else Elsewhere()

        return await self.store.read(look)

    def is_at_home(self, tx: Any, talk: Talk, session: Session | None) -> bool:
        """Whether a visitor may read and speak in a conversation.

        Anybody with the key, until somebody proves who they are. From then on it is theirs: the same login (or one
        whose account a ticket of that mailbox found), or the device that gave the code, until 30 idle minutes passed.
        """
        if talk.owner is None:
            return True
        if session is not None:
            is_owner = record.session_key(self.pen, session) == talk.owner
            return is_owner or record.is_same_person(tx, talk, session)
        is_proved = talk.session is None and talk.identity is not None
        return is_proved and self.clock() - talk.last_at <= IDLE

    # ---- one turn

    def _turn(
        self, tx: Any, talk: Talk, came: Input, seat: Seat = NOBODY, *, reached_at: datetime | None = None
    ) -> Reply:
        now = self.clock()
        came = linking.judged(tx, self.pen, came, seat.session, now)
        scene = replace(self._scene(tx, talk, came), reached_at=reached_at)
        decided = step(scene, came)
        record.step(tx, self.pen, talk, decided, now)
        record.relay(tx, self.pen, now)
        if isinstance(came, LinkAnswered) and came.talk:
            self._turn(tx, _talk(tx, came.talk), Linked(session=seat.session if came.yes else None))
        key = self._rekeyed(tx, talk, seat)
        return Reply(sign_in=decided.wants_sign_in, open_href=self._grant(tx, decided), key=key)

    def _rekeyed(self, tx: Any, before: Talk, seat: Seat) -> str:
        """When a conversation becomes somebody's, its key changes: whoever copied the old one is out."""
        if before.owner is not None or tx.people.talk(before.id).owner is None:
            return ""
        key = seat.spare or self.fresh()
        tx.people.set_key(before.id, key)
        return key

    def _scene(self, tx: Any, talk: Talk, came: Input) -> Scene:
        now = self.clock()
        own = self._own_address(tx, talk)
        mailbox = (came.mailbox if isinstance(came, Heard) else None) or (own[1] if own else None)
        tickets = self.tickets_of(tx, talk, proved=_proves(came))
        return Scene(
            now=now,
            talk=talk,
            tickets=tickets,
            fresh=tuple(self.fresh() for _ in range(FRESH_IDS)),
            next_number=tx.work.next_number(local_date(now).year),
            hours=self.rules.hours,
            policy_date=self.rules.policy_date,
            policy_url=self.rules.policy_url,
            codes_left=mailbox is None or self._codes_left(tx, mailbox),
            new_addresses=self._new_addresses(tx, (one for one in tickets if one.talk == talk.id)),
            own_address=own,
        )

    def tickets_of(self, tx: Any, talk: Talk, *, proved: str | None = None) -> tuple[Ticket, ...]:
        """The tickets of a conversation, and while its proof is accepted those of the same person at any door.

        `proved` is the keyed hash of a mailbox that is proved in this very turn.
        """
        own: tuple[Ticket, ...] = tx.work.tickets_of_talk(talk.id)
        key = proved or subject_key(self.pen, talk)
        others = tx.work.tickets_of_subject(key) if key else ()
        by_id = {ticket.id: ticket for ticket in (*own, *others)}
        return tuple(sorted(by_id.values(), key=lambda ticket: ticket.ref))

    def said_elsewhere(self, tx: Any, talk: Talk) -> list[tuple[Talk, Any]]:
        """The lines of this person's other conversations, of which they prove a request here, at whatever door."""
        mine = [ticket for ticket in self.tickets_of(tx, talk) if identity.is_proved_to(talk, ticket)]
        keys = {key for ticket in mine for key in record.keys_of(self.pen, ticket)}
        ids = dict.fromkeys(ticket.talk for ticket in mine if ticket.talk and ticket.talk != talk.id)
        others = [other for other in map(tx.people.talk, ids) if other is not None and other.owner in keys]
        return [(one, line) for one in others for line in tx.people.lines_after(one.id, 0, with_private=True)]

    def _new_addresses(self, tx: Any, tickets: Iterable[Ticket]) -> dict[str, tuple[str, str]]:
        found = {}
        for ticket in tickets:
            if ticket.is_open and ticket.right in CORRECTIONS:
                emails = [one.new for one in record.changes_of(tx, ticket.id) if one.name == "email"]
                if emails:
                    found[ticket.id] = (emails[0], self.mailbox(emails[0]))
        return found

    def mailbox(self, address: str) -> str:
        """The keyed hash under which an address is counted and found again."""
        return keyed(self.keys.hashes, "mailbox", identity.canonical(address))

    def _codes_left(self, tx: Any, mailbox: str, purpose: Purpose = Purpose.IDENTITY) -> bool:
        """Codes are capped per address, purpose and day over every door, known or not; recording a code counts it."""
        counter = record.code_counter(mailbox, purpose)
        number: int = tx.people.counted(counter, local_date(self.clock()).isoformat())
        return number < CODES_PER_DAY

    async def may_write_to(self, address: str) -> bool:
        """Count one unasked mail to an address against its share of the day; False when the share is used up."""
        mailbox, day = self.mailbox(address), local_date(self.clock()).isoformat()
        number: int = await self.store.tx(lambda tx: tx.people.count(record.code_counter(mailbox, "unasked"), day))
        return number <= CODES_PER_DAY

    async def may_answer(self, place: Place) -> bool:
        """Count one answer to a place against its share of the day: a fuse against machines that answer each other."""
        name, day = f"answers:{self.place_hash(place.door, place.address)}", local_date(self.clock()).isoformat()
        number: int = await self.store.tx(lambda tx: tx.people.count(name, day))
        return number <= ANSWERS_PER_DAY

    def _is_too_fast(self, tx: Any, talk: Talk) -> bool:
        now = self.clock()
        number: int = tx.people.count(f"lines:{talk.id}:{now:%H:%M}", local_date(now).isoformat())
        return number > LINES_PER_MINUTE

    def _typed_button(self, tx: Any, talk: Talk, text: str) -> Pressed | None:
        """Typing a button's words works too."""
        newest = tx.people.newest_desk_line(talk.id)
        typed = " ".join(text.casefold().split()).rstrip(".!")
        for label, act, arg, href in newest.buttons if newest else ():
            if label.casefold() == typed and not href:
                return Pressed(act=act, arg=arg)
        return None

    def _judged(self, tx: Any, talk: Talk, heard: Heard) -> Heard:
        """Add what only the desk can know: the address's keyed hash, and what became of a typed code."""
        mailbox = self.mailbox(heard.address) if heard.address else None
        typed = identity.typed_code(heard.text)
        challenge = tx.people.challenge(talk.challenge) if typed and talk.challenge else None
        if typed is None or challenge is None:
            return replace(heard, mailbox=mailbox)
        check = self.spend(tx, challenge, typed, talk=talk.id)
        return replace(heard, code=check, mailbox=challenge.mailbox, purpose=challenge.purpose, about=challenge.ticket)

    def spend(self, tx: Any, challenge: Challenge, typed: str, *, talk: str) -> Check:
        """Count one attempt on a code, judge it, and spend it when it is right; capped per address, purpose and day."""
        now = self.clock()
        counter, today = f"wrong:{challenge.purpose}:{challenge.mailbox}", local_date(now).isoformat()
        if tx.people.counted(counter, today) >= identity.ATTEMPTS_PER_DAY:
            return Check.SPENT
        if not tx.people.try_challenge(challenge.id, now):
            return Check.OVER
        result = identity.check(self.keys.codes, challenge, typed, talk=talk, now=now)
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

    def _grant(self, tx: Any, decided: Step) -> str:
        """A way to the copy's page for ten minutes, given only to a fresh login on this conversation."""
        if decided.wants_copy is None:
            return ""
        return f"{self.rules.public_url}/copy/{self.grant(tx, decided.wants_copy, who=decided.talk.id)}"

    def grant(self, tx: Any, ticket_id: str, *, who: str) -> str:
        """A random token that opens a ticket's copy for ten minutes."""
        token, now = self.fresh(), self.clock()
        tx.people.add_link(token, kind="grant", owner=ticket_id, who=who, made_at=now, ends_at=now + GRANT_LIFE)
        return token

    async def _lang(self, talk_id: str) -> str:
        talk: Talk | None = await self.store.read(lambda tx: tx.people.talk(talk_id))
        return talk.lang if talk else "en"

    # ---- staff, sources, the clock

    def staffer(self, team: str, user: str) -> Staffer | None:
        """The row of the approver table, or None; an empty table means nobody."""
        return self._staff.get(f"{team}:{user}")

    def staff(self) -> tuple[Staffer, ...]:
        """The whole approver table."""
        return tuple(self._staff.values())

    async def apply(
        self, key: str, ticket_id: str, event: Event, note: str = "", contents: Mapping[str, str] | None = None
    ) -> Applied:
        """Let an event happen once per key, from staff, sources or the clock.

        `note` is what a colleague typed about it: it is kept as a contents row of its own, which the event names;
        `contents` are kept with the ticket by kind.
        """

        def write(tx: Any) -> Applied:
            if not note:
                return self.apply_in(tx, key, ticket_id, event, contents)
            content_id, noted = self.fresh(), cast("Any", event)
            applied = self.apply_in(tx, key, ticket_id, replace(noted, note=content_id), contents)
            if applied.done:
                tx.work.put_content(content_id, owner=ticket_id, kind="note", text=note, at=self.clock())
            return applied

        return await self.store.tx(write)

    def apply_in(
        self, tx: Any, key: str, ticket_id: str, event: Event, contents: Mapping[str, str] | None = None
    ) -> Applied:
        """The same inside an open transaction: how the courier finishes a step and its report together."""
        now = self.clock()
        ticket = tx.work.ticket(ticket_id)
        if ticket is None:
            return Applied(done=False, reason="unknown")
        if not tx.work.first_time(key, now):
            return Applied(done=False, reason="repeated", ticket=ticket)
        try:
            moved = record.move(tx, self.pen, ticket, event, now)
        except IllegalMove as refusal:
            return Applied(done=False, reason=f"illegal: {refusal}", ticket=ticket)
        for kind, text in (contents or {}).items():
            tx.work.replace_content(self.fresh(), owner=ticket_id, kind=kind, text=text, at=now)
        record.relay(tx, self.pen, now)
        return Applied(done=True, ticket=moved)

    async def nudge(self, ticket_id: str, nudge: Nudge) -> None:
        """Tell staff about a ticket that itself does not move."""

        def write(tx: Any) -> None:
            ticket = tx.work.ticket(ticket_id)
            if ticket is not None:
                record.nudge(tx, self.pen, ticket, nudge, self.clock())

        await self.store.tx(write)

    async def tick(self, ticket_id: str) -> None:
        """Look at a ticket for which something became due."""

        def write(tx: Any) -> None:
            ticket = tx.work.ticket(ticket_id)
            if ticket is not None:
                record.move(tx, self.pen, ticket, Ticked(by="clock"), self.clock())
                record.relay(tx, self.pen, self.clock())

        await self.store.tx(write)

    async def wake(self, talk_id: str) -> None:
        """Look at a conversation whose question has been open for a day."""
        await self.store.tx(lambda tx: self._turn(tx, _talk(tx, talk_id), WaitedLong()))


def _proves(came: Input) -> str | None:
    """The mailbox that a right code proves now."""
    is_proof = isinstance(came, Heard) and came.code is Check.RIGHT and came.purpose is Purpose.IDENTITY
    return came.mailbox if isinstance(came, Heard) and is_proof else None


def view_in(tx: Any, ticket_id: str, today: date) -> TicketView | None:
    """Read what staff may see of a ticket, in an open transaction; `today` (local) says who is away."""
    ticket = tx.work.ticket(ticket_id)
    if ticket is None:
        return None
    plan = tx.work.content(ticket_id, "plan")
    return TicketView(
        ticket=ticket,
        dates=legal_dates(ticket),
        log=tuple(line.entry for line in tx.work.log_of(ticket_id)),
        plan=PLAN.validate_json(plan) if plan else None,
        stuck=tuple(one.error for one in tx.work.open_steps(ticket_id) if one.error and one.kind in TELLING),
        away=tx.work.away(today),
        together=tuple(one.ref for one in tx.work.tickets_of_group(ticket.group) if one.id != ticket.id),
    )


def cases_of(tickets: Iterable[Ticket]) -> tuple[Case, ...]:
    """Tickets as letters speak of them."""
    return tuple(
        Case(ref=one.ref, right=one.right, received_at=one.received_at, latest=legal_dates(one).queue_date)
        for one in tickets
    )


def _talk(tx: Any, talk_id: str) -> Talk:
    talk: Talk | None = tx.people.talk(talk_id)
    if talk is None:
        raise KeyError("no such conversation")
    return talk
