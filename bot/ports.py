"""Where the desk meets several of a kind: doors to people, the staff's door, sources of data; and how those fail.

Promise: small Protocols with the same verbs in every implementation, and one family of errors that says whether trying
again can help. No error carries a value of a person. Limits: only what has, or will have, more than one implementation
stands here.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol, TypeVar

from bot.core.deadlines import Dates
from bot.core.events import Entry, Event
from bot.core.intake import Intake
from bot.core.messages import Message
from bot.core.model import Door, Staffer, Ticket, Way
from bot.core.plans import ActResult, Change, Corrected, PersonFound, Plan, PlanLine, Subject, Verb
from bot.core.suppression import Suppression
from bot.pulse import Pulse

T = TypeVar("T")

Clock = Callable[[], datetime]
"""Now, as an aware UTC instant. The only clock anybody asks."""

Sink = Callable[[PlanLine, Iterator[Mapping[str, Any]]], None]
"""Takes the rows of one line of an access plan, in the source's worker thread."""


class SourceDown(Exception):
    """The source did not answer; nothing happened and the same call may be made again later."""


class Restored(SourceDown):
    """The source's database is older than the erasure register: nothing is done with it until `restore` has run."""


class RegisterDown(SourceDown):
    """The erasure register couldn't be read or written; an act that was done meanwhile answers from its receipt."""


class PlanChanged(Exception):
    """What would happen now is no longer what was approved; nothing happened and a new approval is needed."""


class SourceRefused(Exception):
    """The call can never succeed as it is; nothing happened. `reasons` are codes with table or field names."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        """Keep the reasons; the message joins them."""
        super().__init__("; ".join(reasons))
        self.reasons = reasons

    @property
    def code(self) -> str:
        """The first reason without its place; `map_unfit` where it is a sentence about the data map."""
        code = self.reasons[0].partition(":")[0]
        return "map_unfit" if " " in code else code


class NotReadBack(Exception):
    """After the act a planned value was still there, so all of it was rolled back; staff have to look."""


class ByHand(Exception):
    """A colleague has to do this act first; nothing happened. The same call is done once their proof note is there."""

    def __init__(self, *, errand: str, what: str, about: str) -> None:
        """`errand` is the same for every call with the same key; `what` is a code and `about` the source's name."""
        super().__init__("by_hand")
        self.errand, self.what, self.about = errand, what, about


def act_key(ticket_id: str, verb: str, what: str) -> str:
    """The idempotency key of an act: it begins with the ticket, so that a source can be shown what was done for it."""
    return f"{ticket_id}:{verb}:{what}"


def ticket_of(key: str) -> str:
    """The ticket an act's key is of; ids of tickets hold no colon."""
    return key.partition(":")[0]


class Transaction(Protocol):
    """An open transaction of the store: queries about conversations and about work, and who must hear of the commit.

    The store is typed loosely here because the rooms above it must not import it; storage/people.py and
    storage/work.py say what each query takes and returns.
    """

    people: Any
    work: Any
    retention: Any
    spoken: set[str]
    unsaid: list[tuple[str, int]]


class Transactions(Protocol):
    """The store as the rooms above it see it: a plain function in, its result out after the commit."""

    async def tx(self, fn: Callable[[Any], T]) -> T:
        """Run `fn` in a writing transaction."""
        ...

    async def read(self, fn: Callable[[Any], T]) -> T:
        """Run `fn` in a reading transaction."""
        ...


