"""What a data package says about itself: the request, the search, the recipients, the authorities.

Promise: frozen values only, all handed in; nothing here looks anything up or reads a clock. Limits: words that come
from settings or the data map arrive as phrases in several languages; everything else is a code, a name or a date.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from bot.core.plans import Recipient, Verb, Words


class Outcome(StrEnum):
    """How the search of one system ended."""

    FOUND = "found"
    NOTHING = "nothing"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class System:
    """One system that was to be searched.

    `name` is the source's name as plan lines carry it, `label` what people call it. `reason` is a code and tells why
    a search failed (`down`, `timeout`, `manual`, `refused`; others are shown in plain letters); `follows` is the
    local date by which the missing part comes.
    """

    name: str
    outcome: Outcome
    label: Words = ()
    reason: str = ""
    follows: date | None = None


@dataclass(frozen=True, kw_only=True)
class Authority:
    """A supervisory authority the person may turn to: its own name, and the page for complaints."""

    name: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A decision that a machine takes alone (Art. 15(1)(h)): which, and by what logic."""

    name: Words
    logic: Words


@dataclass(frozen=True, kw_only=True)
class Cover:
    """The request a package answers.

    `asked_on` is the local date of receipt, `made_at` an instant in UTC and the package's only clock. `period` gives
    the first and last local date covered; an open start is the first record. `verb` is access or portability.
    `checked` says that a colleague looked before release. `authorities` are those of the person's country; the Dutch
    one is always named besides. `read_until` is the last local date on which the desk keeps this copy.
    """

    verb: Verb = Verb.ACCESS
    person_label: str = field(repr=False)
    ref: str
    asked_on: date
    made_at: datetime
    lang: str
    period: tuple[date | None, date]
    searched: tuple[System, ...]
    recipients: tuple[Recipient, ...] = ()
    authorities: tuple[Authority, ...] = ()
    decisions: tuple[Decision, ...] = ()
    checked: bool = True
    read_until: date | None = None

    def __post_init__(self) -> None:
        """Refuses a package for anything but access and portability, and a clock without a zone."""
        if self.verb not in (Verb.ACCESS, Verb.PORTABILITY):
            raise ValueError("a package answers access or portability")
        if self.made_at.tzinfo is None:
            raise ValueError("made_at needs a zone")

    @property
    def portable(self) -> bool:
        """True for a package to take elsewhere: only what the person provided (Art. 20)."""
        return self.verb is Verb.PORTABILITY
