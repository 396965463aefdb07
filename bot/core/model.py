"""The desk's nouns: rights, levels of proof, states, tickets, conversations, challenges.

Promise: every value here is frozen, keyword-only and free of behaviour beyond small questions about itself, so a rule
can be tested with two arguments and no set-up. Limits: no content of a person's data stands in these values (names,
addresses, old and new values stand in contents rows of the store, which are deleted on their own); a platform subject
id, a label such as SEL-2026-00417, counts, dates and hashes do.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum


class Right(StrEnum):
    """What a person may ask; one ticket is one right of one person. Values are the reader's intent names."""

    ACCESS = "access"
    PORTABILITY = "portability"
    RECTIFICATION = "rectification"
    RECTIFICATION_CONTACT = "rectification_contact"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    OBJECTION = "objection"
    OBJECTION_MARKETING = "objection_marketing"
    CONSENT_WITHDRAWAL = "consent_withdrawal"
    TESTIMONIAL_REMOVAL = "testimonial_removal"
    POST_MORTEM = "post_mortem"
    COMPLAINT = "complaint"
    UNCLEAR = "unclear"

    @property
    def legal(self) -> str:
        """The name under which deadlines.py knows it: a contact change is a rectification to the law."""
        return "rectification" if self is Right.RECTIFICATION_CONTACT else self.value


class Level(StrEnum):
    """How sure the desk is who asks. Names, not an order: a right lists the ones it accepts."""

    CLAIMED = "L0"
    MAILBOX = "L1"
    SESSION = "L2"


class Status(StrEnum):
    """Where a ticket stands on its one road (lifecycle.py)."""

    VERIFYING = "verifying"
    LOCATING = "locating"
    REVIEW = "review"
    SCHEDULED = "scheduled"
    WORKING = "working"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    FORWARDED = "forwarded"


CLOSED = frozenset({Status.DONE, Status.REFUSED, Status.WITHDRAWN, Status.LAPSED, Status.FORWARDED})


class Door(StrEnum):
    """Through which door a request came; the clock starts at each of them (EDPB Guidelines 01/2022 on receipt)."""

    WEB = "web"
    MAIL = "mail"
    TELEGRAM = "telegram"
    PHONE = "phone"
    POST = "post"


class Flag(StrEnum):
    """What staff should look at before they decide."""

    MAILBOX_ONLY = "mailbox_only"
    SOLE_ADMINISTRATOR = "sole_administrator"
    STAFF_SUBJECT = "staff_subject"
    SHARED_ROWS = "shared_rows"
    THIRD_PARTY = "third_party"
    SEVERAL_TENANTS = "several_tenants"
    MARKETING_ONLY = "marketing_only"
    INCOMPLETE = "incomplete"
    PLAN_CHANGED = "plan_changed"
    ALARM = "alarm"
    STOPPED = "stopped"
    LEGAL_HOLD = "legal_hold"
    PROCESSOR = "processor"
    UNREAD = "unread"
    UNREACHABLE = "unreachable"
    UNDELIVERED = "undelivered"
    UNSORTED = "unsorted"
    FOLDED = "folded"


class Task(StrEnum):
    """What a colleague does by hand beside or after the decision; it is over when proof of it is noted."""

    TELL_RECIPIENTS = "tell_recipients"
    TELL_CLIENT = "tell_client"
    FORWARD = "forward"
    LIFT_RESTRICTION = "lift_restriction"
    CONTACT = "contact"


HOLDS = frozenset({Flag.STOPPED, Flag.LEGAL_HOLD, Flag.ALARM})
"""What forbids every act on data: the person's stop, a legal hold of staff, a red alert. Each is lifted by its name."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """A verified platform session: who, in which tenant, and when they last logged in (UTC)."""

    tenant: str
    subject: str
    auth_time: datetime

    def is_fresh(self, now: datetime, within: timedelta) -> bool:
        """True while the login is at most `within` old; a login from the future is not fresh."""
        return timedelta(0) <= now - self.auth_time <= within


@dataclass(frozen=True, kw_only=True)
class Identity:
    """One passed identity check, bound to a ticket and never changed: level, door, instant (UTC), and whom it covers.

    A session covers one (tenant, subject); a mailbox covers whatever is stored under `mailbox`, a keyed hash of the
    address. `stored` says whether that address stood in a source before the conversation began.
    """

    level: Level
    at: datetime
    door: Door
    tenant: str | None = None
    subject: str | None = None
    mailbox: str | None = None
    stored: bool = False


@dataclass(frozen=True, kw_only=True)
class Approval:
    """One staff decision for one plan: who (Slack team and user), when (UTC), and the hash of the plan they saw."""

    by: str
    at: datetime
    plan_hash: str


@dataclass(frozen=True, kw_only=True)
class Stay:
    """What an erasure leaves: a group, how many rows, the reason's code, and the last day kept (local date, ISO)."""

    label: str
    rows: int
    reason: str
    until: str | None = None


@dataclass(frozen=True, kw_only=True)
class PlanNote:
    """What a ticket remembers of a plan: hash, counts, flags; never values. The plan itself is a contents row."""

    hash: str
    rows: int
    groups: int
    goes: int = 0
    stays: tuple[Stay, ...] = ()
    shared: int = 0
    third_party: int = 0
    secrets: int = 0
    recipients: int = 0
    searched: int = 1
    systems: int = 1
    processor_rows: int = 0

    @property
    def is_on_lists_only(self) -> bool:
        """True when Seleqt holds nothing of its own, and rows on clients' lists would be changed."""
        return not self.groups and self.processor_rows > 0

    @property
    def is_complete(self) -> bool:
        """True when every system answered; a gap blocks "done" and is named to staff and to the person."""
        return self.searched == self.systems


