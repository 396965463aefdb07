"""The desk: one event in, one transaction, everything that follows written with it.

Promise: `hear` and its sisters take what people do, `apply` what staff, sources and the clock do; the first line drops
a key that was seen before, the last line has queued the effects; a version conflict runs the whole function again,
which is safe because deciding is pure. Limits: it sends nothing (courier.py) and knows no door.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from bot import linking, record, saying
from bot.checks import Checks
from bot.core.conversation import wakes_at
from bot.core.events import Event, Nudge, Ticked
from bot.core.identity import Check
from bot.core.messages import TooFast, TooLong
from bot.core.model import Asking, Door, Staffer, Talk
from bot.core.moves import IllegalMove
from bot.core.turn import (
    Heard,
    LinkOpened,
    Opened,
    Pressed,
    SignedIn,
    SignedOut,
    WaitedLong,
)
from bot.hearing import TEXT_LIMIT, Ear, listen
from bot.pen import Pen, subject_key
from bot.ports import Applied, Clock, Transactions
from bot.shares import Fuses, Shares
from bot.texts import Texts
from bot.turns import Reply, Rules, Turns, talk_of
from bot.visits import NOBODY, Seat, Visits

ADDRESS_ASKED = frozenset({Asking.NOTHING, Asking.MEANING, Asking.ADDRESS, Asking.MARKETING_ADDRESS})
"""What may be open while a mail's sender address counts as the address given."""

