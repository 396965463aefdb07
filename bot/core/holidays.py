"""Which days are free in the Netherlands (and in England), and working-day arithmetic over them.

Promise: the CORE days, the only ones that may move a legal date, hold for every year since 2014 (King's Day); Easter is
computed. DISPUTED days never gain time and are only avoided when staff are told by which day to be done.
Limits: royal decrees name single days (DECREE_DAYS) and are known up to NEXT_REVIEW at most; the Dutch entry of the
Commission's yearly holiday list (Reg. 1182/71 art. 2(1)) was not at hand, so only undoubted days are CORE.

Sources: Algemene termijnenwet art. 3(1) and 3(2), royal decrees under art. 3(3); Reg. (EEC, Euratom) 1182/71 art. 2
and 3; for England the Banking and Financial Dealings Act 1971, schedule 1, and gov.uk/bank-holidays.
"""

from datetime import date, timedelta
from functools import lru_cache

REVIEWED = date(2026, 11, 22)
NEXT_REVIEW = date(2027, 10, 1)  # before the decree on the year after next and the Commission's list for 2028

# Days that a royal decree equates with a holiday (Atw art. 3(3)); mostly the Friday after a Thursday holiday.
DECREE_DAYS = frozenset(
    {
        date(2023, 4, 28),
        date(2023, 5, 19),
        date(2024, 5, 10),
        date(2024, 12, 27),
        date(2025, 5, 30),
        date(2026, 1, 2),
        date(2026, 5, 15),
        date(2027, 5, 7),
        date(2028, 4, 28),
        date(2028, 5, 26),
    }
)

_DAY = timedelta(days=1)
_SATURDAY, _SUNDAY = 5, 6


@lru_cache(maxsize=256)
def easter_sunday(year: int) -> date:
    """The Gregorian date of Easter in `year` (the anonymous algorithm in Meeus, Astronomical Algorithms, ch. 8)."""
    golden, century, rest = year % 19, year // 100, year % 100
    leap_gap = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - leap_gap + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def kings_day(year: int) -> date:
    """27 April, or the Saturday before when that is a Sunday; there is no free Monday instead."""
    day = date(year, 4, 27)
    return day - _DAY if day.weekday() == _SUNDAY else day


@lru_cache(maxsize=256)
def core_days(year: int) -> frozenset[date]:
    """The undoubted public holidays of `year`: the only ones on which a legal date rolls forward."""
    easter = easter_sunday(year)
    return frozenset(
        {
            date(year, 1, 1),
            easter + timedelta(days=1),
            kings_day(year),
            easter + timedelta(days=39),  # Ascension Day
            easter + timedelta(days=50),  # Whit Monday
            date(year, 12, 25),
            date(year, 12, 26),
        }
    )


@lru_cache(maxsize=256)
def england_bank_holidays(year: int) -> frozenset[date]:
    """The regular bank holidays of England and Wales in `year`, with their substitute days.

    Days moved or added once by proclamation (jubilees, 2020, 2022, 2023) are left out: only the earlier of the Dutch
    and the English result is used, and none of those days falls on a Dutch holiday.
    """
    easter = easter_sunday(year)
    fixed = [date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)]
    mondays = [_monday_from(date(year, 5, 1)), _monday_from(date(year, 5, 25)), _monday_from(date(year, 8, 25))]
    substitutes = [_substitute(day) for day in fixed if _is_weekend(day)]
    return frozenset([*fixed, *mondays, *substitutes, easter - 2 * _DAY, easter + _DAY])


def is_core(day: date) -> bool:
    """True on an undoubted Dutch public holiday; a weekend is not one."""
    return day in core_days(day.year)


def is_disputed(day: date) -> bool:
    """True on 5 May, Good Friday and decree days, unless the same day is CORE: a holiday in one reading only."""
    good_friday = easter_sunday(day.year) - 2 * _DAY
    named = (day.month, day.day) == (5, 5) or day == good_friday or day in DECREE_DAYS
    return named and not is_core(day)


def is_core_working_day(day: date) -> bool:
    """True when the law surely sees a working day or may see one: no weekend, no CORE day. DISPUTED days count."""
    return not _is_weekend(day) and not is_core(day)


def is_working_day(day: date) -> bool:
    """True on a day staff can be expected at work: no weekend, no CORE and no DISPUTED day."""
    return is_core_working_day(day) and not is_disputed(day)


def next_core_working_day(day: date) -> date:
    """`day` itself, or the first day after it that is neither weekend nor CORE (Reg. 1182/71 art. 3(4))."""
    while not is_core_working_day(day):
        day += _DAY
    return day


def next_england_working_day(day: date) -> date:
    """`day` itself, or the first day after it that is neither weekend nor bank holiday in England."""
    while _is_weekend(day) or day in england_bank_holidays(day.year):
        day += _DAY
    return day


def last_working_day(day: date) -> date:
    """`day` itself, or the last ordinary working day before it."""
    while not is_working_day(day):
        day -= _DAY
    return day


def core_working_days_after(day: date, count: int) -> date:
    """The `count`-th day after `day` that is neither weekend nor CORE; `day` itself for 0.

    DISPUTED days are counted as working days here, because skipping them would gain time.
    """
    for _ in range(count):
        day = next_core_working_day(day + _DAY)
    return day


def working_days_before(day: date, count: int) -> date:
    """The `count`-th ordinary working day before `day`; `day` itself for 0. Skipping DISPUTED days is earlier here."""
    for _ in range(count):
        day = last_working_day(day - _DAY)
    return day


def _is_weekend(day: date) -> bool:
    return day.weekday() >= _SATURDAY


def _monday_from(day: date) -> date:
    """The first Monday on or after `day`."""
    return day + timedelta(days=-day.weekday() % 7)


def _substitute(day: date) -> date:
    """The weekday given instead of a free weekend day: Monday for 1 January, always the 27th or 28th at Christmas."""
    return _monday_from(day) if day.month == 1 else day + 2 * _DAY
