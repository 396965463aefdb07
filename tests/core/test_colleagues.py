"""Who is there and who stands in."""

from dataclasses import replace
from datetime import timedelta

from bot.core.colleagues import deputy_of, is_away, present, stands_in
from tests.core.builders import LOTTE, MINA, NOAH, NOW

TODAY = NOW.date()
WITH_DEPUTY = replace(LOTTE, deputy="U2")
STAFF = (WITH_DEPUTY, replace(MINA, deputy="Noah"), NOAH)
UNTIL_TODAY = {LOTTE.key: TODAY}


def test_the_last_day_away_is_a_day_away():
    assert is_away(LOTTE, UNTIL_TODAY, TODAY)
    assert not is_away(LOTTE, UNTIL_TODAY, TODAY + timedelta(days=1))
    assert not is_away(MINA, UNTIL_TODAY, TODAY)


def test_the_deputy_stands_in_and_their_deputy_after_them():
    assert deputy_of(LOTTE, STAFF) is None
    assert stands_in(WITH_DEPUTY, STAFF, {}, TODAY) == WITH_DEPUTY
    assert stands_in(WITH_DEPUTY, STAFF, UNTIL_TODAY, TODAY) == STAFF[1]
    assert stands_in(WITH_DEPUTY, STAFF, UNTIL_TODAY | {MINA.key: TODAY}, TODAY) == NOAH


def test_two_who_are_each_others_deputies_and_both_away_leave_nobody():
    pair = (WITH_DEPUTY, replace(MINA, deputy="U1"))
    assert stands_in(pair[0], pair, UNTIL_TODAY | {MINA.key: TODAY}, TODAY) is None


def test_nobody_is_called_twice_and_somebody_always():
    assert present(STAFF[:2], STAFF, UNTIL_TODAY, TODAY) == (STAFF[1],)
    assert present((NOAH,), STAFF, {NOAH.key: TODAY}, TODAY) == (NOAH,)
