"""Tickets in every state, a staff table, and a small desk in memory that moves tickets by the real lifecycle."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from bot.core.clock import legal_dates
from bot.core.events import Entry, Event, Sorted
from bot.core.intake import Intake
from bot.core.lifecycle import IllegalMove, advance
from bot.core.messages import Message
from bot.core.model import (
    CLOSED,
    Approval,
    Copy,
    Door,
    Flag,
    Identity,
    Level,
    PlanNote,
    Right,
    Role,
    Staffer,
    Status,
    Stay,
    Task,
    Ticket,
)
from bot.core.rights import approvals_needed
from bot.office import refs_meant
from bot.ports import Applied, TicketView
from bot.pulse import Pulse

TEAM = "T0SELEQT"
NOW = datetime(2026, 11, 2, 9, 14, tzinfo=UTC)
HASH = "7f3a" + "0" * 60
OTHER = "91c0" + "0" * 60


def colleague(user: str, *roles: Role, **more: object) -> Staffer:
    return Staffer(team=TEAM, user=user, name=user[2:].title(), roles=frozenset(roles), **more)


LOTTE = colleague("U0LOTTE", Role.APPROVER, deputy="U0JORIS")
JORIS = colleague("U0JORIS", Role.APPROVER)
MINA = colleague("U0MINA", Role.APPROVER, Role.LEGAL)
STAFF = (LOTTE, JORIS, MINA)

PLAN = PlanNote(
    hash=HASH,
    rows=214,
    groups=11,
    goes=187,
    stays=(Stay(label="invoices", rows=2, reason="tax", until="2031-12-31"),),
    shared=1,
    third_party=3,
    secrets=1,
    recipients=6,
    searched=5,
    systems=5,
)
SESSION = Identity(level=Level.SESSION, at=NOW, door=Door.WEB, tenant="t1", subject="s1")


def ticket(right: Right = Right.ACCESS, status: Status = Status.REVIEW, **more: object) -> Ticket:
    known = status is not Status.VERIFYING
    facts: dict[str, object] = {
        "id": "01JBKS4WZ0",
        "ref": "SEL-2026-00417",
        "right": right,
        "group": "g1",
        "door": Door.WEB,
        "lang": "nl",
        "received_at": NOW,
        "status": status,
        "identity": SESSION if known else None,
        "plan": PLAN if known and status is not Status.LOCATING else None,
        "confirmed_at": NOW if known else None,
        "subjects": frozenset({("t1", "s1")}),
        "closed_at": NOW + timedelta(hours=2) if status in CLOSED else None,
    }
    return Ticket(**{**facts, **more})


def approved(one: Ticket, *staffers: Staffer) -> Ticket:
    given = tuple(Approval(by=staffer.key, at=NOW, plan_hash=HASH) for staffer in staffers)
    return replace(one, approvals=given)


def view(one: Ticket, log: tuple[Entry, ...] = (), **more: object) -> TicketView:
    return TicketView(ticket=one, dates=legal_dates(one), log=log, plan=None, **more)


def every_ticket() -> Iterable[Ticket]:
    """Each right in each state, plain and with everything that can be odd."""
    for right in Right:
        for status in Status:
            plain = ticket(right, status)
            if status in {Status.SCHEDULED, Status.WORKING, Status.DONE} and approvals_needed(plain):
                plain = approved(plain, LOTTE, JORIS)
            yield plain
            yield odd(plain)
    yield unsorted()
    yield unsorted(rungs=frozenset({"sort_over:14"}))
    yield placed(ours=True)
    yield placed(ours=False)


def unsorted(**more: object) -> Ticket:
    """A mail nobody could place, as the post room files it."""
    loose: dict[str, object] = {"door": Door.MAIL, "talk": None, "identity": None, "plan": None, "lang": "en"}
    loose |= {"flags": frozenset({Flag.UNSORTED}), "subjects": frozenset(), "confirmed_at": None}
    return ticket(Right.UNCLEAR, Status.REVIEW, **{**loose, **more})


def placed(*, ours: bool) -> Ticket:
    """The same after a colleague's answer."""
    return advance(unsorted(), Sorted(by=LOTTE.key, ours=ours), NOW).ticket


