"""All calendar law of the desk: one request and its dated events in, every date the desk is held to out.

Promise: pure and exact. Instants are aware UTC datetimes, days are local dates in Europe/Amsterdam, where the answer is
due; months and paused days are added first and a legal date is rolled last, on undoubted Dutch holidays only. Where
the law or a fact is in doubt, the earlier date is taken.
Limits: it knows no "now" except as an argument and decides nothing: it dates what people decide. Whether a doubt was
reasonable or a request complex is for staff; only what they recorded is read here.

Sources: GDPR art. 12(3), 12(4), 12(6); Reg. (EEC, Euratom) 1182/71 art. 3; EDPB Guidelines 01/2022, section 5.3; the
privacy policy (30 days). Figures that are the desk's own choice are named as constants.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.core.holidays import (
    core_working_days_after,
    last_working_day,
    next_core_working_day,
    next_england_working_day,
)

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

PROMISE_DAYS = 30  # privacy policy: an answer within 30 days; not a statutory period, so it never rolls
QUESTION_DAYS = 3  # working days in which a question still left "without undue delay" (desk's choice)
PROCESSOR_DAYS = 2  # working days to forward a client's recipient to the client (desk's choice)
TARGET_DAYS = {  # working days in which staff should decide (desk's choice)
    "objection_marketing": 0,
    "unsubscribe": 0,
    "consent_withdrawal": 0,
    "testimonial_removal": 2,
    "restriction": 2,
    "rectification": 2,
    "access": 5,
    "portability": 5,
    "erasure": 5,
    "objection": 5,
}
RIGHTS = frozenset(TARGET_DAYS) | {
    "post_mortem",
    "complaint",
    "inform",
    "status",
    "cancel",
    "human",
    "other",
    "unclear",
}
STOPS_AT_ONCE = frozenset({"objection_marketing", "unsubscribe", "consent_withdrawal"})  # art. 21(3), art. 7(3)
# Nobody has to prove who they are for these, so a question about identity never stops their clock.
NEEDS_NO_PROOF = frozenset({"objection_marketing", "unsubscribe", "testimonial_removal", "complaint", "inform"})
UNITED_KINGDOM = frozenset({"GB", "GBR", "UK"})
# What a controller may not plead for more time (EDPB 01/2022, 162-164), by the beginnings of its words.
NO_GROUNDS = ("workload", "busy", "holiday", "vacation", "leave", "absen", "sick", "ill", "staff", "understaff",
              "shortage", "capacity", "backlog", "large", "volume", "resource")  # fmt: skip
_DAY = timedelta(days=1)


class Capacity(StrEnum):
    """Seleqt's part for the data asked about: it answers itself, or forwards to its client (art. 28(3)(e))."""

    CONTROLLER = "controller"
    PROCESSOR = "processor"


class EventType(StrEnum):
    """What may happen to the clock of a request after its receipt."""

    IDENTITY_ASKED = "identity_asked"
    IDENTITY_ANSWERED = "identity_answered"
    IDENTITY_VERIFIED = "identity_verified"
    CLARIFICATION_ASKED = "clarification_asked"
    CLARIFICATION_ANSWERED = "clarification_answered"
    EXTENSION_NOTIFIED = "extension_notified"


@dataclass(frozen=True, kw_only=True)
class Event:
    """One dated fact. `at` is when a message left or arrived (UTC), never when somebody looked at it.

    The other fields matter for one type each: `requester_authenticated` and `reasonable_doubt` for identity_asked,
    `sufficient` for identity_answered, `large_quantity` for clarification_asked, `reasons` for extension_notified.
    """

    type: EventType
    at: datetime
    requester_authenticated: bool = False
    reasonable_doubt: bool = True
    sufficient: bool = False
    large_quantity: bool = False
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the dates of one request depend on. `country` is the person's (ISO 3166), None when unknown.

    `received_at` is the instant (UTC) of the first message in which the request can be recognised.
    """

    received_at: datetime
    right: str
    role: Capacity = Capacity.CONTROLLER
    country: str | None = None
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Dates:
    """Every date of one request (local dates; instants in UTC); None where no such date exists.

    While a counted question is open the due dates are None and `no_action_notice_by` holds. `statutory_due` is also
    the last day for a refusal, which no extension moves (art. 12(4)); `statutory_end_utc` is
    the first instant after it. `unpaused_due` is what staff should aim at.
    """

    received_local_date: date
    promise_due: date | None
    statutory_due: date | None
    desk_due: date | None
    extended_due: date | None
    extension_notice_by: date | None
    work_by: date | None
    target_by: date | None
    statutory_end_utc: datetime | None
    suspended_days: int
    promise_missed: bool
    stop_by: date | None
    forward_by: date | None
    no_action_notice_by: date | None
    unpaused_due: date
    paused_since: date | None

    @property
    def queue_date(self) -> date:
        """The date by which queues sort: the due date, or the notice's date while a question is open."""
        return self.desk_due or self.no_action_notice_by or self.unpaused_due


