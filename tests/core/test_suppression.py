"""How long an address is blocked, and which of two reasons holds."""

from datetime import UTC, date, datetime

import pytest

from bot.core.suppression import Reason, Suppression, is_wider, widest

SINCE = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
"""Half past midnight in Amsterdam, a day later."""

MARKETING, COLLECTION = Reason.NO_MARKETING, Reason.NO_FUTURE_COLLECTION


def test_a_block_lasts_three_years_in_local_dates():
    entry = Suppression(reason=MARKETING, since=SINCE)
    last = datetime(2029, 11, 23, 22, 59, tzinfo=UTC)
    over = datetime(2029, 11, 23, 23, 0, tzinfo=UTC)
    assert entry.since_day == date(2026, 11, 23)
    assert (entry.until(last), entry.is_over(last)) == (date(2029, 11, 23), False)
    assert (entry.until(over), entry.is_over(over)) == (None, True)


def test_a_block_of_a_leap_day_ends_on_the_28th():
    entry = Suppression(reason=MARKETING, since=datetime(2028, 2, 29, 12, tzinfo=UTC))
    assert entry.until(entry.since) == date(2031, 2, 28)


def test_a_list_that_does_not_say_since_when_has_no_end():
    entry = Suppression(reason=MARKETING)
    assert (entry.since_day, entry.until(SINCE), entry.is_over(SINCE)) == (None, None, False)


@pytest.mark.parametrize(
    ("reason", "than", "wider"),
    [(COLLECTION, MARKETING, True), (MARKETING, COLLECTION, False), (COLLECTION, COLLECTION, False)],
)
def test_no_collection_at_all_covers_no_marketing(reason, than, wider):
    assert is_wider(reason, than) is wider


def test_of_several_lists_the_widest_reason_holds_and_else_the_first():
    mild, other, wide = (Suppression(reason=one) for one in (MARKETING, "other", COLLECTION))
    assert widest([]) is None
    assert widest([mild, other]) is mild
    assert widest([mild, wide]) is wide
