"""What moves a due date: the pause for identity or scope, and the extension."""

from datetime import UTC, date, datetime

import pytest

from bot.core.deadlines import (
    AMSTERDAM,
    Capacity,
    Dates,
    Event,
    EventType,
    Facts,
    Pause,
    dates_of,
    is_extension_ground,
    is_late,
    suspended_days,
)


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


def asked(when: str, **details: bool) -> Event:
    return Event(type=EventType.IDENTITY_ASKED, at=at(when), **details)


def answered(when: str, *, sufficient: bool = True) -> Event:
    return Event(type=EventType.IDENTITY_ANSWERED, at=at(when), sufficient=sufficient)


def verified(when: str) -> Event:
    return Event(type=EventType.IDENTITY_VERIFIED, at=at(when))


def clarify(when: str, *, large: bool = True) -> Event:
    return Event(type=EventType.CLARIFICATION_ASKED, at=at(when), large_quantity=large)


def clarified(when: str) -> Event:
    return Event(type=EventType.CLARIFICATION_ANSWERED, at=at(when))


def extended(when: str, *reasons: str) -> Event:
    return Event(type=EventType.EXTENSION_NOTIFIED, at=at(when), reasons=reasons)


def test_promise_and_law_move_by_the_days_between_question_and_sufficient_answer() -> None:
    result = dates("2026-06-10", asked("2026-06-11T09:00"), answered("2026-06-18T23:59"))
    assert result.suspended_days == 7
    assert (result.promise_due, result.statutory_due) == (d("2026-07-17"), d("2026-07-17"))
    assert result.unpaused_due == d("2026-07-10")
    assert result.extension_notice_by == d("2026-07-10")
    assert result.target_by == d("2026-06-17")
    assert (result.paused_since, result.no_action_notice_by) == (None, None)


def test_paused_days_are_added_before_the_date_is_rolled() -> None:
    # 25 April + 2 days = Monday 27 April, King's Day -> 28 April; rolling first would give the 30th
    result = dates("2026-03-25", asked("2026-03-26T09:00"), answered("2026-03-28T09:00"))
    assert result.statutory_due == d("2026-04-28")


def test_an_answer_on_the_same_day_pauses_nothing() -> None:
    result = dates("2026-06-10", asked("2026-06-10T13:00"), answered("2026-06-10T23:00"))
    assert result.suspended_days == 0
    assert result.desk_due == d("2026-07-10")


@pytest.mark.parametrize(
    ("received", "question", "days"),
    [
        ("2026-06-10", "2026-06-15T23:59:59", 5),  # Wednesday; third working day is Monday
        ("2026-06-10", "2026-06-16T00:00:00", 0),
        ("2026-04-02", "2026-04-08T23:59:59", 12),  # Good Friday counts as a working day, Easter Monday does not
        ("2026-04-02", "2026-04-09T00:00:00", 0),
        ("2026-06-13", "2026-06-17T23:59:59", 3),  # Saturday
    ],
)
def test_a_question_counts_until_the_end_of_the_third_working_day(received: str, question: str, days: int) -> None:
    answer = "2026-06-20T10:00" if received > "2026-05" else "2026-04-20T10:00"
    assert dates(received, asked(question), answered(answer)).suspended_days == days


def test_a_late_question_leaves_every_date_standing_even_while_it_is_open() -> None:
    result = dates("2026-06-10", asked("2026-06-16T09:00"))
    assert result.desk_due == d("2026-07-10")
    assert result.no_action_notice_by is None


@pytest.mark.parametrize(
    "question",
    [
        asked("2026-06-11T09:00", requester_authenticated=True),
        asked("2026-06-11T09:00", reasonable_doubt=False),
        asked("2026-06-09T09:00"),  # before the request
    ],
)
def test_a_question_without_need_pauses_nothing(question: Event) -> None:
    result = dates("2026-06-10", question, answered("2026-06-20T09:00"))
    assert result.suspended_days == 0
    assert dates("2026-06-10", question).desk_due == d("2026-07-10")


def test_a_person_verified_before_the_question_left_no_doubt() -> None:
    result = dates("2026-06-10", verified("2026-06-10T13:00"), asked("2026-06-11T09:00"))
    assert (result.suspended_days, result.desk_due) == (0, d("2026-07-10"))


def test_a_sufficient_answer_settles_the_doubt_for_later_questions() -> None:
    result = dates("2026-06-10", asked("2026-06-10T13:00"), answered("2026-06-11T09:00"), asked("2026-06-12T09:00"))
    assert (result.suspended_days, result.desk_due) == (1, d("2026-07-11"))


@pytest.mark.parametrize("right", ["objection_marketing", "unsubscribe", "testimonial_removal", "complaint", "inform"])
def test_nothing_is_paused_where_no_proof_is_needed(right: str) -> None:
    result = dates("2026-06-10", asked("2026-06-11T09:00"), right=right)
    assert (result.desk_due, result.no_action_notice_by) == (d("2026-07-10"), None)


