"""Tickets at the shell: filed for somebody who phoned or wrote, listed by urgency, shown with dates and log.

Limits: what a filed ticket leads to is walked in tests/walks/test_office.py.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.commands.tickets import filed, listed, shown
from storage.migrate import upgrade
from storage.store import Store
from tests.commands.house_settings import settings_file

NOW = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)


@pytest.fixture
async def env(tmp_path: Path) -> Path:
    """The settings of a house whose database is up to date."""
    data = tmp_path / "var"
    data.mkdir()
    store = await Store(data / "desk.sqlite3").open()
    await store.raw(upgrade)
    await store.close()
    return settings_file(tmp_path, data_dir=data)


async def _file(env: Path, *, received_at: str, right: str = "access", contact: str = "a@example.nl") -> int:
    asked = {"right": right, "contact": contact, "door": "post", "lang": "nl"}
    return await filed(env, received_at=received_at, **asked, clock=lambda: NOW)


async def test_a_letter_is_filed_with_the_day_it_was_received(env, capsys):
    assert await _file(env, received_at="2026-11-02T23:30:00+01:00") == 0
    assert capsys.readouterr().out == "SEL-2026-00001 filed, due 2026-12-02; the person gets a mail with a code\n"


async def test_the_most_urgent_stands_first_whatever_its_number(env, capsys):
    await _file(env, received_at="2026-11-09T12:00:00+01:00")
    await _file(env, received_at="2026-11-02T12:00:00+01:00", right="erasure")
    capsys.readouterr()
    assert await listed(env, everything=False) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.split() == ["SEL-2026-00002", "erasure", "verifying", "due", "2026-12-02", "received", "2026-11-02"]
    assert second.startswith("SEL-2026-00001")


async def test_nothing_to_list_is_said(env, capsys):
    assert await listed(env, everything=True) == 0
    assert capsys.readouterr().out == "none\n"


async def test_one_ticket_shows_its_dates_and_log_in_local_time_and_no_address(env, capsys):
    await _file(env, received_at="2026-11-02T23:30:00+01:00", contact="anna@example.nl")
    capsys.readouterr()
    assert await shown(env, "SEL-2026-00001") == 0
    told = capsys.readouterr().out
    assert "  received_local_date   2026-11-02\n" in told
    assert "  statutory_end_utc     2026-12-03 00:00 Amsterdam\n" in told
    assert "  2026-11-10 10:00  filed_by_hand      desk:shell door=post" in told
    assert "door=post" in told
    assert "anna" not in told


async def test_a_number_nobody_has_says_where_to_look(env, capsys):
    assert await shown(env, "SEL-2026-00099") == 1
    assert "tickets list --all" in capsys.readouterr().err


@pytest.mark.parametrize("received_at", ["2026-11-02T12:00:00", "2026-11-11T12:00:00+01:00", "yesterday"])
async def test_an_instant_without_offset_or_in_the_future_files_nothing(env, capsys, received_at):
    assert await _file(env, received_at=received_at) != 0
    capsys.readouterr()
    await listed(env, everything=True)
    assert capsys.readouterr().out == "none\n"


async def test_settings_that_cannot_be_read_are_said(tmp_path, capsys):
    assert await listed(tmp_path / "none.env", everything=False) == 2
    assert capsys.readouterr().err
