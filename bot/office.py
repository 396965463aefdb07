"""The office: what staff see of the desk and do beside deciding, for the staff's door.

Promise: every view is read from the database now; a list is read without logs and plans, so that a long one stays
quick; what happens to a ticket goes through Desk.apply. Limits: it asks no permission; the door asks `may_decide`
before it calls.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from bot import intake as intakes
from bot.core.clock import legal_dates
from bot.core.deadlines import local_date
from bot.core.events import Event
from bot.core.intake import Intake
from bot.core.messages import Message
from bot.core.model import Staffer, Status, Ticket
from bot.desk import Desk
from bot.ports import Applied, Digest, TicketView
from bot.pulse import Pulse
from bot.record import is_for_staff
from bot.views import view_in

LINK_LIFE = timedelta(minutes=5)
_REF = re.compile(r"(?:SEL-)?(?:(?P<year>\d{4})-)?(?P<number>\d{1,5})", re.IGNORECASE)


def refs_meant(text: str, this_year: int) -> tuple[str, ...]:
    """The labels that "SEL-2026-00417", "2026-417" or "417" may mean, the likeliest first; none for anything else."""
    found = _REF.fullmatch(text.strip())
    if found is None:
        return ()
    years = (int(found["year"]),) if found["year"] else (this_year, this_year - 1)
    return tuple(f"SEL-{year}-{int(found['number']):05d}" for year in years)


class Office:
    """What the staff's door asks of the desk."""

    def __init__(self, *, desk: Desk, pulse: Pulse) -> None:
        """Take the desk, and where the doors note their signs of life."""
        self._desk = desk
        self.pulse = pulse
        self.clock = desk.clock

    def _today(self) -> date:
        return local_date(self.clock())

    # ---- colleagues

    def staffer(self, team: str, user: str) -> Staffer | None:
        """The row of the approver table, or None; an empty table means nobody."""
        return self._desk.staffer(team, user)

    def staff(self) -> tuple[Staffer, ...]:
        """The whole approver table."""
        return self._desk.staff()

    async def away(self) -> Mapping[str, date]:
        """Who is away today: staffer's key -> last local day away."""
        found: Mapping[str, date] = await self._desk.store.read(lambda tx: tx.work.away(self._today()))
        return found

    async def set_away(self, staffer: Staffer, until: date | None) -> None:
        """Note that a colleague is away up to and including a local day, or back (None); open cards say so."""
        now = self.clock()

        def write(tx: Any) -> None:
            tx.work.set_away(staffer.key, until)
            for ticket in tx.work.owed_tickets():
                if ticket.status is Status.REVIEW:
                    key = f"card:{ticket.id}:away:{staffer.key}:{now.isoformat()}"
                    tx.work.queue(self._desk.fresh(), key=key, ticket=ticket.id, kind="card", now=now)

        await self._desk.store.tx(write)

    # ---- tickets

    async def view(self, ticket_id: str) -> TicketView | None:
        """One ticket as staff may see it in Slack."""
        return await self._desk.store.read(lambda tx: view_in(tx, ticket_id, self._today()))

    async def view_of_card(self, channel: str, ts: str) -> TicketView | None:
        """The ticket whose card stands at this message."""

        def look(tx: Any) -> TicketView | None:
            ticket_id = tx.work.ticket_of_card(channel, ts)
            return view_in(tx, ticket_id, self._today()) if ticket_id else None

        return await self._desk.store.read(look)

    async def find(self, ref: str) -> TicketView | None:
        """A ticket by its label, or by its number alone (this year's, else last year's)."""

        def look(tx: Any) -> TicketView | None:
            for label in refs_meant(ref, self._today().year):
                ticket = tx.work.ticket_by_ref(label)
                if ticket is not None and is_for_staff(ticket):
                    return view_in(tx, ticket.id, self._today())
            return None

        return await self._desk.store.read(look)

    async def place_of_card(self, ticket_id: str) -> tuple[str, str] | None:
        """Where a ticket's card stands: (channel, ts)."""
        return await self._desk.store.read(lambda tx: tx.work.card(ticket_id))

    async def queue(self) -> tuple[TicketView, ...]:
        """Everything staff still have to do that is worth a card, the most urgent first; without logs and plans."""
        return await self._desk.store.read(lambda tx: _listed(tx, tx.work.owed_tickets(), self._today()))

    async def closed(self, since: datetime) -> tuple[TicketView, ...]:
        """What was closed from this instant (UTC) on, the newest first; without logs and plans."""
        return await self._desk.store.read(lambda tx: _listed(tx, tx.work.closed_since(since), self._today()))

    async def digest(self) -> Digest:
        """What the day begins with."""
        return Digest(views=await self.queue(), away=await self.away())

    # ---- doing

    async def apply(
        self, key: str, ticket_id: str, event: Event, note: str = "", contents: Mapping[str, str] | None = None
    ) -> Applied:
        """Let an event happen once per key."""
        return await self._desk.apply(key, ticket_id, event, note, contents)

    async def file_by_hand(self, intake: Intake) -> TicketView:
        """File a request that came by phone or post; again with the same key changes nothing."""

        def write(tx: Any) -> TicketView:
            ticket = intakes.file(tx, self._desk.pen, intake, self.clock())
            view = view_in(tx, ticket.id, self._today())
            assert view is not None
            return view

        return await self._desk.store.tx(write)

    async def staff_link(self, ticket_id: str, staffer: Staffer) -> str:
        """A single-use link of five minutes to the staff page, bound to this colleague."""
        token, now = self._desk.fresh(), self.clock()

        def write(tx: Any) -> None:
            ends_at = now + LINK_LIFE
            tx.people.add_link(token, kind="staff", owner=ticket_id, who=staffer.key, made_at=now, ends_at=ends_at)

        await self._desk.store.tx(write)
        return f"{self._desk.rules.public_url}/staff/enter/{token}"

    def letter(self, message: Message, lang: str) -> str:
        """The letter as the person will read it, as plain text."""
        return self._desk.texts.mail(message, lang).text


def _listed(tx: Any, tickets: Iterable[Ticket], today: date) -> tuple[TicketView, ...]:
    away = tx.work.away(today)
    shown = (one for one in tickets if is_for_staff(one))
    return tuple(TicketView(ticket=one, dates=legal_dates(one), log=(), plan=None, away=away) for one in shown)
