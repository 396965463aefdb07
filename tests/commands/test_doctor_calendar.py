"""The doctor on the table of free days: how far it reaches, and when somebody has to look at it again."""

from datetime import UTC, datetime

from bot.commands.doctor import calendar_seen


def test_it_says_how_far_the_table_reaches() -> None:
    seen = calendar_seen(datetime(2026, 11, 29, tzinfo=UTC))
    assert "legal dates hold for every year" in seen
    assert "known to 2028" in seen
    assert "OVERDUE" not in seen


def test_it_says_that_the_table_was_not_looked_at_in_time() -> None:
    assert "OVERDUE" in calendar_seen(datetime(2027, 9, 30, 22, 0, tzinfo=UTC))
