"""What can happen to a ticket (past tense) and what the desk wants done about it (imperative).

Promise: every change of a ticket is one of these values, with who caused it; effects are values too, so that deciding
and doing stay apart. Limits: they hold ids, enum values, counts, dates and hashes; contents stand in rows they name.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.core.messages import Message
from bot.core.model import HOLDS, Copy, Flag, Identity, Notice, PlanNote, Task


class Actor(StrEnum):
    """Who may cause an event (lifecycle.WHO)."""

    PERSON = "person"
    STAFF = "staff"
    CLOCK = "clock"
    SOURCE = "source"


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened; `by` names the actor for the log: 'person', 'clock', a source, or a staffer's key."""

    by: str


@dataclass(frozen=True, kw_only=True)
class Proved(Event):
    """An identity check was passed for this ticket."""

    identity: Identity


@dataclass(frozen=True, kw_only=True)
class MailboxProved(Event):
    """The new mailbox of a contact change answered its code."""


@dataclass(frozen=True, kw_only=True)
class IdentityAsked(Event):
    """The person was asked who they are; from here on the clock may pause (Art. 12(6))."""


@dataclass(frozen=True, kw_only=True)
class Confirmed(Event):
    """The person saw what will happen (the plan, the new value) and said yes."""


@dataclass(frozen=True, kw_only=True)
class Amended(Event):
    """The person gave other values for a rectification; the earlier plan is void.

    `contact` says that an e-mail address is among them: the ticket then needs what a contact change needs.
    """

    contact: bool = False


@dataclass(frozen=True, kw_only=True)
class Located(Event):
    """Every source was asked; the combined plan is known.

    `flags` are what staff should look at, `subjects` the (tenant, subject) pairs found, `nothing` says that no source
    holds anything, `message` is what the person is told of it, `mailbox` the keyed hash of the stored address.
    """

    plan: PlanNote
    message: Message
    flags: frozenset[Flag] = frozenset()
    subjects: frozenset[tuple[str, str]] = frozenset()
    nothing: bool = False
    mailbox: str | None = None


@dataclass(frozen=True, kw_only=True)
class Recognised(Event):
    """Every source said whom the proof covers, for a request that a colleague fulfils by hand.

    `subjects` are the (tenant, subject) pairs found, so that no colleague decides on a request of their own.
    """

    subjects: frozenset[tuple[str, str]] = frozenset()
    flags: frozenset[Flag] = frozenset()


@dataclass(frozen=True, kw_only=True)
class SourceFailed(Event):
    """A source did not answer or refused; the ticket waits and staff see why. `reason` is a code without data.

    With `final` trying again changes nothing by itself: the call goes on when a colleague has looked.
    """

    source: str
    reason: str
    final: bool = False


@dataclass(frozen=True, kw_only=True)
class PlanMoved(Event):
    """Before the act the plan was no longer the approved one: approvals are void, the person's data untouched."""