class Source(Protocol):
    """One system that holds data about people. Verbs: check, person, find, act; values for the staff page."""

    name: str

    async def person(
        self, *, email: str | None = None, tenant: str | None = None, subject: str | None = None
    ) -> tuple[PersonFound, ...]:
        """Who is meant: by mailbox (all tenants), or by tenant and session subject. Raises SourceDown."""
        ...

    async def find(self, person: Subject, verb: Verb, changes: tuple[Change, ...] = ()) -> Plan:
        """What `verb` would do, as a plan without values; writes nothing. Raises SourceDown, SourceRefused."""
        ...

    async def values(self, person: Subject, changes: tuple[Change, ...]) -> tuple[Corrected, ...]:
        """Old and new values of a correction, for the staff page alone."""
        ...

    async def act(
        self,
        *,
        key: str,
        person: Subject,
        verb: Verb,
        approved: str,
        ceiling: int,
        changes: tuple[Change, ...] = (),
        sink: Sink | None = None,
    ) -> ActResult:
        """Do it once per key and read it back. Raises SourceDown, PlanChanged, SourceRefused, NotReadBack, ByHand."""
        ...

    async def suppress(self, address: str, *, scope: str = "") -> bool:
        """Never mail this address for marketing again; the same for known and unknown addresses."""
        ...

    async def unsuppress(self, address: str, *, scope: str = "") -> bool:
        """Undo it."""
        ...

    async def suppression(self, address: str, *, scope: str = "") -> Suppression | None:
        """Why nothing may be sent to the address in this scope (empty: the platform's own mail; or a tenant)."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One mail to one address: subject, text and HTML of the same words, and the id under which it may repeat.

    `reply_to` is where its answer is surely recognised; `thread` the Message-IDs it answers, the newest last.
    """

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    lang: str = "en"
    reply_to: str = ""
    thread: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a conversation can be reached at a door that is delivered to: an address or a chat id."""

    talk: str
    door: Door
    address: str
    lang: str


class Outward(Protocol):
    """A door to which lines are carried."""

    async def say(self, place: Place, lines: tuple[Any, ...], *, key: str) -> None:
        """Deliver these lines (storage.talks.Line) in order; `key` stays the same when it is tried again.

        Raises PostDown or TryLater to be asked again, AddressRefused when this place will never be reached.
        """
        ...


class Settle(Protocol):
    """Tells the shared mailbox what became of a mail that staff were asked about."""

    async def __call__(self, message_id: str, *, ours: bool) -> object:
        """Mark and move it when it is the desk's; leave it alone otherwise."""
        ...


class Post(Protocol):
    """The way mail leaves the house."""

    async def send(self, letter: Letter) -> None:
        """Hand a mail to the mail server. Raises PostDown when it did not take it; try again later."""
        ...


class PostDown(Exception):
    """The mail server did not take the mail; nothing is lost, the same mail is tried again."""


class AddressRefused(Exception):
    """The mail server will never take this address; staff are told, nobody else is."""


class Taker(Protocol):
    """Where a mail that came in is handed over: the desk's side of every way in for mail."""

    async def take(self, raw: bytes, arrived: datetime, *, truncated: bool = False) -> str:
        """Keep one raw mail for good, then say whose it is: ours, not_ours, unsure, machine or quarantined.

        `arrived` is the instant of arrival (UTC): the legal clock runs from it. `truncated` says that only its first
        bytes were fetched. A mail that was taken before is recognised and gets the same answer.
        """
        ...


class Cursor(Protocol):
    """How far a shared mailbox was read, kept where a restart finds it."""

    async def read(self, mailbox: str) -> tuple[int, int] | None:
        """The UIDVALIDITY and the last UID up to which every mail was taken; None when it was never read."""
        ...

    async def write(self, mailbox: str, validity: int, uid: int) -> None:
        """Every mail up to this UID was taken."""
        ...


class MailboxDown(Exception):
    """The shared mailbox did not do it; nothing is lost, try again later. `reason` is a code, never a value."""

    def __init__(self, reason: str) -> None:
        """Keep the code: unreachable, certificate, tls, login, folder, lost, or the command that was refused."""
        super().__init__(reason)
        self.reason = reason


class TryLater(Exception):
    """Slack asked to wait; `seconds` says how long."""

    def __init__(self, seconds: float) -> None:
        """Keep the pause asked for."""
        super().__init__(f"try again in {seconds:.0f} s")
        self.seconds = seconds


@dataclass(frozen=True, kw_only=True)
class Route:
    """How a recipient is told (Art. 19): by which way, where, and whether they find people by their address."""

    way: Way
    to: str = ""
    finds_by: str = ""


class Hooks(Protocol):
    """The way notices reach recipients who take webhooks."""

    async def tell(self, recipient: str, url: str, *, key: str, facts: Mapping[str, str]) -> None:
        """Send signed facts, as often as it takes under the same key. Raises SourceDown when they were not taken."""
        ...


