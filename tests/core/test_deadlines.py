"""The calendar law of the desk: worked examples of guidelines and courts, and the desk's own dates."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.deadlines import (
    AMSTERDAM,
    RIGHTS,
    Capacity,
    Dates,
    Event,
    EventType,
    Facts,
    add_months,
    dates_of,
    day_end,
    day_start,
    is_late,
    kept_until,
    local_date,
    purge_at,
)
from bot.core.model import Right


def d(text: str) -> date:
    return date.fromisoformat(text)


def at(text: str) -> datetime:
    """Local Amsterdam time, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM).astimezone(UTC)


def dates(
    received: str,
    *events: Event,
    right: str = "access",
    role: Capacity = Capacity.CONTROLLER,
    country: str = "NL",
) -> Dates:
    when = received if "T" in received else f"{received}T12:00"
    return dates_of(Facts(received_at=at(when), right=right, role=role, country=country, events=events))


def extended(when: str) -> Event:
    return Event(type=EventType.EXTENSION_NOTIFIED, at=at(when), reasons=("complexity",))


@pytest.mark.parametrize(
    ("instant", "local"),
    [
        ("2026-01-31T22:59:59+00:00", "2026-01-31"),  # winter: UTC+1
        ("2026-01-31T23:00:00+00:00", "2026-02-01"),
        ("2026-06-30T21:59:59+00:00", "2026-06-30"),  # summer: UTC+2
        ("2026-06-30T22:00:00+00:00", "2026-07-01"),
        ("2026-03-28T23:30:00+00:00", "2026-03-29"),  # the night the clock goes forward
        ("2026-03-29T21:59:59+00:00", "2026-03-29"),
        ("2026-03-29T22:00:00+00:00", "2026-03-30"),
        ("2026-10-24T22:00:00+00:00", "2026-10-25"),  # the night it goes back
        ("2026-10-25T22:59:59+00:00", "2026-10-25"),
        ("2026-10-25T23:00:00+00:00", "2026-10-26"),
        ("2026-03-05T23:30:00-05:00", "2026-03-06"),  # sent from New York the evening before
    ],
)
def test_the_day_of_receipt_is_the_local_day_in_amsterdam(instant: str, local: str) -> None:
    facts = Facts(received_at=datetime.fromisoformat(instant), right="access")
    assert dates_of(facts).received_local_date == d(local)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        local_date(datetime(2026, 1, 1))  # noqa: DTZ001 - the point of the test


@pytest.mark.parametrize("right", list(Right))
def test_every_right_of_a_ticket_has_its_dates(right: Right) -> None:
    assert dates("2026-06-10", right=right.legal).desk_due == d("2026-07-10")


def test_an_unknown_right_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown right"):
        dates("2026-03-05", right="forgetting")


@pytest.mark.parametrize(
    ("received", "unrolled"),
    [
        ("2026-03-05", "2026-04-05"),
        ("2026-08-31", "2026-09-30"),
        ("2026-09-03", "2026-10-03"),
        ("2026-03-31", "2026-04-30"),
        ("2026-02-28", "2026-03-28"),
        ("2026-04-30", "2026-05-30"),
        ("2026-01-31", "2026-02-28"),
        ("2028-01-31", "2028-02-29"),
        ("2028-02-29", "2028-03-29"),
        ("2026-12-31", "2027-01-31"),
        ("2026-11-30", "2026-12-30"),
    ],
)
def test_a_month_later_is_the_same_day_number_or_the_last_day(received: str, unrolled: str) -> None:
    assert add_months(d(received), 1) == d(unrolled)


@pytest.mark.parametrize(
    ("received", "later"),
    [
        ("2026-01-31", "2026-04-30"),  # counted from receipt, not month upon month
        ("2026-02-28", "2026-05-28"),
        ("2026-11-30", "2027-02-28"),
        ("2027-11-30", "2028-02-29"),
    ],
)
def test_three_months_are_counted_from_receipt(received: str, later: str) -> None:
    assert add_months(d(received), 3) == d(later)


