"""What follows from the dates when staff do not act, and how long a person can still stop an erasure.

Promise: pure; dates in, dated steps out. Silence decides nothing: no step approves, refuses or extends, each only tells
somebody, and the last one tells the person that the answer is late.
Limits: it sends nothing and knows no "now"; who the deputies, the lead and the contact are is written elsewhere. All
distances here are the desk's own choice, not law.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from bot.core.deadlines import AMSTERDAM, Dates, day_end, day_start
from bot.core.holidays import is_working_day, working_days_before
from bot.core.model import Level

MAILBOX_WAIT = timedelta(hours=72)  # waiting time of an erasure proved by a code to the mailbox
SESSION_WAIT = timedelta(hours=24)  # and by a session; also the least that is ever left to press "stop"
OFFICE_OPENS = time(9)  # local time at which staff are reminded
RINGS_FROM, RINGS_UNTIL = time(8), time(19)  # local times between which staff may be called on a working day
_WEEK = timedelta(days=7)


class Step(StrEnum):
    """What happens when staff do not act. Silence decides nothing: each step only tells somebody."""

    REMINDER = "reminder"
    DEPUTIES = "deputies"
    LEAD = "lead"
    CONTACT = "contact"
    LATE_NOTICE = "late_notice"
    PERSON_REMINDER = "person_reminder"
    NO_ACTION_NOTICE = "no_action_notice"


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One step of the ladder: its local date and the instant (UTC) from which it is due."""

    step: Step
    on: date
    at: datetime


def ladder(dates: Dates) -> tuple[Rung, ...]:
    """The dated steps in order: staff, deputies (5 working days before `work_by`), lead (2), contact, late notice.

    While a counted question is open the person is reminded once, a week before the notice that nothing can be done.
    """
    if dates.no_action_notice_by:
        week_before = dates.no_action_notice_by - _WEEK
        steps = [(Step.PERSON_REMINDER, week_before), (Step.NO_ACTION_NOTICE, dates.no_action_notice_by)]
        return tuple(_rung(step, day, dates) for step, day in steps)
    assert dates.desk_due is not None
    assert dates.work_by is not None
    target = [(Step.REMINDER, dates.target_by)] if dates.target_by else []
    staff = [
        (Step.DEPUTIES, working_days_before(dates.work_by, 5)),
        (Step.LEAD, working_days_before(dates.work_by, 2)),
        (Step.CONTACT, dates.work_by),
    ]
    late = Rung(step=Step.LATE_NOTICE, on=dates.desk_due + timedelta(days=1), at=day_end(dates.desk_due))
    return (*(_rung(step, day, dates) for step, day in target + staff), late)


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """The time in which a person can still stop an erasure. `shortened` and `past_work_by` are warnings for staff."""

    ends_at: datetime
    shortened: bool
    past_work_by: bool


def waiting_end(verified_at: datetime, *, level: Level, work_by: date | None) -> Waiting:
    """When the waiting time that began with verification ends: 72 hours, for a session 24.

    It ends before `work_by` begins, shrinking to what is left but never below 24 hours; None leaves it whole.
    """
    full = SESSION_WAIT if level is Level.SESSION else MAILBOX_WAIT
    limit = day_start(work_by) if work_by else verified_at + full
    ends_at = verified_at + max(SESSION_WAIT, min(full, limit - verified_at))
    return Waiting(ends_at=ends_at, shortened=ends_at < verified_at + full, past_work_by=ends_at > limit)


def rings_at(now: datetime) -> datetime:
    """When staff may be called (UTC): `now` inside the day's hours of a working day, else at the next opening.

    A red alert does not ask here.
    """
    local = now.astimezone(AMSTERDAM)
    if is_working_day(local.date()) and RINGS_FROM <= local.time() < RINGS_UNTIL:
        return now
    day = local.date() if local.time() < RINGS_FROM else local.date() + timedelta(days=1)
    while not is_working_day(day):
        day += timedelta(days=1)
    return _opening(day)


def digest_day(now: datetime) -> date | None:
    """The local date whose digest is due: a working day, from the opening of the office on."""
    local = now.astimezone(AMSTERDAM)
    return local.date() if is_working_day(local.date()) and local.time() >= OFFICE_OPENS else None


def _opening(day: date) -> datetime:
    return datetime.combine(day, OFFICE_OPENS, tzinfo=AMSTERDAM).astimezone(UTC)


def _rung(step: Step, day: date, dates: Dates) -> Rung:
    """A step at the opening of the office; a target on the day of receipt itself is looked at when that day is over."""
    if day == dates.received_local_date:
        return Rung(step=step, on=day, at=day_end(day))
    return Rung(step=step, on=day, at=_opening(day))
