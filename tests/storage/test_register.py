"""The erasure register: what it keeps, that it names nobody, that a changed line is found, and how long it keeps it."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.plans import Entered, Verb
from bot.core.register import Blocks, Deed
from bot.ports import RegisterDown
from storage.chain import GENESIS
from storage.register import Register

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
A_DAY = timedelta(days=1)
THREE_YEARS = timedelta(days=3 * 365 + 2)


def a_deed(key: str = "t1:erasure:abc", *, at: datetime = NOW, source: str = "platform") -> Deed:
    return Deed(
        source=source, verb=Verb.ERASURE, key=key, at=at, approved="a" * 64, ceiling=60, subject="s" * 64,
        known_by=("k" * 64,),
    )  # fmt: skip


def entered(
    address: str = "1" * 64, *, scope: str = "", reason: str = "no_marketing", since: datetime = NOW
) -> Entered:
    return Entered(scope=scope, address=address, reason=reason, since=since)


@pytest.fixture
def register(tmp_path) -> Register:
    return Register(tmp_path / "register.sqlite3", backup_days=100)


def behind_its_back(register: Register, statement: str) -> None:
    with closing(sqlite3.connect(register.path)) as link, link:
        link.execute(statement)


def test_nothing_is_made_until_there_is_something_to_remember(register):
    assert register.deeds() == ()
    assert register.blocks("platform") == Blocks()
    assert register.newest("platform", NOW) == (None, None)
    assert register.tidy(NOW) == 0
    whole = register.check()
    assert (whole.lines, whole.broken, whole.seq, whole.hash) == (0, None, 0, GENESIS)
    assert not register.path.exists()


def test_an_act_is_read_back_as_it_was_entered_with_the_addresses_it_blocked(register):
    register.enter(a_deed(), [entered()])
    assert register.deeds() == (a_deed(),)
    assert register.newest("platform", NOW) == (a_deed(), entered())
    assert register.newest("archive", NOW) == (None, None)


def test_the_same_act_and_the_same_block_are_entered_once(register):
    for _ in range(3):
        register.enter(a_deed(), [entered()])
        register.block("platform", entered(), NOW)
    assert register.check().lines == 2


def test_an_act_that_is_repeated_after_the_address_was_let_go_blocks_nothing_again(register):
    register.enter(a_deed(), [entered()])
    register.unblock("platform", "", "1" * 64, NOW)
    register.enter(a_deed(), [entered()])
    assert register.blocks("platform") == Blocks(lifted=(("", "1" * 64),))


def test_the_last_word_about_an_address_holds_in_its_source_and_scope(register):
    register.block("platform", entered(), NOW)
    register.block("platform", entered(scope="acme"), NOW)
    register.block("shop", entered(), NOW)
    register.unblock("platform", "", "1" * 64, NOW)
    register.unblock("platform", "", "2" * 64, NOW)
    assert register.blocks("platform") == Blocks(standing=(entered(scope="acme"),), lifted=(("", "1" * 64),))
    assert register.blocks("shop") == Blocks(standing=(entered(),))
    register.block("platform", entered(reason="no_future_collection"), NOW)
    assert register.newest("platform", NOW)[1] == entered(reason="no_future_collection")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entries SET approved = 'x' WHERE seq = 2",
        "UPDATE entries SET what = 'restriction' WHERE seq = 2",
        "UPDATE entries SET at = '2020-01-01T00:00:00+00:00' WHERE seq = 2",
        "DELETE FROM entries WHERE seq = 2",
        "UPDATE entries SET call_key = NULL, subject = NULL, approved = NULL, ceiling = NULL, known_by = NULL "
        "WHERE seq = 2",
    ],
)
def test_a_line_that_was_changed_removed_or_emptied_is_found(register, change):
    for number in range(4):
        register.enter(a_deed(f"t{number}"))
    assert register.check().broken is None
    behind_its_back(register, change)
    assert register.check().broken in {2, 3}


def test_an_act_is_emptied_once_no_backup_can_undo_it_and_the_chain_holds(register):
    register.enter(a_deed("old"))
    register.enter(a_deed("new", at=NOW + 60 * A_DAY))
    assert register.tidy(NOW + 99 * A_DAY) == 0
    later = NOW + 101 * A_DAY
    assert register.tidy(later) == 1
    assert [one.key for one in register.deeds()] == ["new"]
    whole = register.check()
    assert (whole.lines, whole.broken) == (3, None), "and one that says so"
    assert b"old" not in register.path.read_bytes()


def test_a_longer_life_of_backups_set_afterwards_makes_no_emptied_line_odd(register):
    register.enter(a_deed())
    register.tidy(NOW + 101 * A_DAY)
    assert Register(register.path, backup_days=1000).check().broken is None


def test_without_a_known_life_of_backups_no_act_is_forgotten(tmp_path):
    register = Register(tmp_path / "register.sqlite3", backup_days=0)
    register.enter(a_deed())
    assert register.tidy(NOW + 10 * THREE_YEARS) == 0
    assert len(register.deeds()) == 1


def test_a_suppression_stays_its_three_years_and_longer_where_the_address_is_still_on_a_list(register):
    register.block("platform", entered(), NOW)
    register.block("platform", entered("2" * 64), NOW)
    assert register.tidy(NOW + THREE_YEARS - 4 * A_DAY) == 0
    later = NOW + THREE_YEARS
    assert register.tidy(later, {("", "2" * 64)}) == 1
    assert register.blocks("platform") == Blocks(standing=(entered("2" * 64),))
    assert register.blocks("platform", later) == Blocks(), "over: a list without it was not set back"
    assert register.newest("platform", later) == (None, None)
    assert register.check().broken is None


def test_a_suppression_that_was_taken_back_goes_with_the_line_that_says_so(register):
    register.block("platform", entered(), NOW)
    register.unblock("platform", "", "1" * 64, NOW + A_DAY)
    assert register.tidy(NOW + 100 * A_DAY) == 0
    assert register.tidy(NOW + 102 * A_DAY) == 2
    assert register.blocks("platform") == Blocks()


def test_a_file_that_was_begun_and_holds_nothing_yet_is_an_empty_register(register):
    """A kill between the first touch of the file and the first commit leaves this behind."""
    register.path.touch()
    assert register.deeds() == ()
    assert register.check().lines == 0
    register.enter(a_deed())
    assert len(register.deeds()) == 1


def test_a_folder_that_is_gone_is_no_empty_register(tmp_path):
    register = Register(tmp_path / "not mounted" / "register.sqlite3", backup_days=1)
    for use in (register.deeds, lambda: register.enter(a_deed()), lambda: register.check()):
        with pytest.raises(RegisterDown, match="folder_missing"):
            use()


def test_a_file_that_is_no_register_is_said_to_be_none(register):
    register.path.write_bytes(b"something else altogether, and long enough to be looked at" * 20)
    with pytest.raises(RegisterDown):
        register.deeds()
    with pytest.raises(RegisterDown):
        register.enter(a_deed())