@dataclass(frozen=True, kw_only=True)
class Pause:
    """A suspension from the day of the first question to the day of the sufficient answer; None while open."""

    since: date
    until: date | None


def local_date(instant: datetime) -> date:
    """The date in Amsterdam at `instant`; a ValueError for an instant without a zone."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(AMSTERDAM).date()


def day_start(day: date) -> datetime:
    """The first instant (UTC) of the local day; midnight is never skipped or doubled in Amsterdam."""
    return datetime.combine(day, time.min, tzinfo=AMSTERDAM).astimezone(UTC)


def day_end(day: date) -> datetime:
    """The first instant (UTC) after the local day: anything from then on is late (Reg. 1182/71 art. 3(2))."""
    return day_start(day + _DAY)


def add_months(day: date, months: int) -> date:
    """The same day number `months` later, or that month's last day (Reg. 1182/71 art. 3(2)(c))."""
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    last = ((first + 31 * _DAY).replace(day=1) - _DAY).day
    return first.replace(day=min(day.day, last))


def dates_of(facts: Facts) -> Dates:
    """All dates of one request. A ValueError for a right that is not in RIGHTS or an instant without a zone."""
    if facts.right not in RIGHTS:
        raise ValueError(f"unknown right: {facts.right}")
    received = local_date(facts.received_at)
    pauses = pauses_of(facts)
    open_since = [pause.since for pause in pauses if pause.until is None]
    suspended = suspended_days(pauses)
    running = not open_since
    promise = received + PROMISE_DAYS * _DAY
    unpaused_due = _earlier(promise, _legal_date(facts, 1, 0))
    is_extended = extension(facts) is not None
    promise_due = promise + suspended * _DAY if running else None
    statutory_due = _legal_date(facts, 1, suspended) if running else None
    extended_due = _legal_date(facts, 3, suspended) if running and is_extended else None
    desk_due = extended_due or (_earlier(promise_due, statutory_due) if promise_due else None)
    return Dates(
        received_local_date=received,
        promise_due=promise_due,
        statutory_due=statutory_due,
        desk_due=desk_due,
        extended_due=extended_due,
        extension_notice_by=extension_notice_by(facts),
        work_by=last_working_day(desk_due) if desk_due else None,
        target_by=_target_by(facts),
        statutory_end_utc=day_end(statutory_due) if statutory_due else None,
        suspended_days=suspended,
        promise_missed=is_extended,  # no extension is shorter than the promise, and none moves it
        stop_by=received if facts.right in STOPS_AT_ONCE else None,
        forward_by=_forward_by(facts),
        no_action_notice_by=None if running else unpaused_due,
        unpaused_due=unpaused_due,
        paused_since=min(open_since, default=None),
    )


def extension_notice_by(facts: Facts) -> date | None:
    """The last day to tell the person of an extension: the Dutch month without any pause; None for a processor.

    Whether a pause would move this limit is contested, so it does not.
    """
    if facts.role is Capacity.PROCESSOR:
        return None
    return next_core_working_day(add_months(local_date(facts.received_at), 1))


def extension(facts: Facts) -> Event | None:
    """The first notice of an extension that counts: in time and with a ground the law knows (art. 12(3)), or None."""
    limit = extension_notice_by(facts)
    if limit is None:
        return None
    end = day_end(limit)
    notices = _events(facts, EventType.EXTENSION_NOTIFIED)
    in_time = (notice for notice in notices if facts.received_at <= notice.at < end)
    return next((notice for notice in in_time if any(map(is_extension_ground, notice.reasons))), None)


def is_extension_ground(reason: str) -> bool:
    """True for a concrete reason that Art. 12(3) can carry: complexity, number of this person's requests, or in words.

    Workload, holidays, absences or the volume of a large company are none (EDPB 01/2022, 162-164), and neither is
    silence. Whether a reason in words is really complexity is for staff, who choose it from a closed list.
    """
    words = reason.casefold().replace("_", " ").replace("-", " ").split()
    is_workload = any(word.startswith(NO_GROUNDS) for word in words)
    return any(word.startswith("complex") for word in words) or (bool(words) and not is_workload)


def pauses_of(facts: Facts) -> tuple[Pause, ...]:
    """All suspensions that count, identity first; they may overlap (suspended_days counts a day once)."""
    identity = identity_pause(facts)
    return ((identity,) if identity else ()) + clarification_pauses(facts)


