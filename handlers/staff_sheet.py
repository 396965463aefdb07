"""What the staff page shows and who gives it: values of one request, and the Protocol the desk's staff room fulfils.

Promise: everything a page needs is in these values; whoever hands them over has checked the colleague and logged the
look. Limits: these values hold contents of a person (words, old and new values, rows), so they go to the page alone,
never to a log, a hash or Slack.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.core.deadlines import Dates
from bot.core.events import Entry
from bot.core.model import Door, Errand, Staffer, Ticket
from bot.core.plans import Corrected, Plan
from bot.core.sorting import LooseMail
from bot.ports import Clock


@dataclass(frozen=True, kw_only=True)
class Entered:
    """A spent link: the new session's secret (at least 128 random bits) and the request it was made for."""

    cookie: str = field(repr=False)
    ticket_id: str


@dataclass(frozen=True, kw_only=True)
class TalkLine:
    """One line of a conversation: when (UTC), who said it (person, desk or a colleague's name), and the text.

    `door` and `proved` say where it was heard, and whether anybody proved there who they are.
    """

    at: datetime
    who: str
    text: str = field(repr=False)
    door: Door = Door.WEB
    proved: bool = False


@dataclass(frozen=True, kw_only=True)
class Place:
    """One group of data of a plan, or one column of it: where it stands."""

    source: str
    tenant: str
    collection: str
    column: str = ""


@dataclass(frozen=True, kw_only=True)
class Looked:
    """Rows of one group as they would be delivered; `total` says how many there are when not all are shown."""

    place: Place
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    total: int


@dataclass(frozen=True, kw_only=True)
class ByHand:
    """An errand with the colleague's proof note, once it is done."""

    errand: Errand
    note: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Note:
    """What a colleague typed about this request: when (UTC), who, on which occasion (the log's word), and the text."""

    at: datetime
    who: str
    what: str
    text: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class StaffSheet:
    """One request with everything staff may see of it, but rows and values: each of those is a look of its own.

    `asked` is the person's message from which the request was read; `fields` are the names of what a rectification
    changes. `known_by` is the address under which a colleague finds the person where something is done by hand.
    `mail` stands there while nobody has placed it and its copy is kept. `reply_by` is the door by which a reply goes
    out, None where there is none.
    """

    ticket: Ticket
    dates: Dates
    plan: Plan | None
    log: tuple[Entry, ...]
    asked: str = field(default="", repr=False)
    fields: tuple[str, ...] = ()
    talk: tuple[TalkLine, ...] = field(default=(), repr=False)
    notes: tuple[Note, ...] = ()
    by_hand: tuple[ByHand, ...] = ()
    known_by: str = field(default="", repr=False)
    mail: LooseMail | None = None
    reply_by: Door | None = Door.WEB

    @property
    def doors(self) -> frozenset[Door]:
        """The doors at which this request was spoken about."""
        return frozenset(line.door for line in self.talk)


class StaffPages(Protocol):
    """What the staff page asks of the desk. Every method checks `may_decide` itself; a refusal is None or False."""

    clock: Clock

    async def enter(self, token: str) -> Entered | None:
        """Spend a single-use token (five minutes, bound to one colleague); None for a spent, old or unknown one."""
        ...

    async def session(self, cookie: str) -> Staffer | None:
        """Whose session this is, kept alive for 15 more minutes; None when it is over or unknown."""
        ...

    async def leave(self, cookie: str) -> None:
        """End a session at once."""
        ...

    async def sheet(self, ticket_id: str, staffer: Staffer) -> StaffSheet | None:
        """Everything to show of one request, the look logged; None for an unknown request or one's own."""
        ...

    async def reply(self, ticket_id: str, staffer: Staffer, text: str, *, key: str) -> bool:
        """Say this to the person where they spoke last, once per key; False when it can't be said any more."""
        ...

    async def contact(self, ticket_id: str, staffer: Staffer, address: str, words: str) -> str:
        """Keep the address and words of a request by phone or post and go on with it; "address" or "closed" if not."""
        ...

    async def look(self, ticket_id: str, staffer: Staffer, place: Place, reason: str) -> Looked | None:
        """Read the rows of one group, or one column of it, the look logged with its reason; None when not allowed.

        Raises bot.ports.SourceDown when the source doesn't answer.
        """
        ...

    async def changed(self, ticket_id: str, staffer: Staffer, name: str, reason: str) -> tuple[Corrected, ...] | None:
        """Old and new values of one field of a rectification, the look logged with its reason; None when not allowed.

        Raises bot.ports.SourceDown when the source doesn't answer.
        """
        ...