@dataclass(frozen=True, kw_only=True)
class ClockFact:
    """A dated fact that moves a legal date, in the words of deadlines.py (extension_notified, identity_asked ...)."""

    type: str
    at: datetime
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A source that did not answer: its name, a reason code without data, and how often it was tried."""

    source: str
    reason: str
    tries: int = 1


@dataclass(frozen=True, kw_only=True)
class Errand:
    """Something a colleague does where the desk has no interface: what (a code), where or to whom, until when.

    `about` is the name of a source or the code of a recipient; `due` the last local date. The colleague's proof note
    is a contents row of the ticket, kind `proof:<id>`.
    """

    id: str
    what: str
    due: date
    about: str = ""
    done_at: datetime | None = None
    by: str | None = None


class Way(StrEnum):
    """How a recipient hears that data of a person was erased, corrected or restricted (Art. 19)."""

    WEBHOOK = "webhook"
    MAIL = "mail"
    MANUAL = "manual"


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One recipient's notice: by name, by which way, since when they know (UTC), tries and the last reason if not."""

    recipient: str
    name: str
    way: Way
    done_at: datetime | None = None
    tries: int = 0
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Copy:
    """The result of an access request in the vault: object id, bytes, last day, completed downloads and the newest."""

    object_id: str
    size: int
    until: datetime
    fetched: int = 0
    fetched_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """One right of one person on the road from the first sentence to the answer. Instants are UTC.

    `mailbox` is the keyed hash of the stored address to which its answer goes, once a source named one.
    """

    id: str
    ref: str
    right: Right
    group: str
    door: Door
    lang: str
    received_at: datetime
    status: Status = Status.VERIFYING
    version: int = 0
    talk: str | None = None
    country: str = "NL"
    identity: Identity | None = None
    mailbox: str | None = None
    new_mailbox_at: datetime | None = None
    clock: tuple[ClockFact, ...] = ()
    plan: PlanNote | None = None
    verified_at: datetime | None = None
    located_at: datetime | None = None
    confirmed_at: datetime | None = None
    approvals: tuple[Approval, ...] = ()
    waits_until: datetime | None = None
    failures: tuple[Failure, ...] = ()
    errands: tuple[Errand, ...] = ()
    notices: tuple[Notice, ...] = ()
    flags: frozenset[Flag] = frozenset()
    subjects: frozenset[tuple[str, str]] = frozenset()
    rungs: frozenset[str] = frozenset()
    copy: Copy | None = None
    asked_at: datetime | None = None
    decided_by: str | None = None
    ground: str | None = None
    closed_at: datetime | None = None
    breach_due: datetime | None = None
    assignee: str | None = None
    tasks: frozenset[Task] = frozenset()

    @property
    def is_open(self) -> bool:
        """True until an answer, a refusal, a withdrawal or a lapse ended it; a reopening is a new ticket."""
        return self.status not in CLOSED

    @property
    def is_held(self) -> bool:
        """True while a stop button, a legal hold or a red alert forbids every act on data for this ticket."""
        return bool(self.flags & HOLDS)

    @property
    def is_owed(self) -> bool:
        """True while staff have something to do: it is open, somebody must look at a hold, a task or errand is left."""
        errands = any(one.done_at is None for one in self.errands)
        return self.is_open or self.is_held or bool(self.tasks) or errands


class Asking(StrEnum):
    """The one question the desk has open in a conversation."""

    NOTHING = "nothing"
    MEANING = "meaning"
    ADDRESS = "address"
    CODE = "code"
    CHANGE = "change"
    CONFIRM_CHANGE = "confirm_change"
    MARKETING_ADDRESS = "marketing_address"
    NEW_ADDRESS_CODE = "new_address_code"
    STAFF_QUESTION = "staff_question"


@dataclass(frozen=True, kw_only=True)
class Talk:
    """One conversation at one door: what is asked, who proved what, and since when. Contents stand in its lines.

    `owner` is the keyed hash of whom its private lines are for, once anybody proved anything in it.
    """

    id: str
    door: Door
    lang: str
    started_at: datetime
    last_at: datetime
    version: int = 0
    session: Session | None = None
    identity: Identity | None = None
    owner: str | None = None
    asking: Asking = Asking.NOTHING
    about: str | None = None
    offers: tuple[str, ...] = ()
    unclear_since: datetime | None = None
    with_staff: bool = False
    challenge: str | None = None


class Purpose(StrEnum):
    """What a one-time code is for; a code made for one purpose opens nothing else."""

    IDENTITY = "identity"
    NEW_MAILBOX = "new_mailbox"
    DOWNLOAD = "download"


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """A one-time code that was sent, without the code: it is derived from `nonce` and a key when needed."""

    id: str
    talk: str
    purpose: Purpose
    nonce: str
    mailbox: str
    made_at: datetime
    ends_at: datetime
    attempts: int = 0
    ticket: str | None = None
    stored: bool = False
    used_at: datetime | None = None
    replaced: bool = False


class Role(StrEnum):
    """What a staff member may decide; refusing, charging and "excessive" need LEGAL (rules of the desk)."""

    APPROVER = "approver"
    LEGAL = "legal"


@dataclass(frozen=True, kw_only=True)
class Staffer:
    """One row of the server-side approver table: Slack team and user, roles, deputy, own platform subjects."""

    team: str
    user: str
    name: str
    roles: frozenset[Role] = frozenset()
    deputy: str | None = None
    mail: str | None = None
    subjects: frozenset[tuple[str, str]] = field(default_factory=frozenset)

    @property
    def key(self) -> str:
        """How approvals and the log name this colleague."""
        return f"{self.team}:{self.user}"