@pytest.mark.parametrize(
    ("received", "promise", "statutory", "desk", "work"),
    [
        ("2026-06-10", "2026-07-10", "2026-07-10", "2026-07-10", "2026-07-10"),
        ("2027-02-15", "2027-03-17", "2027-03-15", "2027-03-15", "2027-03-15"),  # law shorter than the promise
        ("2026-03-05", "2026-04-04", "2026-04-07", "2026-04-04", "2026-04-02"),  # law rolls over Easter, promise not
        ("2026-08-31", "2026-09-30", "2026-09-30", "2026-09-30", "2026-09-30"),
        ("2026-09-03", "2026-10-03", "2026-10-05", "2026-10-03", "2026-10-02"),
        ("2026-03-31", "2026-04-30", "2026-04-30", "2026-04-30", "2026-04-30"),
        ("2026-02-28", "2026-03-30", "2026-03-30", "2026-03-30", "2026-03-30"),
        ("2026-04-30", "2026-05-30", "2026-06-01", "2026-05-30", "2026-05-29"),
        ("2026-01-31", "2026-03-02", "2026-03-02", "2026-03-02", "2026-03-02"),  # 28 Feb is a Saturday
        ("2027-01-29", "2027-02-28", "2027-03-01", "2027-02-28", "2027-02-26"),
        ("2028-01-31", "2028-03-01", "2028-02-29", "2028-02-29", "2028-02-29"),
        ("2026-03-27", "2026-04-26", "2026-04-28", "2026-04-26", "2026-04-24"),  # Monday King's Day
        ("2026-11-25", "2026-12-25", "2026-12-28", "2026-12-25", "2026-12-24"),
        (
            "2026-04-05",
            "2026-05-05",
            "2026-05-05",
            "2026-05-05",
            "2026-05-04",
        ),  # 5 May moves nothing, work is done before
        ("2026-03-03", "2026-04-02", "2026-04-03", "2026-04-02", "2026-04-02"),  # Good Friday moves nothing
        ("2026-04-14", "2026-05-14", "2026-05-15", "2026-05-14", "2026-05-13"),  # Ascension rolls onto a decree day
        ("2026-12-01", "2026-12-31", "2027-01-04", "2026-12-31", "2026-12-31"),
    ],
)
def test_promise_law_and_desk_have_their_own_dates(
    received: str, promise: str, statutory: str, desk: str, work: str
) -> None:
    result = dates(received)
    assert (result.promise_due, result.statutory_due) == (d(promise), d(statutory))
    assert (result.desk_due, result.work_by) == (d(desk), d(work))
    assert result.queue_date == result.unpaused_due == d(desk)
    assert (result.extended_due, result.no_action_notice_by, result.paused_since) == (None, None, None)
    assert (result.suspended_days, result.promise_missed) == (0, False)


def test_friday_evening_mail_is_a_friday_receipt() -> None:
    assert dates("2026-06-12T18:30").received_local_date == d("2026-06-12")
    assert dates("2026-06-12T18:30").statutory_due == d("2026-07-13")


@pytest.mark.parametrize(
    ("received", "end"),
    [
        ("2026-06-10", "2026-07-10T22:00:00+00:00"),
        ("2026-01-05", "2026-02-05T23:00:00+00:00"),
        ("2026-02-28", "2026-03-30T22:00:00+00:00"),  # over the change to summer time
        ("2026-09-26", "2026-10-26T23:00:00+00:00"),  # and back
        ("2027-02-28", "2027-03-30T22:00:00+00:00"),  # Easter Sunday and Monday, then Tuesday's end
    ],
)
def test_the_statutory_end_is_the_first_late_instant(received: str, end: str) -> None:
    assert dates(received).statutory_end_utc == datetime.fromisoformat(end)


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-03-30", 24), ("2026-10-24", 24)]
)
def test_a_local_day_lasts_as_long_as_its_zone_says(day: str, hours: int) -> None:
    assert day_end(d(day)) - day_start(d(day)) == timedelta(hours=hours)


def test_an_answer_in_the_last_second_is_in_time_and_at_midnight_it_is_late() -> None:
    result = dates("2026-06-10")
    assert not is_late(result, at("2026-07-10T23:59:59"))
    assert is_late(result, at("2026-07-11T00:00:00"))


@pytest.mark.parametrize(
    ("received", "country", "statutory"),
    [
        ("2026-03-25", "NL", "2026-04-28"),  # Saturday, Sunday, King's Day
        ("2026-03-25", "GB", "2026-04-27"),
        ("2026-03-25", "gb", "2026-04-27"),
        ("2026-03-25", "FR", "2026-04-28"),  # the person's own holidays do not count
        ("2026-03-25", "CH", "2026-04-28"),
        ("2027-04-16", "GB", "2027-05-17"),  # Whit Monday is Dutch only
        ("2027-04-16", "NL", "2027-05-18"),
        ("2026-04-23", "GB", "2026-05-26"),  # Whit Monday meets the spring bank holiday
        ("2026-07-31", "GB", "2026-08-31"),  # the Dutch day is earlier than the day after the summer bank holiday
        ("2026-03-06", "GB", "2026-04-07"),
    ],
)
def test_for_the_united_kingdom_the_earlier_result_holds(received: str, country: str, statutory: str) -> None:
    assert dates(received, country=country).statutory_due == d(statutory)


