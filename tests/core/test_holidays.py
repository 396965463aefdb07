"""The own holiday table against almanac dates, decrees and the shape of Dutch and English rules."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import holidays
from bot.core.holidays import (
    core_days,
    core_working_days_after,
    easter_sunday,
    england_bank_holidays,
    is_core,
    is_core_working_day,
    is_disputed,
    is_working_day,
    kings_day,
    last_working_day,
    next_core_working_day,
    next_england_working_day,
    working_days_before,
)

DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2999, 12, 1))


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (1961, "1961-04-02"),
        (2000, "2000-04-23"),
        (2008, "2008-03-23"),
        (2016, "2016-03-27"),
        (2018, "2018-04-01"),
        (2019, "2019-04-21"),
        (2024, "2024-03-31"),
        (2025, "2025-04-20"),
        (2026, "2026-04-05"),
        (2027, "2027-03-28"),
        (2028, "2028-04-16"),
        (2029, "2029-04-01"),
        (2030, "2030-04-21"),
        (2038, "2038-04-25"),
        (2285, "2285-03-22"),
    ],
)
def test_easter_falls_on_the_almanac_date(year: int, expected: str) -> None:
    assert easter_sunday(year) == date.fromisoformat(expected)


@settings(deadline=None)
@given(st.integers(min_value=1900, max_value=2999))
def test_easter_is_a_sunday_between_22_march_and_25_april(year: int) -> None:
    easter = easter_sunday(year)
    assert easter.weekday() == 6
    assert date(year, 3, 22) <= easter <= date(year, 4, 25)


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2026, ["01-01", "04-06", "04-27", "05-14", "05-25", "12-25", "12-26"]),
        (2027, ["01-01", "03-29", "04-27", "05-06", "05-17", "12-25", "12-26"]),
        (2028, ["01-01", "04-17", "04-27", "05-25", "06-05", "12-25", "12-26"]),
        (2025, ["01-01", "04-21", "04-26", "05-29", "06-09", "12-25", "12-26"]),
    ],
)
def test_the_core_days_of_a_year_are_exactly_these(year: int, days: list[str]) -> None:
    assert sorted(core_days(year)) == [date.fromisoformat(f"{year}-{day}") for day in days]


@pytest.mark.parametrize(("year", "day"), [(2025, 26), (2031, 26), (2026, 27), (2024, 27), (2027, 27)])
def test_kings_day_moves_to_saturday_only_when_it_is_a_sunday(year: int, day: int) -> None:
    assert kings_day(year) == date(year, 4, day)


@pytest.mark.parametrize("year", [2023, 2024, 2025, 2026, 2027, 2030])
def test_liberation_day_is_disputed_every_year_and_never_core(year: int) -> None:
    assert is_disputed(date(year, 5, 5))
    assert not is_core(date(year, 5, 5))


@pytest.mark.parametrize("day", ["2024-03-29", "2025-04-18", "2026-04-03", "2027-03-26", "2028-04-14"])
def test_good_friday_is_disputed_and_never_core(day: str) -> None:
    assert is_disputed(date.fromisoformat(day))
    assert is_core_working_day(date.fromisoformat(day))
    assert not is_working_day(date.fromisoformat(day))


@pytest.mark.parametrize(
    "day",
    [
        "2023-04-28",
        "2023-05-19",
        "2024-05-10",
        "2024-12-27",
        "2025-05-30",
        "2026-01-02",
        "2026-05-15",
        "2027-05-07",
        "2028-04-28",
        "2028-05-26",
    ],
)
def test_a_decree_day_is_disputed_and_follows_a_core_day_on_a_weekday(day: str) -> None:
    decree = date.fromisoformat(day)
    assert is_disputed(decree)
    assert decree.weekday() == 4
    assert is_core(decree - timedelta(days=1))


def test_the_decree_table_holds_no_other_day() -> None:
    assert len(holidays.DECREE_DAYS) == 10


def test_ascension_day_on_5_may_is_core_and_not_disputed() -> None:
    assert is_core(date(2016, 5, 5))
    assert not is_disputed(date(2016, 5, 5))


@pytest.mark.parametrize("day", ["2026-12-24", "2026-12-31", "2026-05-04", "2026-11-11", "2026-12-05"])
def test_customary_days_without_a_law_are_working_days(day: str) -> None:
    assert not is_core(date.fromisoformat(day))
    assert not is_disputed(date.fromisoformat(day))


def test_no_free_day_is_given_for_christmas_on_a_weekend() -> None:
    assert next_core_working_day(date(2027, 12, 25)) == date(2027, 12, 27)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-04-04", "2026-04-07"),  # Saturday before Easter Monday
        ("2026-04-25", "2026-04-28"),  # Saturday before King's Day on a Monday
        ("2026-12-25", "2026-12-28"),  # Friday, Saturday, Sunday
        ("2026-04-03", "2026-04-03"),  # Good Friday moves nothing
        ("2026-05-05", "2026-05-05"),  # nor does 5 May
        ("2026-05-14", "2026-05-15"),  # Ascension rolls onto a decree day: it gains no time
        ("2027-01-01", "2027-01-04"),
        ("2026-06-10", "2026-06-10"),
    ],
)
def test_rolling_skips_weekends_and_core_days_only(day: str, expected: str) -> None:
    assert next_core_working_day(date.fromisoformat(day)) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-04-06", "2026-04-02"),  # Easter Monday back over Good Friday
        ("2026-05-05", "2026-05-04"),
        ("2026-05-17", "2026-05-13"),  # Sunday back over the decree day and Ascension
        ("2026-06-10", "2026-06-10"),
    ],
)
def test_the_last_working_day_avoids_disputed_days_too(day: str, expected: str) -> None:
    assert last_working_day(date.fromisoformat(day)) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        ("2026-04-02", 0, "2026-04-02"),
        ("2026-04-02", 1, "2026-04-03"),  # Good Friday counts: skipping it would gain time
        ("2026-04-02", 2, "2026-04-07"),
        ("2026-04-02", 3, "2026-04-08"),
        ("2026-06-13", 0, "2026-06-13"),
        ("2026-06-13", 1, "2026-06-15"),
        ("2026-06-12", 5, "2026-06-19"),
    ],
)
def test_counting_forward_starts_on_the_next_day_and_ignores_disputed_days(day: str, count: int, expected: str) -> None:
    assert core_working_days_after(date.fromisoformat(day), count) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [("2026-04-07", 1, "2026-04-02"), ("2026-06-19", 5, "2026-06-12"), ("2026-06-19", 0, "2026-06-19")],
)
def test_counting_back_skips_disputed_days(day: str, count: int, expected: str) -> None:
    assert working_days_before(date.fromisoformat(day), count) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2026, ["01-01", "04-03", "04-06", "05-04", "05-25", "08-31", "12-25", "12-26", "12-28"]),
        (2027, ["01-01", "03-26", "03-29", "05-03", "05-31", "08-30", "12-25", "12-26", "12-27", "12-28"]),
        (2028, ["01-01", "01-03", "04-14", "04-17", "05-01", "05-29", "08-28", "12-25", "12-26"]),
        (2033, ["01-01", "01-03", "04-15", "04-18", "05-02", "05-30", "08-29", "12-25", "12-26", "12-27"]),
    ],
)
def test_the_bank_holidays_of_england_have_their_substitutes(year: int, days: list[str]) -> None:
    assert sorted(england_bank_holidays(year)) == [date.fromisoformat(f"{year}-{day}") for day in days]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-04-25", "2026-04-27"),  # King's Day is an ordinary Monday there
        ("2027-05-16", "2027-05-17"),  # so is Whit Monday
        ("2026-05-23", "2026-05-26"),
        ("2027-12-25", "2027-12-29"),
        ("2026-06-10", "2026-06-10"),
    ],
)
def test_english_rolling_follows_english_days(day: str, expected: str) -> None:
    assert next_england_working_day(date.fromisoformat(day)) == date.fromisoformat(expected)


@settings(deadline=None)
@given(DAYS)
def test_rolling_ends_on_a_working_day_within_a_week_and_moves_no_working_day(day: date) -> None:
    rolled = next_core_working_day(day)
    assert is_core_working_day(rolled)
    assert timedelta(0) <= rolled - day <= timedelta(days=5)
    assert (rolled == day) == is_core_working_day(day)


@settings(deadline=None)
@given(DAYS)
def test_every_day_is_at_most_one_of_core_and_disputed_and_then_no_working_day(day: date) -> None:
    assert not (is_core(day) and is_disputed(day))
    assert is_working_day(day) == (day.weekday() < 5 and not is_core(day) and not is_disputed(day))


@settings(deadline=None)
@given(DAYS, st.integers(min_value=0, max_value=30))
def test_going_back_never_lands_later_than_the_count_of_days(day: date, count: int) -> None:
    before = working_days_before(day, count)
    assert before <= day - timedelta(days=count)
    assert count == 0 or is_working_day(before)


def test_the_table_is_reviewed_before_its_decrees_run_out() -> None:
    assert holidays.REVIEWED < holidays.NEXT_REVIEW < max(holidays.DECREE_DAYS)