class Safe(Protocol):
    """Encrypted objects: write once, read whole or from a byte on, destroy by destroying the key."""

    def writer(self, object_id: str, *, ticket: str, kind: str) -> AbstractContextManager[Any]:
        """A binary sink whose object is there when the block ends well."""
        ...

    def reader(self, object_id: str, ticket: str, kind: str, *, start: int = 0) -> Iterator[bytes]:
        """The plaintext in pieces, each verified."""
        ...

    def size(self, object_id: str) -> int:
        """Plaintext bytes."""
        ...

    def shred(self, object_id: str) -> None:
        """Destroy the key, then the object; again is harmless."""
        ...

    def scratch(self) -> Any:
        """A nameless encrypted place for bytes that must wait."""
        ...


@dataclass(frozen=True, kw_only=True)
class TicketView:
    """A ticket as staff may see it in Slack: facts, dates, log and plan counts; no names, no contents."""

    ticket: Ticket
    dates: Dates
    log: tuple[Entry, ...]
    plan: Plan | None
    stuck: tuple[str, ...] = ()
    together: tuple[str, ...] = ()
    away: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Digest:
    """What a working day begins with: everything staff still have to do, and who is away."""

    views: tuple[TicketView, ...]
    away: Mapping[str, date]

    @property
    def is_empty(self) -> bool:
        """True when nothing is worth a message."""
        return not self.views


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What became of a staff event: done, or why not (a code: repeated, illegal, unknown)."""

    done: bool
    reason: str = ""
    ticket: Ticket | None = None


class StaffDesk(Protocol):
    """What the staff's door asks of the desk."""

    clock: Clock
    pulse: Pulse

    def staffer(self, team: str, user: str) -> Staffer | None:
        """The row of the server-side approver table, or None. An empty table means nobody."""
        ...

    def staff(self) -> tuple[Staffer, ...]:
        """The whole table."""
        ...

    async def view(self, ticket_id: str) -> TicketView | None:
        """One ticket, read from the database now."""
        ...

    async def view_of_card(self, channel: str, ts: str) -> TicketView | None:
        """The ticket whose card stands at this message: a click is checked against what was really posted."""
        ...

    async def find(self, ref: str) -> TicketView | None:
        """A ticket by its label, or by the number in it alone."""
        ...

    async def place_of_card(self, ticket_id: str) -> tuple[str, str] | None:
        """Where a ticket's card stands: (channel, ts)."""
        ...

    async def queue(self) -> tuple[TicketView, ...]:
        """Everything staff still have to do, the most urgent first; without logs and plans."""
        ...

    async def closed(self, since: datetime) -> tuple[TicketView, ...]:
        """What was closed from this instant (UTC) on, the newest first; without logs and plans."""
        ...

    async def away(self) -> Mapping[str, date]:
        """Who is away today: staffer's key -> last local day away."""
        ...

    async def set_away(self, staffer: Staffer, until: date | None) -> None:
        """Note that a colleague is away up to and including a local day, or back (None)."""
        ...

    async def file_by_hand(self, intake: Intake) -> TicketView:
        """File a request that came by phone or post; again with the same key changes nothing."""
        ...

    async def apply(
        self, key: str, ticket_id: str, event: Event, note: str = "", contents: Mapping[str, str] | None = None
    ) -> Applied:
        """Let an event happen once per key; everything else (log, effects, card) follows from it.

        `note`: what a colleague typed about it, kept apart from the event, which names it.

        `contents` are texts kept with the ticket by kind, such as the proof note of an errand (`proof:<errand>`).
        """
        ...

    async def staff_link(self, ticket_id: str, staffer: Staffer) -> str:
        """A single-use link of five minutes to the staff page, bound to this colleague."""
        ...

    def letter(self, message: Message, lang: str) -> str:
        """The letter as the person will read it, as plain text."""
        ...


class StaffDoor(Protocol):
    """The staff's door as the courier uses it: post or refresh a card, add a line to its thread, alert."""

    async def card(self, view: TicketView, place: tuple[str, str] | None) -> tuple[str, str]:
        """Post the card, or update it where it stands; returns (channel, ts)."""
        ...

    async def thread(self, place: tuple[str, str], view: TicketView, entry: Entry) -> None:
        """Add a line of the log to the card's thread."""
        ...

    async def nudge(self, place: tuple[str, str] | None, view: TicketView, rung: str, who: str) -> None:
        """Tell a group of staff what is due; red alerts go to the channel and to every approver."""
        ...

    async def digest(self, digest: Digest) -> None:
        """Post the day's digest to the channel."""
        ...

    async def flood(self, what: str) -> None:
        """Tell the channel that a fuse of the house has blown: answers_mail, answers_chat, cards or forged."""
        ...