def odd(one: Ticket) -> Ticket:
    copy = Copy(object_id="o1", size=2_000_000, until=NOW + timedelta(days=14)) if one.status is Status.DONE else None
    decided = {"decided_by": MINA.key, "ground": "art_17_3_b"} if one.status is Status.REFUSED else {}
    flags = frozenset(Flag) - {Flag.MARKETING_ONLY, Flag.UNSORTED}
    return replace(one, flags=flags, copy=copy, asked_at=NOW, breach_due=NOW + timedelta(hours=72), **decided)


class FakeDesk:
    """A desk in memory: the real lifecycle, keys that count once, and the places where cards stand."""

    def __init__(self, *tickets: Ticket, staff: tuple[Staffer, ...] = STAFF) -> None:
        self.now = NOW
        self.tickets = {one.id: one for one in tickets}
        self.logs: dict[str, tuple[Entry, ...]] = {one.id: () for one in tickets}
        self.places: dict[tuple[str, str], str] = {}
        self.keys: list[str] = []
        self.events: list[Event] = []
        self.links: list[str] = []
        self.table = staff
        self.broken = False
        self.gone: dict[str, date] = {}
        self.filed: dict[str, str] = {}
        self.notes: list[str] = []
        self.pulse = Pulse(self.clock)

    def clock(self) -> datetime:
        return self.now

    def staffer(self, team: str, user: str) -> Staffer | None:
        return next((one for one in self.table if (one.team, one.user) == (team, user)), None)

    def staff(self) -> tuple[Staffer, ...]:
        return self.table

    async def view(self, ticket_id: str) -> TicketView | None:
        one = self.tickets.get(ticket_id)
        return view(one, self.logs[ticket_id], away=self.gone) if one else None

    async def view_of_card(self, channel: str, ts: str) -> TicketView | None:
        if self.broken:
            raise RuntimeError("sanne@example.nl is in this error")
        return await self.view(self.places.get((channel, ts), ""))

    async def queue(self) -> tuple[TicketView, ...]:
        return tuple(view(one, away=self.gone) for one in self.tickets.values() if one.is_owed)

    async def closed(self, since: datetime) -> tuple[TicketView, ...]:
        return tuple(view(one) for one in self.tickets.values() if one.closed_at and one.closed_at >= since)

    async def find(self, ref: str) -> TicketView | None:
        meant = refs_meant(ref, self.now.year)
        found = next((one.id for one in self.tickets.values() if one.ref in meant), "")
        return await self.view(found)

    async def place_of_card(self, ticket_id: str) -> tuple[str, str] | None:
        return next((place for place, name in self.places.items() if name == ticket_id), None)

    async def away(self) -> dict[str, date]:
        return dict(self.gone)

    async def set_away(self, staffer: Staffer, until: date | None) -> None:
        self.gone.pop(staffer.key, None)
        self.gone |= {staffer.key: until} if until else {}

    async def file_by_hand(self, intake: Intake) -> TicketView:
        if intake.key not in self.filed:
            made = ticket(intake.right, Status.VERIFYING, id=f"t-{len(self.tickets)}", door=intake.door, clock=())
            made = replace(made, received_at=intake.received_at, ref="SEL-2026-00999", tasks=frozenset({Task.CONTACT}))
            self.filed[intake.key] = made.id
            self.tickets[made.id], self.logs[made.id] = made, ()
        found = await self.view(self.filed[intake.key])
        assert found is not None
        return found

    async def apply(self, key: str, ticket_id: str, event: Event, note: str = "") -> Applied:
        if key in self.keys:
            return Applied(done=False, reason="repeated")
        try:
            step = advance(self.tickets[ticket_id], event, self.now)
        except IllegalMove:
            return Applied(done=False, reason="illegal")
        self.keys.append(key)
        self.notes += [note] if note else []
        self.events.append(event)
        self.tickets[ticket_id] = step.ticket
        self.logs[ticket_id] += step.entries
        return Applied(done=True, ticket=step.ticket)

    async def staff_link(self, ticket_id: str, staffer: Staffer) -> str:
        self.links.append(f"http://desk.example/staff/enter/{ticket_id}-{staffer.user}")
        return self.links[-1]

    def letter(self, message: Message, lang: str) -> str:
        return f"{lang}: {message.name()}\n\n{message!r}"