@dataclass(frozen=True, kw_only=True)
class Acted(Event):
    """Every source did what was approved and read it back; `message` is what the person is told.

    `notices` are the recipients the data map has a way to; `facts` are the evidence for the log: rows per action, the
    start of each proof; no data of the person.
    """

    message: Message
    copy: Copy | None = None
    notices: tuple[Notice, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Informed(Event):
    """A recipient took the notice of what was done (Art. 19)."""

    recipient: str


@dataclass(frozen=True, kw_only=True)
class NotInformed(Event):
    """A recipient did not take it; with `final` it is a colleague's now, else it is tried again."""

    recipient: str
    reason: str
    final: bool = False


@dataclass(frozen=True, kw_only=True)
class Approved(Event):
    """A staff member approved the plan with this hash. `may` is what the server-side table says they may do."""

    plan_hash: str


@dataclass(frozen=True, kw_only=True)
class Refused(Event):
    """A staff member with `legal` refused, on a ground from the closed list; `letter` is what the person reads."""

    ground: str
    letter: Message


@dataclass(frozen=True, kw_only=True)
class Extended(Event):
    """Two further months (Art. 12(3)), for complexity or number of requests and nothing else."""

    reasons: tuple[str, ...]
    letter: Message


@dataclass(frozen=True, kw_only=True)
class Asked(Event):
    """A staff member asked the person something; asking does not stop the clock."""

    message: Message


@dataclass(frozen=True, kw_only=True)
class AnswerCame(Event):
    """The person answered a question of staff."""


@dataclass(frozen=True, kw_only=True)
class Settled(Event):
    """A colleague fulfilled by hand what no source can do; `message` holds their words to the person."""

    message: Message


@dataclass(frozen=True, kw_only=True)
class ErrandSet(Event):
    """A source without an interface, or a recipient without one, needs a colleague; once per errand.

    `what` is a code and `about` the source's name or the recipient's code; no data of the person.
    """

    errand: str
    what: str
    about: str = ""


@dataclass(frozen=True, kw_only=True)
class ErrandDone(Event):
    """A staff member did what an errand asks; their proof note stands in a contents row of the ticket."""

    errand: str


@dataclass(frozen=True, kw_only=True)
class Withdrew(Event):
    """The person took the request back."""


@dataclass(frozen=True, kw_only=True)
class Stopped(Event):
    """Somebody who reads a contact on file pressed stop: nothing happens until staff have looked."""


@dataclass(frozen=True, kw_only=True)
class HoldSet(Event):
    """A staff member put the ticket on legal hold; `note` is the id of the contents row that says why."""

    note: str = ""


@dataclass(frozen=True, kw_only=True)
class HoldLifted(Event):
    """A staff member looked and lifted these holds, and no others that may have come since they looked."""

    lifted: frozenset[Flag] = HOLDS


@dataclass(frozen=True, kw_only=True)
class Assigned(Event):
    """A staff member gave the ticket to a colleague (a staffer's key), or to nobody in particular (empty)."""

    to: str = ""


@dataclass(frozen=True, kw_only=True)
class ProofNoted(Event):
    """A staff member did a task by hand; `note` is the id of the contents row that says what proves it."""

    task: Task
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class ContactGiven(Event):
    """A staff member typed the address that came with a request by phone or post, on the staff page."""


@dataclass(frozen=True, kw_only=True)
class Sorted(Event):
    """A staff member said of a mail in the shared mailbox whether it is for the privacy desk."""

    ours: bool


@dataclass(frozen=True, kw_only=True)
class Undelivered(Event):
    """The mail server will never take the person's address; `what` is the kind of step whose mail did not leave."""

    what: str


@dataclass(frozen=True, kw_only=True)
class Alarmed(Event):
    """The person saw somebody else's data, or did not ask this: delivery is frozen, Art. 33's 72 hours are recorded."""

    kind: str


@dataclass(frozen=True, kw_only=True)
class Retried(Event):
    """A staff member asked to try a failed source again."""


@dataclass(frozen=True, kw_only=True)
class Fetched(Event):
    """A download was completed."""


@dataclass(frozen=True, kw_only=True)
class Ticked(Event):
    """Time passed; whatever became due is done now."""


# ---- what we want done


@dataclass(frozen=True, kw_only=True)
class Tell:
    """Say it to the person: in the chat, and by mail too when it is `durable` (a decision, a result, a delay)."""

    message: Message
    durable: bool = False


@dataclass(frozen=True, kw_only=True)
class Call:
    """Ask the data layer: find, who (whom the proof covers), at_once, act; retry hurries what is already owed.

    The courier asks the gate before every act.
    """

    verb: str


@dataclass(frozen=True, kw_only=True)
class Notify:
    """Write to every contact on file that an erasure waits or an address changes, with a stop button."""

    until: datetime


@dataclass(frozen=True, kw_only=True)
class Nudge:
    """Tell staff: a rung of the escalation ladder, an alarm or a failure. `who` is a group, not a person."""

    rung: str
    who: str = "channel"


@dataclass(frozen=True, kw_only=True)
class Shred:
    """Destroy a vault object by destroying its key."""

    object_id: str


@dataclass(frozen=True, kw_only=True)
class Forget:
    """Delete contents rows of a ticket by kind once they have served."""

    kinds: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Inform:
    """Send a recipient the notice of what was done, by the way the data map names (Art. 19)."""

    recipient: str


Effect = Tell | Call | Notify | Nudge | Shred | Forget | Inform


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the event log: what happened and the facts that staff may read in the thread; never contents."""

    what: str
    by: str
    at: datetime
    facts: dict[str, str] = field(default_factory=dict)
