"""Values for the tests of the core, and a parlour: one conversation played without a store.

Promise: everything is fixed (time, ids, hours); `Parlour` does with a Step what the desk does, in memory: it opens
tickets, lets events happen, and keeps what was said. Limits: contents are kept only as far as a conversation asks back.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from bot.core import events as e
from bot.core.conversation import step
from bot.core.identity import Check
from bot.core.lifecycle import advance, opened
from bot.core.messages import Looking, Message
from bot.core.model import Door, Flag, Identity, Level, PlanNote, Right, Role, Session, Staffer, Status, Talk, Ticket
from bot.core.moves import IllegalMove
from bot.core.plans import Change
from bot.core.turn import Heard, Hours, Input, Pressed, Scene, SignedIn, Step, WaitedLong

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)  # a Monday, 10:00 in Amsterdam
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
HOURS = Hours(opens=time(9), closes=time(17))
ME = ("acme", "u-1")

LOTTE = Staffer(team="T1", user="U1", name="Lotte", roles=frozenset({Role.APPROVER, Role.LEGAL}))
MINA = Staffer(team="T1", user="U2", name="Mina", roles=frozenset({Role.APPROVER}))
NOAH = Staffer(team="T1", user="U3", name="Noah")


def session(*, at: datetime = NOW) -> Session:
    return Session(tenant=ME[0], subject=ME[1], auth_time=at)


def by_session(at: datetime = NOW) -> Identity:
    return Identity(level=Level.SESSION, at=at, door=Door.WEB, tenant=ME[0], subject=ME[1])


def by_mailbox(at: datetime = NOW, mailbox: str = "m-1") -> Identity:
    return Identity(level=Level.MAILBOX, at=at, door=Door.WEB, mailbox=mailbox)


def plan_note(digest: str = "a" * 64, **more: object) -> PlanNote:
    return replace(PlanNote(hash=digest, rows=12, groups=3), **more)  # type: ignore[arg-type]


def ticket(right: Right = Right.ERASURE, **more: object) -> Ticket:
    base = Ticket(
        id="t-1",
        ref="SEL-2026-00001",
        right=right,
        group="g-1",
        door=Door.WEB,
        lang="en",
        received_at=NOW,
        talk="talk-1",
    )
    return replace(base, **more)  # type: ignore[arg-type]


def located(plan: PlanNote | None = None, *, flags: frozenset[Flag] = frozenset(), nothing: bool = False) -> e.Located:
    message = Looking(ref="SEL-2026-00001", latest=date(2026, 12, 2))
    return e.Located(by="source", plan=plan or plan_note(), message=message, flags=flags, nothing=nothing)


def play(one: Ticket, *happened: e.Event, now: datetime = NOW) -> Ticket:
    """The ticket after these events, all at `now`."""
    for event in happened:
        one = advance(one, event, now).ticket
    return one


def begun(right: Right = Right.ERASURE, identity: Identity | None = None, **more: object) -> Ticket:
    """A ticket as filing opens it."""
    return opened(ticket(right, identity=identity, **more), NOW).ticket


class Parlour:
    """One conversation and its tickets, with what was said last and all that was wanted outside."""

    def __init__(self, *, signed_in: bool = False, now: datetime = NOW) -> None:
        who = session(at=now) if signed_in else None
        self.now = now
        self.talk = Talk(id="talk-1", door=Door.WEB, lang="en", started_at=now, last_at=now, session=who)
        self.tickets: dict[str, Ticket] = {}
        self.said: list[Message] = []
        self.effects: list[e.Effect] = []
        self.steps: list[Step] = []
        self.new_addresses: dict[str, tuple[str, str]] = {}
        self.codes_left = True
        self._ids = 0

    def scene(self) -> Scene:
        return Scene(
            now=self.now,
            talk=self.talk,
            tickets=tuple(self.tickets.values()),
            fresh=tuple(f"id-{self._ids + number}" for number in range(24)),
            next_number=len(self.tickets) + 1,
            hours=HOURS,
            policy_date=date(2026, 1, 1),
            policy_url="https://seleqt.example/privacy",
            codes_left=self.codes_left,
            new_addresses=self.new_addresses,
        )

    def take(self, came: Input) -> Step:
        decided = step(self.scene(), came)
        self._ids += 24
        self.steps.append(decided)
        self.said = list(decided.says)
        for opening in decided.opened:
            self._keep_addresses(opening.ticket.id, opening.changes)
            self._after(opened(opening.ticket, self.now))
        for ticket_id, changes in decided.amended:
            self._keep_addresses(ticket_id, changes)
        for ticket_id, event in decided.moves:
            self.happen(ticket_id, event)
        self.talk = decided.talk
        return decided

    def _keep_addresses(self, ticket_id: str, changes: tuple[Change, ...]) -> None:
        for change in changes:
            if change.name == "email":
                self.new_addresses[ticket_id] = (change.new, f"hash of {change.new}")

    def _after(self, result: object) -> None:
        self.tickets[result.ticket.id] = result.ticket  # type: ignore[attr-defined]
        for effect in result.effects:  # type: ignore[attr-defined]
            self.effects.append(effect)
            if isinstance(effect, e.Tell):
                self.said.append(effect.message)

    def happen(self, ticket_id: str, event: e.Event) -> bool:
        """Let an event happen; False when it may not."""
        try:
            self._after(advance(self.tickets[ticket_id], event, self.now))
        except IllegalMove:
            return False
        return True

    def hear(self, text: str = "", *intents: str, **more: object) -> Step:
        """Somebody clearly wants `intents`; with none, the message is unsure unless `sure` is given."""
        heard = Heard(text=text, intents=intents, sure=bool(intents))
        return self.take(replace(heard, **more))  # type: ignore[arg-type]

    def address(self, address: str = "sanne@example.nl") -> Step:
        return self.hear(address, address=address, mailbox=f"hash of {address}")

    def code(self, check: Check = Check.RIGHT, mailbox: str | None = "hash of sanne@example.nl") -> Step:
        sent = next((code.challenge for step in reversed(self.steps) for code in reversed(step.codes)), None)
        made_for = {"purpose": sent.purpose, "about": sent.ticket} if sent else {}
        return self.hear("48217730", code=check, mailbox=mailbox, **made_for)

    def press(self, act: str, arg: str = "") -> Step:
        return self.take(Pressed(act=act, arg=arg))

    def press_said(self, act: str) -> Step:
        """Press the button of that name among those last shown."""
        button = next(one for message in reversed(self.said) for one in message.buttons if one.act == act)
        return self.press(button.act, button.arg)

    def sign_in(self) -> Step:
        return self.take(SignedIn(session=session(at=self.now)))

    def wait(self, by: timedelta) -> None:
        self.now += by

    def silence(self) -> Step:
        return self.take(WaitedLong())

    def names(self) -> list[str]:
        """The names of the messages of the last turn, in order."""
        return [message.name() for message in self.said]

    def offers(self) -> list[str]:
        """The acts of the buttons of the last message."""
        return [button.act for button in self.said[-1].buttons]

    def only(self) -> Ticket:
        """The one ticket there is."""
        (one,) = self.tickets.values()
        return one

    def of(self, right: Right) -> Ticket:
        """The newest ticket of a right."""
        return [one for one in self.tickets.values() if one.right is right][-1]

    def statuses(self) -> dict[Right, Status]:
        return {one.right: one.status for one in self.tickets.values()}
