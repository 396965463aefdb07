"""What holds for every receipt between 2018 and 2090, whatever happens afterwards."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.deadlines import (
    RIGHTS,
    Event,
    EventType,
    Facts,
    dates_of,
    local_date,
)
from bot.core.holidays import is_core_working_day, is_working_day

INSTANTS = st.integers(min_value=1_527_200_000, max_value=3_786_900_000).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)  # from the first day of the GDPR to the year 2090
COUNTRIES = st.sampled_from([None, "NL", "DE", "GB", "CH"])


@settings(deadline=None)
@given(INSTANTS, INSTANTS, COUNTRIES, st.sampled_from(sorted(RIGHTS)))
def test_a_later_receipt_never_has_an_earlier_date(
    one: datetime, other: datetime, country: str | None, right: str
) -> None:
    first, second = sorted([one, other])
    earlier, later = (
        dates_of(Facts(received_at=received, right=right, country=country)) for received in (first, second)
    )
    for name in ("promise_due", "statutory_due", "desk_due", "extension_notice_by", "work_by", "statutory_end_utc"):
        assert getattr(earlier, name) <= getattr(later, name), name


@settings(deadline=None)
@given(INSTANTS, COUNTRIES)
def test_the_desk_is_held_to_the_earlier_date_and_works_before_it(received: datetime, country: str | None) -> None:
    result = dates_of(Facts(received_at=received, right="access", country=country))
    assert result.promise_due is not None
    assert result.statutory_due is not None
    assert result.desk_due == min(result.promise_due, result.statutory_due)
    assert result.work_by is not None
    assert result.work_by <= result.desk_due
    assert is_working_day(result.work_by)
    assert result.received_local_date < result.work_by
    assert result.promise_due - result.received_local_date == timedelta(days=30)


@settings(deadline=None)
@given(INSTANTS)
def test_a_dutch_legal_date_is_always_a_core_working_day(received: datetime) -> None:
    notice = Event(type=EventType.EXTENSION_NOTIFIED, at=received, reasons=("complexity",))
    result = dates_of(Facts(received_at=received, right="access", events=(notice,)))
    assert result.statutory_due is not None
    assert result.extended_due is not None
    assert is_core_working_day(result.statutory_due)
    assert is_core_working_day(result.extended_due)
    assert result.promise_due is not None
    assert result.extended_due > max(result.statutory_due, result.promise_due)


@settings(deadline=None)
@given(INSTANTS)
def test_the_british_date_is_never_later_than_the_dutch_one(received: datetime) -> None:
    british = dates_of(Facts(received_at=received, right="access", country="GB"))
    dutch = dates_of(Facts(received_at=received, right="access", country="NL"))
    assert british.statutory_due is not None
    assert dutch.statutory_due is not None
    assert british.statutory_due <= dutch.statutory_due
    assert british.received_local_date + timedelta(days=28) <= british.statutory_due


@settings(deadline=None)
@given(
    INSTANTS,
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=10)),
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=200)),
)
def test_a_pause_never_makes_a_date_earlier_nor_moves_it_by_more_than_its_days(
    received: datetime, to_question: timedelta, to_answer: timedelta
) -> None:
    question = Event(type=EventType.IDENTITY_ASKED, at=received + to_question)
    reply = Event(type=EventType.IDENTITY_ANSWERED, at=question.at + to_answer, sufficient=True)
    plain = dates_of(Facts(received_at=received, right="access"))
    paused = dates_of(Facts(received_at=received, right="access", events=(reply, question)))
    assert paused.suspended_days in {0, (local_date(reply.at) - local_date(question.at)).days}
    assert plain.promise_due is not None
    assert paused.promise_due == plain.promise_due + timedelta(days=paused.suspended_days)
    assert plain.desk_due is not None
    assert paused.desk_due is not None
    assert plain.desk_due <= paused.desk_due


@settings(deadline=None)
@given(INSTANTS, st.lists(st.tuples(st.sampled_from(list(EventType)), INSTANTS, st.booleans()), max_size=6))
def test_the_order_in_which_events_are_told_does_not_matter(
    received: datetime, told: list[tuple[EventType, datetime, bool]]
) -> None:
    by_instant = {when: (kind, flag) for kind, when, flag in told}
    events = tuple(
        Event(type=kind, at=when, sufficient=flag, large_quantity=flag, reasons=("complexity",) if flag else ())
        for when, (kind, flag) in by_instant.items()
    )
    forwards = dates_of(Facts(received_at=received, right="erasure", events=events))
    backwards = dates_of(Facts(received_at=received, right="erasure", events=events[::-1]))
    assert forwards == backwards
