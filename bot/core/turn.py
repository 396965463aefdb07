"""One turn of a conversation as values: what came in, what the desk knows, and what it wants to happen.

Promise: a conversation rule sees Scene and Heard and nothing else; what it wants is a frozen Step. `Turn` is the sheet
of paper on which one step is drawn up and never outlives it. Limits: no rule stands here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time

from bot.core.events import Event
from bot.core.identity import Check
from bot.core.messages import Message
from bot.core.model import Asking, Challenge, Purpose, Session, Talk, Ticket
from bot.core.plans import Change


@dataclass(frozen=True, kw_only=True)
class Hours:
    """When colleagues answer: local opening and closing time on ordinary working days."""

    opens: time
    closes: time


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What the desk knows at this instant (UTC): the conversation, its tickets, chance and settings as values.

    `fresh` are random 256-bit ids to use up; `next_number` is the next running number of this local year;
    `codes_left` says whether the address in the message may get another code today; `new_addresses` holds, per ticket
    that changes an e-mail address, the new address and its keyed hash. `reached_at` is when the message reached the
    house, where that was earlier than now; `own_address` the address, with its keyed hash, of a conversation by mail.
    """

    now: datetime
    talk: Talk
    tickets: tuple[Ticket, ...]
    fresh: tuple[str, ...]
    next_number: int
    hours: Hours
    policy_date: date
    policy_url: str
    codes_left: bool = True
    new_addresses: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    new_address_codes_left: bool = True
    reached_at: datetime | None = None
    own_address: tuple[str, str] | None = None

    @property
    def since(self) -> datetime:
        """When the clock of what is asked now begins: the instant the message reached the house (UTC)."""
        return self.reached_at or self.now


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A person's message after reading: words, intents, slots, and what the desk's own eyes saw in it.

    `code` is what became of a typed code, `purpose` and `about` what that code was for and the ticket it was made for.
    """

    text: str
    intents: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    sure: bool = False
    lang: str = "en"
    lang_known: bool = True
    changes: tuple[Change, ...] = ()
    address: str | None = None
    mailbox: str | None = None
    ref: str | None = None
    topics: tuple[str, ...] = ("general",)
    alarm: str | None = None
    marketing: bool = False
    code: Check | None = None
    purpose: Purpose = Purpose.IDENTITY
    about: str | None = None
    hidden: bool = False


@dataclass(frozen=True, kw_only=True)
class Opened:
    """The chat was opened; `hidden` when an earlier conversation on this device is not shown to this visitor."""

    hidden: bool = False


@dataclass(frozen=True, kw_only=True)
class Pressed:
    """A button of the desk's newest question was pressed, or its words were typed."""

    act: str
    arg: str = ""


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """The platform's session token was accepted."""

    session: Session


@dataclass(frozen=True, kw_only=True)
class SignedOut:
    """The person logged out of the platform."""


@dataclass(frozen=True, kw_only=True)
class WaitedLong:
    """The open question has been unanswered for 24 hours."""


@dataclass(frozen=True, kw_only=True)
class LinkOpened:
    """Somebody opened this conversation's link in Telegram: their first name there, and the question's token."""

    name: str
    claim: str


@dataclass(frozen=True, kw_only=True)
class LinkAnswered:
    """The question about the link was answered; `talk` is the Telegram conversation it binds, empty when it is over."""

    yes: bool
    talk: str = ""


@dataclass(frozen=True, kw_only=True)
class Linked:
    """A Telegram conversation gets the login that gave out its link, or learns that the answer was no."""

    session: Session | None


Input = Heard | Opened | Pressed | SignedIn | SignedOut | WaitedLong | LinkOpened | LinkAnswered | Linked


@dataclass(frozen=True, kw_only=True)
class Opening:
    """A new ticket with the contents that belong to it."""

    ticket: Ticket
    words: str
    changes: tuple[Change, ...] = ()
    address: str | None = None


@dataclass(frozen=True, kw_only=True)
class CodeToSend:
    """A one-time code to mail to an address, for these tickets; `ticket` is whose mail it is."""

    challenge: Challenge
    address: str
    tickets: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one turn leads to. Nothing of it has happened yet."""

    talk: Talk
    says: tuple[Message, ...] = ()
    opened: tuple[Opening, ...] = ()
    moves: tuple[tuple[str, Event], ...] = ()
    codes: tuple[CodeToSend, ...] = ()
    amended: tuple[tuple[str, tuple[Change, ...]], ...] = ()
    passed_on: tuple[str, ...] = ()
    wants_copy: str | None = None
    wants_sign_in: bool = False


@dataclass
class Turn:
    """The sheet on which a step is drawn up."""

    scene: Scene
    talk: Talk
    words: str = ""
    says: list[Message] = field(default_factory=list)
    opened: list[Opening] = field(default_factory=list)
    moves: list[tuple[str, Event]] = field(default_factory=list)
    codes: list[CodeToSend] = field(default_factory=list)
    amended: list[tuple[str, tuple[Change, ...]]] = field(default_factory=list)
    passed_on: list[str] = field(default_factory=list)
    wants_copy: str | None = None
    wants_sign_in: bool = False
    used: int = 0

    def fresh(self) -> str:
        """The next unused random id."""
        self.used += 1
        return self.scene.fresh[self.used - 1]

    def say(self, message: Message) -> None:
        """Add a bubble."""
        self.says.append(message)

    def ask(self, asking: Asking, *, about: str | None = None, offers: tuple[str, ...] = ()) -> None:
        """Leave one question open; a new question replaces the old one."""
        self.talk = replace(self.talk, asking=asking, about=about, offers=offers)

    def settle(self) -> None:
        """No question is open any more."""
        self.talk = replace(self.talk, asking=Asking.NOTHING, about=None, offers=(), unclear_since=None)

    def start_clock(self, at: datetime) -> None:
        """Remember the first message in which a request could be recognised; a later one never replaces it."""
        self.talk = replace(self.talk, unclear_since=self.talk.unclear_since or at)

    def move(self, ticket: Ticket, event: Event) -> None:
        """Let something happen to a ticket."""
        self.moves.append((ticket.id, event))

    def every_ticket(self) -> tuple[Ticket, ...]:
        """The tickets of this conversation, with those of this very turn."""
        return (*self.scene.tickets, *(opening.ticket for opening in self.opened))

    def open_tickets(self) -> tuple[Ticket, ...]:
        """Those of them that are not closed."""
        return tuple(ticket for ticket in self.every_ticket() if ticket.is_open)

    def step(self) -> Step:
        """The finished step."""
        return Step(
            talk=replace(self.talk, last_at=self.scene.now),
            says=tuple(self.says),
            opened=tuple(self.opened),
            moves=tuple(self.moves),
            codes=tuple(self.codes),
            amended=tuple(self.amended),
            passed_on=tuple(self.passed_on),
            wants_copy=self.wants_copy,
            wants_sign_in=self.wants_sign_in,
        )