HIDDEN_CODE = "••••"


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The desk's secret keys, 32 bytes or more each: codes, and keyed hashes of personal values."""

    codes: bytes
    hashes: bytes


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
        fuses: Fuses,
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
        self.shares = Shares(store=store, clock=clock, hash_key=keys.hashes, fuses=fuses)
        self.checks = Checks(code_key=keys.codes, shares=self.shares, clock=clock)
        self.visits = Visits(store=store, pen=self.pen, clock=clock)
        self.turns = Turns(pen=self.pen, shares=self.shares, visits=self.visits, clock=clock, rules=rules)

    # ---- people

    async def begin(self, *, door: Door, lang: str, hidden: bool = False) -> tuple[Talk, str]:
        """Open a conversation; returns it and the key that its device keeps.

        `hidden` says that an earlier one on this device is not shown to this visitor.
        """
        key, now = self.fresh(), self.clock()
        talk = Talk(id=self.fresh(), door=door, lang=lang, started_at=now, last_at=now)

        def write(tx: Any) -> Talk:
            tx.people.add_talk(talk, key=key)
            self.turns.take(tx, talk, Opened(hidden=hidden))
            begun: Talk = tx.people.talk(talk.id)
            return begun

        return await self.store.tx(write), key

    async def come(self, *, door: Door, address: str, lang: str, thread: str = "", anew: str = "") -> Talk:
        """The conversation to go on with at a place (a mail address, a Telegram chat id), or a new one there.

        By mail only `thread`, the conversation that a reply surely belongs to, is ever gone on with: a From header
        proves nothing. One that became somebody's and went cold is not gone on with at any door. `anew` is the id of
        a new conversation, so that whoever asks again after a crash gets the same one.
        """
        hash_is = self.shares.place_hash(door, address)

        def write(tx: Any) -> Talk:
            begun: Talk | None = tx.people.talk(anew) if anew else None
            if begun is not None:
                return begun
            talk = tx.people.talk_at(door, hash_is) if door is not Door.MAIL else tx.people.talk(thread)
            is_here = talk is not None and tx.people.place(talk.id) == (door, hash_is)
            if talk is not None and is_here and self.visits.is_at_home(tx, talk, None):
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
            self.turns.take(tx, talk, Opened())
        return talk_of(tx, talk.id)

    async def hear_mail(self, talk_id: str, client_id: str, ear: Ear, *, arrived: datetime) -> Reply:
        """A person wrote a mail that reached the house at `arrived` (UTC); the same `client_id` again does nothing."""
        return await self._in_turn(
            talk_id, client_id, NOBODY, lambda tx, talk: self._mailed(tx, talk, client_id, ear, arrived)
        )

    def _mailed(self, tx: Any, talk: Talk, client_id: str, ear: Ear, arrived: datetime) -> Reply:
        """As `_heard`; whoever is asked nothing else is taken to mean the address they write from."""
        heard = self.checks.judged(tx, talk, ear.heard)
        press = None if heard.code else self.turns.typed_button(tx, talk, ear.stored)
        own = self.visits.own_address(tx, talk)
        if own is not None and heard.address is None and talk.asking in ADDRESS_ASKED:
            heard = replace(heard, address=own[0], mailbox=own[1])
        seq = self._note(tx, talk, HIDDEN_CODE if heard.code else ear.stored, client_id)
        return replace(self.turns.take(tx, talk, press or heard, reached_at=arrived), seq=seq)

    async def prove_on_page(self, talk_id: str, code: str) -> Check:
        """A code that was typed on the page behind a mail, for the conversation by mail that asked for it."""

        def write(tx: Any) -> Check:
            talk = talk_of(tx, talk_id)
            heard = self.checks.judged(tx, talk, Heard(text=code))
            if heard.code is Check.RIGHT:
                self.turns.take(tx, talk, heard)
            return heard.code or Check.OVER

        return await self.store.tx(write)

    async def send_code_again(self, talk_id: str) -> bool:
        """Another code for a conversation by mail. False when its address had its share of today."""

        def write(tx: Any) -> bool:
            talk = talk_of(tx, talk_id)
            own = self.visits.own_address(tx, talk)
            if own is None or not self.shares.codes_left(tx, own[1]):
                return False
            self.turns.take(tx, talk, Pressed(act="new_code"))
            return True

        return await self.store.tx(write)

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
            talk = talk_of(tx, talk_id)
            if not self.visits.is_at_home(tx, talk, seat.session):
                return Reply(moved=True)
            known = tx.people.line_of_client(talk_id, client_id)
            if known is not None:
                return Reply(seq=known)
            if self.shares.is_too_fast(tx, talk):
                return Reply(refused=self.texts.say(TooFast(), talk.lang).text)
            return act(tx, talk)

        return await self.store.tx(write)

    def _heard(self, tx: Any, talk: Talk, client_id: str, text: str, seat: Seat) -> Reply:
        ear = listen(text, talk.lang)
        heard = self.checks.judged(tx, talk, ear.heard)
        press = None if heard.code else self.turns.typed_button(tx, talk, ear.stored)
        seq = self._note(tx, talk, HIDDEN_CODE if heard.code else ear.stored, client_id)
        return replace(self.turns.take(tx, talk, press or heard, seat), seq=seq)

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
        return replace(self.turns.take(tx, talk, Pressed(act=act, arg=arg), seat), seq=seq)

    async def sign_in(self, talk_id: str, seat: Seat) -> Reply:
        """The platform's token was accepted on this socket."""

        def write(tx: Any) -> Reply:
            talk = talk_of(tx, talk_id)
            if seat.session is None or not self.visits.is_at_home(tx, talk, seat.session):
                return Reply(moved=True)
            return self.turns.take(tx, talk, SignedIn(session=seat.session), seat)

        return await self.store.tx(write)

    async def sign_out(self, talk_id: str) -> None:
        """The person logged out of the platform: what was proved here, or carried from here, is proved no longer."""

        def write(tx: Any) -> None:
            talk = talk_of(tx, talk_id)
            for one in (talk, *linking.carried(tx, self.pen, talk.session)):
                self.turns.take(tx, one, SignedOut())

        await self.store.tx(write)

    async def give_out_link(self, talk_id: str, seat: Seat) -> str:
        """The token of a link that carries this login to Telegram, or "" when it must be fresh first."""

        def write(tx: Any) -> str:
            talk = talk_of(tx, talk_id)
            if not self.visits.is_at_home(tx, talk, seat.session) or self.shares.is_too_fast(tx, talk):
                return ""
            return linking.give_out(tx, self.pen, talk, seat.session, self.clock())

        return await self.store.tx(write)

    async def link_opened(self, token: str, talk_id: str, name: str) -> bool:
        """A link was opened in a Telegram conversation: ask in the web one. False for a link that is over.

        A Telegram conversation that is somebody else's by now stays theirs: the question is about a new one there.
        """

        def write(tx: Any) -> bool:
            now, talk = self.clock(), talk_of(tx, talk_id)
            claim = linking.open_once(tx, self.pen, token, now)
            if claim is None:
                return False
            if talk.owner not in {None, claim.who}:
                place, address = tx.people.place(talk.id), tx.work.content(talk.id, "place")
                anew = Talk(id=self.fresh(), door=talk.door, lang=talk.lang, started_at=now, last_at=now)
                talk = self._begin_at(tx, anew, address=address, hash_is=place[1])
            linking.ask(tx, claim, talk.id, now)
            self.turns.take(tx, talk_of(tx, claim.talk), LinkOpened(name=name, claim=claim.token))
            return True

        return await self.store.tx(write)

    async def speak(self, talk_id: str, lang: str) -> None:
        """From now on the conversation is in this language."""

        def write(tx: Any) -> None:
            talk = talk_of(tx, talk_id)
            changed = replace(talk, lang=lang, version=talk.version + 1)
            tx.people.save_talk(changed, was=talk.version, subject=subject_key(self.pen, talk), wake_at=wakes_at(talk))

        await self.store.tx(write)

    async def forget(self, talk_id: str) -> None:
        """End the conversation on every device; open requests go on, by mail."""
        await self.store.tx(lambda tx: tx.people.drop_key(talk_id))

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
        saying.relay(tx, self.pen, now)
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
                saying.relay(tx, self.pen, self.clock())

        await self.store.tx(write)

    async def wake(self, talk_id: str) -> None:
        """Look at a conversation whose question has been open for a day."""
        await self.store.tx(lambda tx: self.turns.take(tx, talk_of(tx, talk_id), WaitedLong()))
