"""Behind the staff page: sessions from single-use links, everything one request holds, replies and looks, all logged.

Promise: each method asks `may_decide` itself, so the requester and a colleague without a role see nothing; every sheet
and every look at rows is a line in the event log; a reply is said once per key. Limits: it draws nothing; a typed
reason stands in a contents row that the log names, because it may name a person.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from bot import record, saying
from bot.core import sorting
from bot.core.clock import legal_dates
from bot.core.events import Entry
from bot.core.messages import StaffWords
from bot.core.model import Door, Staffer, Talk, Ticket
from bot.core.moves import IllegalMove
from bot.core.plans import Corrected
from bot.core.rights import Decision, Verdict, may_decide
from bot.core.seeing import OPENED
from bot.core.sorting import is_unsorted
from bot.desk import Desk
from bot.fulfil import Fulfiller
from bot.intake import give_contact
from bot.pen import keys_of
from bot.ports import SourceRefused
from bot.reaching import HEARD_IN, reached, spoken_about
from bot.views import PLAN
from handlers.staff_sheet import ByHand, Entered, Looked, Note, Place, StaffSheet, TalkLine

IDLE = timedelta(minutes=15)
SESSION = "staff_session"
ROWS_SHOWN = 200
LINES_SHOWN = 300


class Staffroom:
    """What the staff page asks of the desk."""

    def __init__(self, *, desk: Desk, fulfiller: Fulfiller) -> None:
        """Wire it."""
        self._desk = desk
        self._fulfiller = fulfiller
        self.clock = desk.clock

    async def enter(self, token: str) -> Entered | None:
        """Spend a single-use link and begin a session of its colleague."""
        now, cookie = self.clock(), self._desk.fresh()

        def write(tx: Any) -> Entered | None:
            link = tx.people.link(token, "staff", now)
            if link is None or link.used_at is not None or not tx.people.use_link(token, now):
                return None
            tx.people.add_link(cookie, kind=SESSION, owner=link.owner, who=link.who, made_at=now, ends_at=now + IDLE)
            return Entered(cookie=cookie, ticket_id=link.owner)

        return await self._desk.store.tx(write)

    async def session(self, cookie: str) -> Staffer | None:
        """Whose session this is; each use keeps it alive for 15 more minutes."""
        now = self.clock()

        def write(tx: Any) -> str | None:
            link = tx.people.link(cookie, SESSION, now)
            if link is None:
                return None
            tx.people.prolong_link(cookie, now + IDLE)
            who: str = link.who
            return who

        who = await self._desk.store.tx(write)
        return self._desk.staffer(*who.split(":", 1)) if who else None

    async def leave(self, cookie: str) -> None:
        """End a session at once."""
        await self._desk.store.tx(lambda tx: tx.people.prolong_link(cookie, self.clock()))

    async def sheet(self, ticket_id: str, staffer: Staffer) -> StaffSheet | None:
        """Everything of one request but rows and values; the look is logged."""
        return await self._desk.store.tx(lambda tx: self._sheet(tx, ticket_id, staffer))

    def _sheet(self, tx: Any, ticket_id: str, staffer: Staffer) -> StaffSheet | None:
        ticket = _allowed(tx, ticket_id, staffer, Decision.LOOK)
        if ticket is None:
            return None
        self._log(tx, ticket, OPENED, staffer, plan=ticket.plan.hash if ticket.plan else "")
        plan, words = tx.work.content(ticket_id, "plan"), tx.work.content(ticket_id, "words") or ""
        kinds = ("delivery", "mailbox")
        known = (found for kind in kinds if (found := tx.work.content(ticket_id, kind))) if ticket.errands else ()
        reached = self._reached(tx, ticket)
        return StaffSheet(
            ticket=ticket,
            dates=legal_dates(ticket),
            plan=PLAN.validate_json(plan) if plan else None,
            log=tuple(line.entry for line in tx.work.log_of(ticket_id)),
            asked="" if is_unsorted(ticket) else words,
            mail=sorting.loaded(words) if words and is_unsorted(ticket) else None,
            fields=tuple(dict.fromkeys(one.name for one in record.changes_of(tx, ticket_id))),
            notes=self._notes(tx, ticket_id),
            talk=_lines(tx, ticket),
            reply_by=reached.door if reached is not None else None,
            by_hand=tuple(
                ByHand(errand=one, note=tx.work.content(ticket_id, f"proof:{one.id}") or "") for one in ticket.errands
            ),
            known_by=next(iter(known), ""),
        )

    def _reached(self, tx: Any, ticket: Ticket) -> Talk | None:
        return reached(tx, ticket, keys_of(self._desk.pen, ticket))

    def _notes(self, tx: Any, ticket_id: str) -> tuple[Note, ...]:
        """Why holds were set and rows looked at, and what proves a task: the words that the log only names."""
        names = {one.key: one.name for one in self._desk.staff()}
        found = []
        for line in tx.work.log_of(ticket_id):
            entry = line.entry
            content_id = entry.facts.get("note") or entry.facts.get("reason", "")
            text = tx.work.content_by_id(content_id) if content_id else None
            if text:
                found.append(Note(at=entry.at, who=names.get(entry.by, entry.by), what=entry.what, text=text))
        return tuple(found)

    async def contact(self, ticket_id: str, staffer: Staffer, address: str, words: str) -> str:
        """Keep the address and words of a request by phone or post; where a proof is asked, a code is mailed."""

        def write(tx: Any) -> str:
            ticket = _allowed(tx, ticket_id, staffer, Decision.LOOK)
            if ticket is None:
                return "closed"
            try:
                give_contact(tx, self._desk.pen, ticket, address, words, by=staffer.key, now=self.clock())
            except ValueError:
                return "address"
            except IllegalMove:
                return "closed"
            return ""

        return await self._desk.store.tx(write)

    async def reply(self, ticket_id: str, staffer: Staffer, text: str, *, key: str) -> bool:
        """Say this to the person where they spoke last; once per key.

        By mail the words themselves go out; for any other door a mail says that there is news.
        """

        def write(tx: Any) -> bool:
            now = self.clock()
            ticket = _allowed(tx, ticket_id, staffer, Decision.REPLY)
            talk = self._reached(tx, ticket) if ticket is not None else None
            if ticket is None or talk is None:
                return False
            if tx.work.first_time(key, now):
                message = StaffWords(words=text, who=staffer.name)
                saying.say(tx, self._desk.pen, talk, message, now)
                spoken_about(tx, self._desk.fresh, ticket, talk, now)
                if talk.door is not Door.MAIL:
                    saying.mail(tx, self._desk.pen, ticket, message, now, key=f"mail:{key}")
                saying.relay(tx, self._desk.pen, now)
                self._log(tx, ticket, "replied", staffer)
            return True

        return await self._desk.store.tx(write)

    async def look(self, ticket_id: str, staffer: Staffer, place: Place, reason: str) -> Looked | None:
        """Rows of one group, or of one column of it, as the copy would hold them; look and reason are logged first."""
        column = {"column": place.column} if place.column else {}
        if not await self._looked(ticket_id, staffer, reason, group=place.collection, **column):
            return None
        found = await self._fulfiller.rows(ticket_id, place.source, place.tenant, place.collection, limit=ROWS_SHOWN)
        return _one_column(place, *found) if found else None

    async def changed(self, ticket_id: str, staffer: Staffer, name: str, reason: str) -> tuple[Corrected, ...] | None:
        """Old and new values of one field of a rectification; the look and its reason are logged first."""
        known = await self._desk.store.read(lambda tx: {one.name for one in record.changes_of(tx, ticket_id)})
        if name not in known or not await self._looked(ticket_id, staffer, reason, group="changes", column=name):
            return None
        try:
            values = await self._fulfiller.values(ticket_id)
        except SourceRefused:
            changes = await self._desk.store.read(lambda tx: record.changes_of(tx, ticket_id))
            values = self._fulfiller.as_asked(changes)
        return tuple(one for one in values if one.name == name)

    async def _looked(self, ticket_id: str, staffer: Staffer, reason: str, **facts: str) -> bool:
        """Write down who looks at what and why; False when they may not."""

        def write(tx: Any) -> bool:
            ticket = _allowed(tx, ticket_id, staffer, Decision.LOOK)
            if ticket is None:
                return False
            now, content_id = self.clock(), self._desk.fresh()
            tx.work.put_content(content_id, owner=ticket_id, kind="look_reason", text=reason, at=now)
            self._log(tx, ticket, "looked", staffer, reason=content_id, **facts)
            return True

        done: bool = await self._desk.store.tx(write)
        return done

    def _log(self, tx: Any, ticket: Ticket, what: str, staffer: Staffer, **facts: str) -> None:
        tx.work.write_log(ticket.id, [Entry(what=what, by=staffer.key, at=self.clock(), facts=facts)])


def _allowed(tx: Any, ticket_id: str, staffer: Staffer, decision: Decision) -> Ticket | None:
    ticket: Ticket | None = tx.work.ticket(ticket_id)
    if ticket is None or may_decide(ticket, staffer, decision) is not Verdict.YES:
        return None
    return ticket


def _lines(tx: Any, ticket: Ticket) -> tuple[TalkLine, ...]:
    """What was said in each conversation about this ticket, in the order of time."""
    ids = [*([ticket.talk] if ticket.talk else []), *tx.work.contents_of(ticket.id, HEARD_IN)]
    talks = [talk for talk in (tx.people.talk(one) for one in dict.fromkeys(ids)) if talk is not None]
    found = [line for talk in talks for line in _lines_of(tx, talk)]
    return tuple(sorted(found, key=lambda line: line.at))


def _lines_of(tx: Any, talk: Talk) -> Iterator[TalkLine]:
    for line in tx.people.lines_after(talk.id, 0, with_private=True, limit=LINES_SHOWN):
        yield TalkLine(at=line.at, who=line.who, text=_plain(line), door=talk.door, proved=talk.owner is not None)


def _plain(line: Any) -> str:
    """The desk's words without the stars that the widget draws as bold; a person's words exactly as typed."""
    text: str = line.text
    return text if line.who == "person" else text.replace("**", "")


def _one_column(place: Place, columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...], total: int) -> Looked | None:
    """What was asked to be seen and no more: all columns of the group, or the one named."""
    if not place.column:
        return Looked(place=place, columns=columns, rows=rows, total=total)
    if place.column not in columns:
        return None
    at = columns.index(place.column)
    return Looked(place=place, columns=(place.column,), rows=tuple((row[at],) for row in rows), total=total)