def identity_pause(facts: Facts) -> Pause | None:
    """The suspension while the person's identity is asked for (art. 12(6); EDPB 01/2022, 159), or None.

    It starts with the first question that counts and ends with the sufficient answer or the verification. An
    insufficient answer keeps it running; but where the desk's next question was not prompt, it ended with that answer.
    """
    since: date | None = None
    stalled: date | None = None  # day of an insufficient answer that no question has followed yet
    for event in _identity_events(facts):
        day = local_date(event.at)
        if event.type is EventType.IDENTITY_VERIFIED or event.sufficient:
            return Pause(since=since, until=day) if since else None
        if event.type is EventType.IDENTITY_ANSWERED:
            stalled = stalled or day
        elif since and stalled and not _is_prompt(event.at, stalled):
            return Pause(since=since, until=stalled)
        else:
            since, stalled = since or (day if _doubts_in_time(facts, event) else None), None
    return Pause(since=since, until=None) if since else None


def clarification_pauses(facts: Facts) -> tuple[Pause, ...]:
    """Suspensions while the scope is clarified: only for a large quantity of data (recital 63) and asked promptly."""
    pauses: list[Pause] = []
    since: date | None = None
    for event in _events(facts, EventType.CLARIFICATION_ASKED, EventType.CLARIFICATION_ANSWERED):
        day = local_date(event.at)
        if event.type is EventType.CLARIFICATION_ANSWERED:
            pauses += [Pause(since=since, until=day)] if since else []
            since = None
        elif event.large_quantity and _asked_in_time(facts, event):
            since = since or day
    return (*pauses, Pause(since=since, until=None)) if since else tuple(pauses)


def suspended_days(pauses: tuple[Pause, ...]) -> int:
    """Calendar days of the ended pauses: answer's date minus question's date, overlapping days counted once."""
    ended = sorted((pause.since, pause.until) for pause in pauses if pause.until)
    total, reached = 0, date.min
    for since, until in ended:
        total += max(0, (until - max(since, reached)).days)
        reached = max(reached, until)
    return total


def is_late(dates: Dates, now: datetime) -> bool:
    """True from the first instant after `desk_due`; never while the clock stands still. This is what people see."""
    return dates.desk_due is not None and now >= day_end(dates.desk_due)


def kept_until(day: date, years: int) -> date:
    """The last day something is kept: the same date `years` later, 28 February for a 29th that does not exist."""
    return add_months(day, 12 * years)


def purge_at(day: date, years: int) -> datetime:
    """The instant (UTC) from which it must be gone: the start of the local day after `kept_until`; never rolled."""
    return day_end(kept_until(day, years))


def _legal_date(facts: Facts, months: int, paused: int) -> date | None:
    """`months` after receipt plus paused days, rolled; None for a processor, whom art. 12(3) does not bind.

    For a person in the United Kingdom the UK GDPR may apply beside ours: the earlier of both results holds.
    """
    if facts.role is Capacity.PROCESSOR:
        return None
    last = add_months(local_date(facts.received_at), months) + paused * _DAY
    dutch = next_core_working_day(last)
    is_british = facts.country is not None and facts.country.upper() in UNITED_KINGDOM
    return min(dutch, next_england_working_day(last)) if is_british else dutch


def _earlier(promise: date, statutory: date | None) -> date:
    return min(promise, statutory) if statutory else promise


def _target_by(facts: Facts) -> date | None:
    days = TARGET_DAYS.get(facts.right)
    if facts.role is Capacity.PROCESSOR:
        days = PROCESSOR_DAYS if days is None else min(days, PROCESSOR_DAYS)
    return None if days is None else core_working_days_after(local_date(facts.received_at), days)


def _forward_by(facts: Facts) -> date | None:
    if facts.role is Capacity.CONTROLLER:
        return None
    return core_working_days_after(local_date(facts.received_at), PROCESSOR_DAYS)


def _events(facts: Facts, *types: EventType) -> list[Event]:
    return sorted((event for event in facts.events if event.type in types), key=lambda event: event.at)


def _identity_events(facts: Facts) -> list[Event]:
    if facts.right in NEEDS_NO_PROOF:
        return []
    return _events(facts, EventType.IDENTITY_ASKED, EventType.IDENTITY_ANSWERED, EventType.IDENTITY_VERIFIED)


def _is_prompt(asked_at: datetime, since: date) -> bool:
    """True until the end of the third working day after `since`."""
    return asked_at < day_end(core_working_days_after(since, QUESTION_DAYS))


def _asked_in_time(facts: Facts, question: Event) -> bool:
    """A question from before the receipt was about something else."""
    return facts.received_at <= question.at and _is_prompt(question.at, local_date(facts.received_at))


def _doubts_in_time(facts: Facts, question: Event) -> bool:
    is_needed = question.reasonable_doubt and not question.requester_authenticated
    return is_needed and _asked_in_time(facts, question)
