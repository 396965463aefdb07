"""`restore` at the shell: what keeps it from beginning is one sentence, and what it can't look at is listed."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime

import pytest

from bot.commands.doctor import look_at_register
from bot.commands.restore import restore_now
from bot.commands.serve import migrate_now, settings_from
from bot.core.plans import Verb
from bot.core.register import Deed
from bot.demo.platform.seeding import DATA_MAP, create
from storage.datalayer.ledger import install
from storage.register import Register
from tests.commands.house_settings import settings_file

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
async def house(tmp_path):
    """Settings of a house with a platform, a database, an archive of paper, and a register elsewhere."""
    platform, elsewhere = tmp_path / "platform.sqlite3", tmp_path / "elsewhere"
    create(platform, date(2026, 11, 22))
    install(f"sqlite:///{platform}")
    elsewhere.mkdir()
    env = settings_file(
        tmp_path, data_dir=tmp_path, backup_days=365, platform_url=f"sqlite:///{platform}", platform_map=DATA_MAP,
        register_file=elsewhere / "register.sqlite3", manual_sources="archive",
    )  # fmt: skip
    await migrate_now(env)
    return env


def register_of(env) -> Register:
    return Register(env.parent / "elsewhere" / "register.sqlite3", backup_days=365)


def a_deed(source: str, key: str = "t1:erasure:a") -> Deed:
    return Deed(source=source, verb=Verb.ERASURE, key=key, at=NOW, approved="a", ceiling=60, subject="s")


def change(env, statement):
    with closing(sqlite3.connect(register_of(env).path)) as link, link:
        link.execute(statement)


async def looked(env):
    found = await look_at_register(settings_from(env))
    return found.ok, found.seen


async def test_with_nothing_in_the_register_nothing_lacks(house, capsys):
    assert await restore_now(house) == 0
    assert "nothing lacks: the desk may run" in capsys.readouterr().out
    assert await looked(house) == (True, "whole, 0 entries. The platform's database has them all.")


async def test_somebody_of_whom_nothing_is_there_is_settled(house, capsys):
    register_of(house).enter(a_deed("platform"))
    assert (await looked(house))[0] is False
    assert await restore_now(house) == 0
    said = capsys.readouterr().out
    assert "nothing_to_do" in said
    assert "unknown request" in said, "the desk's own database doesn't know it: that one may be old too"
    assert (await looked(house))[0] is True


async def test_an_empty_register_beside_receipts_is_remarked_on(house):
    register_of(house).enter(a_deed("platform"))
    assert await restore_now(house) == 0, "this leaves a receipt"
    register_of(house).path.unlink()
    ok, seen = await looked(house)
    assert ok
    assert "was the register's file lost?" in seen


async def test_what_was_done_by_hand_is_listed_and_keeps_nobody_from_working(house, capsys):
    register_of(house).enter(a_deed("archive"))
    assert await restore_now(house) == 0
    assert "do these again there" in capsys.readouterr().out
    assert await restore_now(house, as_json=True) == 0
    (entry,) = json.loads(capsys.readouterr().out.splitlines()[-1])["entries"]
    assert (entry["source"], entry["came"]) == ("archive", "cannot_be_checked")


async def test_a_register_that_was_changed_is_not_followed(house, capsys):
    register_of(house).enter(a_deed("platform"))
    change(house, "UPDATE entries SET subject = 'somebody else'")
    assert await restore_now(house) == 2
    assert "was changed at line 1" in capsys.readouterr().err
    assert await looked(house) == (False, "changed at line 1")


async def test_a_register_whose_disk_is_away_is_no_empty_one(house, capsys):
    register_of(house).path.parent.rmdir()
    assert await restore_now(house) == 2
    assert "SELEQT_REGISTER_FILE" in capsys.readouterr().err
    assert await looked(house) == (False, "not readable: folder_missing")


async def test_a_register_beside_the_databases_is_remarked_on(tmp_path, house):
    env = settings_file(
        tmp_path, data_dir=tmp_path, platform_url=f"sqlite:///{tmp_path}/platform.sqlite3", platform_map=DATA_MAP
    )
    ok, seen = await looked(env)
    assert ok
    assert "keep it elsewhere" in seen


async def test_a_platform_that_is_away_is_said_to_be(house, capsys):
    (house.parent / "platform.sqlite3").unlink()
    register_of(house).enter(a_deed("platform"))
    assert await restore_now(house) == 2
    assert "python bot.py doctor" in capsys.readouterr().err
    assert (await looked(house))[1].endswith("Not compared: the platform doesn't answer.")