def test_an_open_question_empties_the_due_dates_and_sets_the_day_of_the_notice() -> None:
    result = dates("2026-06-10", asked("2026-06-11T09:00"))
    assert (result.promise_due, result.statutory_due, result.desk_due) == (None, None, None)
    assert (result.extended_due, result.work_by, result.statutory_end_utc) == (None, None, None)
    assert result.no_action_notice_by == result.queue_date == d("2026-07-10")
    assert (result.paused_since, result.suspended_days) == (d("2026-06-11"), 0)
    assert result.extension_notice_by == d("2026-07-10")
    assert result.target_by == d("2026-06-17")
    assert not is_late(result, at("2027-01-01T00:00"))


def test_the_notice_that_nothing_is_done_falls_on_the_earlier_of_promise_and_month() -> None:
    assert dates("2027-02-15", asked("2027-02-16T09:00")).no_action_notice_by == d("2027-03-15")
    assert dates("2026-03-05", asked("2026-03-06T09:00")).no_action_notice_by == d("2026-04-04")


def test_an_extension_is_not_dated_while_a_question_is_open_but_the_promise_stays_missed() -> None:
    result = dates("2026-06-10", asked("2026-06-11T09:00"), extended("2026-06-20T09:00", "complexity"))
    assert (result.extended_due, result.desk_due) == (None, None)
    assert result.promise_missed


def test_an_insufficient_answer_keeps_the_pause_open() -> None:
    result = dates("2026-06-10", asked("2026-06-11T09:00"), answered("2026-06-14T09:00", sufficient=False))
    assert (result.desk_due, result.no_action_notice_by) == (None, d("2026-07-10"))
    assert result.paused_since == d("2026-06-11")


@pytest.mark.parametrize(
    "between",
    [
        (),
        (asked("2026-06-15T09:00"),),
        (asked("2026-06-15T09:00"), asked("2026-06-24T09:00")),  # a reminder changes nothing
        (answered("2026-06-15T09:00", sufficient=False), asked("2026-06-16T09:00")),
    ],
)
def test_a_prompt_question_after_an_insufficient_answer_keeps_one_pause_running(between: tuple[Event, ...]) -> None:
    result = dates(
        "2026-06-10",
        asked("2026-06-11T09:00"),
        answered("2026-06-14T09:00", sufficient=False),
        *between,
        answered("2026-06-25T09:00"),
    )
    assert result.suspended_days == 14


def test_a_slow_question_after_an_insufficient_answer_ends_the_pause_with_that_answer() -> None:
    result = dates(
        "2026-06-10",
        asked("2026-06-11T09:00"),
        answered("2026-06-14T09:00", sufficient=False),
        asked("2026-06-18T00:00"),  # the third working day after Sunday was the 17th
        answered("2026-06-25T09:00"),
    )
    assert result.suspended_days == 3


def test_an_answer_to_a_question_that_did_not_count_starts_nothing() -> None:
    result = dates(
        "2026-06-10",
        asked("2026-06-17T09:00"),
        answered("2026-06-18T09:00", sufficient=False),
        asked("2026-06-19T09:00"),
    )
    assert (result.suspended_days, result.desk_due) == (0, d("2026-07-10"))


def test_verification_ends_a_pause_and_the_arrival_of_the_answer_comes_before_it() -> None:
    by_verification = dates("2026-06-10", asked("2026-06-11T09:00"), verified("2026-06-15T09:00"))
    assert by_verification.suspended_days == 4
    looked_at_later = dates(
        "2026-06-10", asked("2026-06-11T09:00"), verified("2026-06-20T09:00"), answered("2026-06-15T09:00")
    )
    assert looked_at_later.suspended_days == 4


def test_pause_days_are_local_dates_across_the_change_of_the_clock() -> None:
    result = dates("2026-03-26", asked("2026-03-27T23:59"), answered("2026-03-30T00:01"))
    assert result.suspended_days == 3


def test_a_person_who_answers_after_the_month_gets_the_paused_dates() -> None:
    result = dates("2026-06-10", asked("2026-06-10T15:00"), answered("2026-08-10T09:00"))
    assert (result.suspended_days, result.promise_due) == (61, d("2026-09-09"))


def test_clarification_pauses_only_for_a_large_quantity() -> None:
    small = dates("2026-06-10", clarify("2026-06-11T09:00", large=False), clarified("2026-06-15T09:00"))
    large = dates("2026-06-10", clarify("2026-06-11T09:00"), clarified("2026-06-15T09:00"))
    assert (small.suspended_days, large.suspended_days) == (0, 4)


def test_an_open_clarification_empties_the_due_dates_only_for_a_large_quantity() -> None:
    assert dates("2026-06-10", clarify("2026-06-11T09:00", large=False)).desk_due == d("2026-07-10")
    result = dates("2026-06-10", clarify("2026-06-11T09:00"))
    assert (result.desk_due, result.no_action_notice_by) == (None, d("2026-07-10"))


