"""The ladder of reminders and the waiting time of an erasure."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.deadlines import AMSTERDAM, RIGHTS, Event, EventType, Facts, dates_of, day_start, is_late
from bot.core.escalation import Rung, Step, ladder, waiting_end
from bot.core.model import Level


def at(text: str) -> datetime:
    """Local Amsterdam time, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM).astimezone(UTC)


def rungs(received: str, right: str = "access", *events: Event) -> list[Rung]:
    return list(ladder(dates_of(Facts(received_at=at(received), right=right, events=events))))


def test_staff_deputies_lead_contact_and_at_last_the_person_are_told() -> None:
    assert [(rung.step, rung.at) for rung in rungs("2026-06-10T12:00")] == [
        (Step.REMINDER, at("2026-06-17T09:00")),
        (Step.DEPUTIES, at("2026-07-03T09:00")),
        (Step.LEAD, at("2026-07-08T09:00")),
        (Step.CONTACT, at("2026-07-10T09:00")),
        (Step.LATE_NOTICE, at("2026-07-11T00:00")),
    ]


def test_the_steps_before_the_due_date_skip_disputed_days() -> None:
    by_step = {rung.step: rung.on for rung in rungs("2026-03-05T12:00")}  # due on Easter Saturday
    assert by_step[Step.CONTACT] == date(2026, 4, 2)
    assert by_step[Step.LATE_NOTICE] == date(2026, 4, 5)
    later = {rung.step: rung.on for rung in rungs("2026-03-08T12:00")}  # due on Tuesday 7 April
    assert later[Step.LEAD] == date(2026, 4, 1)


def test_a_target_on_the_day_of_receipt_is_looked_at_when_the_day_is_over() -> None:
    assert rungs("2026-06-10T18:00", "unsubscribe")[0].at == at("2026-06-11T00:00")


def test_a_request_without_a_target_is_first_seen_by_the_deputies() -> None:
    assert next(rung.step for rung in rungs("2026-06-10T12:00", "unclear")) is Step.DEPUTIES


def test_after_an_extension_the_ladder_leans_on_the_extended_date() -> None:
    notice = Event(type=EventType.EXTENSION_NOTIFIED, at=at("2026-06-20T09:00"), reasons=("complexity",))
    assert rungs("2026-06-10T12:00", "access", notice)[-1].at == at("2026-09-11T00:00")


def test_while_a_question_is_open_the_person_is_reminded_once_and_then_told() -> None:
    question = Event(type=EventType.IDENTITY_ASKED, at=at("2026-06-10T13:00"))
    assert [(rung.step, rung.on) for rung in rungs("2026-06-10T12:00", "access", question)] == [
        (Step.PERSON_REMINDER, date(2026, 7, 3)),
        (Step.NO_ACTION_NOTICE, date(2026, 7, 10)),
    ]


@settings(deadline=None)
@given(
    st.integers(min_value=1_527_200_000, max_value=3_786_900_000).map(
        lambda seconds: datetime.fromtimestamp(seconds, UTC)
    ),
    st.sampled_from(sorted(RIGHTS)),
)
def test_the_rungs_stand_in_order_after_the_receipt_and_the_last_is_the_first_late_instant(
    received: datetime, right: str
) -> None:
    dates = dates_of(Facts(received_at=received, right=right))
    instants = [rung.at for rung in ladder(dates)]
    assert instants == sorted(instants)
    assert received < instants[0]
    assert is_late(dates, instants[-1])
    assert not is_late(dates, instants[-1] - timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("level", "work_by", "ends", "shortened", "past"),
    [
        (Level.MAILBOX, date(2026, 7, 10), "2026-06-13T12:00", False, False),
        (Level.SESSION, date(2026, 7, 10), "2026-06-11T12:00", False, False),
        (Level.MAILBOX, None, "2026-06-13T12:00", False, False),
        (Level.MAILBOX, date(2026, 6, 12), "2026-06-12T00:00", True, False),  # 36 hours are left
        (Level.MAILBOX, date(2026, 6, 11), "2026-06-11T12:00", True, True),  # never below 24 hours
        (Level.MAILBOX, date(2026, 6, 1), "2026-06-11T12:00", True, True),
        (Level.SESSION, date(2026, 6, 11), "2026-06-11T12:00", False, True),
    ],
)
def test_the_waiting_time_shrinks_before_the_work_is_due_but_never_below_a_day(
    level: Level, work_by: date | None, ends: str, shortened: bool, past: bool
) -> None:
    waiting = waiting_end(at("2026-06-10T12:00"), level=level, work_by=work_by)
    assert waiting.ends_at == at(ends)
    assert (waiting.shortened, waiting.past_work_by) == (shortened, past)


def test_the_waiting_time_counts_real_hours_over_the_change_of_the_clock() -> None:
    waiting = waiting_end(at("2026-03-28T12:00"), level=Level.SESSION, work_by=None)
    assert waiting.ends_at == at("2026-03-29T13:00")
    assert day_start(date(2026, 3, 29)) < waiting.ends_at