def test_the_british_result_bounds_the_extended_date_but_not_the_notice() -> None:
    result = dates("2026-01-25", extended("2026-02-20T10:00"), country="GB")
    assert result.extended_due == d("2026-04-27")  # Saturday, Sunday, then a Monday that is King's Day here only
    dutch = dates("2026-03-25", country="GB")
    assert dutch.extension_notice_by == d("2026-04-28")


@pytest.mark.parametrize(
    ("right", "target"),
    [
        ("objection_marketing", "2026-06-12"),
        ("unsubscribe", "2026-06-12"),
        ("consent_withdrawal", "2026-06-12"),
        ("testimonial_removal", "2026-06-16"),
        ("restriction", "2026-06-16"),
        ("rectification", "2026-06-16"),
        ("access", "2026-06-19"),
        ("portability", "2026-06-19"),
        ("erasure", "2026-06-19"),
        ("objection", "2026-06-19"),
    ],
)
def test_each_right_has_its_target_in_working_days(right: str, target: str) -> None:
    assert dates("2026-06-12", right=right).target_by == d(target)


@pytest.mark.parametrize(
    "right", ["inform", "status", "cancel", "human", "other", "unclear", "post_mortem", "complaint"]
)
def test_what_is_no_named_right_has_no_target_but_keeps_its_due_dates(right: str) -> None:
    result = dates("2026-06-12", right=right)
    assert result.target_by is None
    assert result.desk_due == d("2026-07-12")


def test_a_disputed_day_gains_no_time_for_a_target() -> None:
    assert dates("2026-04-02", right="rectification").target_by == d("2026-04-07")  # over Good Friday and Easter


@pytest.mark.parametrize("right", sorted(RIGHTS))
def test_only_marketing_and_consent_stop_on_the_day_of_receipt(right: str) -> None:
    stops = right in {"objection_marketing", "unsubscribe", "consent_withdrawal"}
    assert dates("2026-06-13T23:30", right=right).stop_by == (d("2026-06-13") if stops else None)


def test_a_processor_case_has_the_promise_and_a_day_to_forward_but_no_legal_dates() -> None:
    result = dates("2027-02-12", extended("2027-02-15T10:00"), role=Capacity.PROCESSOR)
    assert (result.promise_due, result.desk_due) == (d("2027-03-14"), d("2027-03-14"))
    assert (result.forward_by, result.target_by) == (d("2027-02-16"), d("2027-02-16"))
    assert (result.statutory_due, result.extended_due, result.extension_notice_by) == (None, None, None)
    assert (result.statutory_end_utc, result.promise_missed) == (None, False)
    assert result.work_by == d("2027-03-12")


@pytest.mark.parametrize(
    ("right", "target"), [("objection_marketing", "2026-06-12"), ("inform", "2026-06-16"), ("erasure", "2026-06-16")]
)
def test_a_processor_case_is_forwarded_in_two_working_days_and_never_slower_than_its_right(
    right: str, target: str
) -> None:
    result = dates("2026-06-12", right=right, role=Capacity.PROCESSOR)
    assert (result.target_by, result.forward_by) == (d(target), d("2026-06-16"))


def test_a_controller_case_is_not_forwarded() -> None:
    assert dates("2026-06-12").forward_by is None


def test_an_open_question_in_a_processor_case_leaves_the_promise_as_the_day_of_the_notice() -> None:
    result = dates(
        "2027-02-12", Event(type=EventType.IDENTITY_ASKED, at=at("2027-02-12T15:00")), role=Capacity.PROCESSOR
    )
    assert (result.promise_due, result.desk_due) == (None, None)
    assert (result.no_action_notice_by, result.forward_by) == (d("2027-03-14"), d("2027-02-16"))


@pytest.mark.parametrize(
    ("day", "years", "kept", "purged"),
    [
        ("2024-02-29", 3, "2027-02-28", "2027-03-01T00:00"),
        ("2024-02-29", 4, "2028-02-29", "2028-03-01T00:00"),
        ("2026-06-10", 3, "2029-06-10", "2029-06-11T00:00"),
        ("2025-03-01", 3, "2028-03-01", "2028-03-02T00:00"),  # 1096 days, not 1095
        ("2026-12-25", 5, "2031-12-25", "2031-12-26T00:00"),  # no roll
    ],
)
def test_retention_ends_on_the_same_date_years_later(day: str, years: int, kept: str, purged: str) -> None:
    assert kept_until(d(day), years) == d(kept)
    assert purge_at(d(day), years) == at(purged)