def test_a_slow_clarification_pauses_nothing() -> None:
    assert dates("2026-06-10", clarify("2026-06-16T00:00"), clarified("2026-06-25T09:00")).suspended_days == 0


def test_days_of_two_overlapping_pauses_are_counted_once() -> None:
    result = dates(
        "2026-06-10",
        asked("2026-06-11T09:00"),
        clarify("2026-06-12T09:00"),
        clarify("2026-06-13T09:00"),
        clarified("2026-06-18T09:00"),
        answered("2026-06-15T09:00"),
    )
    assert result.suspended_days == 7


def test_a_pause_inside_another_adds_nothing_and_separate_ones_add_up() -> None:
    long = Pause(since=d("2026-06-01"), until=d("2026-06-11"))
    inside = Pause(since=d("2026-06-03"), until=d("2026-06-05"))
    apart = Pause(since=d("2026-06-20"), until=d("2026-06-22"))
    still_open = Pause(since=d("2026-06-02"), until=None)
    assert suspended_days((apart, inside, still_open, long)) == 12


def test_a_valid_extension_moves_the_desk_and_not_the_promise() -> None:
    result = dates("2026-01-31", extended("2026-02-20T09:00", "complexity"))
    assert (result.extended_due, result.desk_due, result.work_by) == (d("2026-04-30"),) * 3
    assert (result.promise_due, result.statutory_due) == (d("2026-03-02"), d("2026-03-02"))
    assert result.promise_missed
    assert result.statutory_end_utc == at("2026-03-03T00:00")  # the month itself stands: it still ends a refusal


def test_an_extended_date_rolls_on_core_days_and_adds_paused_days_first() -> None:
    notice = extended("2026-02-20T09:00", "number")
    assert dates("2026-01-27", notice).extended_due == d("2026-04-28")
    paused = dates("2026-01-25", asked("2026-01-26T09:00"), answered("2026-01-28T09:00"), notice)
    assert paused.extended_due == d("2026-04-28")


@pytest.mark.parametrize(
    ("notice", "is_valid"),
    [
        (extended("2026-07-10T23:59:59", "complexity"), True),
        (extended("2026-07-11T00:00:00", "complexity"), False),  # one second late
        (extended("2026-06-10T12:00:00", "complexity"), True),  # at receipt
        (extended("2026-06-10T11:59:59", "complexity"), False),  # before the request
        (extended("2026-06-20T09:00"), False),
        (extended("2026-06-20T09:00", "", "  "), False),
        (extended("2026-06-20T09:00", "workload"), False),
        (extended("2026-06-20T09:00", "workload", "number"), True),
    ],
)
def test_an_extension_needs_time_and_a_lawful_ground(notice: Event, is_valid: bool) -> None:
    result = dates("2026-06-10", notice)
    assert result.extended_due == (d("2026-09-10") if is_valid else None)
    assert result.desk_due == (d("2026-09-10") if is_valid else d("2026-07-10"))
    assert result.promise_missed is is_valid


def test_the_notice_may_use_the_roll_of_the_month_but_never_a_pause() -> None:
    rolled = dates("2026-03-05", extended("2026-04-07T23:59:59", "complexity"))
    assert rolled.extension_notice_by == d("2026-04-07")
    assert rolled.extended_due == d("2026-06-05")
    pause = (asked("2026-06-11T09:00"), answered("2026-06-21T09:00"))
    assert dates("2026-06-10", *pause, extended("2026-07-11T09:00", "complexity")).extended_due is None
    in_time = dates("2026-06-10", *pause, extended("2026-07-10T09:00", "complexity"))
    assert in_time.extended_due == d("2026-09-21")  # 20 September is a Sunday


def test_a_second_extension_changes_nothing_and_a_void_one_does_not_use_it_up() -> None:
    twice = dates("2026-06-10", extended("2026-06-20T09:00", "complexity"), extended("2026-06-21T09:00", "number"))
    assert twice.extended_due == d("2026-09-10")
    repaired = dates("2026-06-10", extended("2026-06-20T09:00"), extended("2026-06-21T09:00", "number"))
    assert repaired.extended_due == d("2026-09-10")


@pytest.mark.parametrize(
    ("reason", "is_ground"),
    [
        ("complexity", True),
        ("Complex: records in four systems", True),
        ("number", True),
        ("number_of_requests", True),
        ("several requests by the same person", True),
        ("number of staff on leave", False),
        ("holidays", False),
        ("a large company", False),
        ("fourteen systems and two former employers have to be searched", True),
        ("staff shortage", False),
        ("", False),
    ],
)
def test_concrete_reasons_are_grounds_and_workload_never_is(reason: str, is_ground: bool) -> None:
    assert is_extension_ground(reason) is is_ground
