"""The platform's database comes back from a backup: the desk notices, refuses, is brought up, and goes on."""

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta

import aiohttp
import pytest

from bot.commands.doctor import look_at_register
from bot.commands.restore import restore_now
from bot.commands.serve import audit_now, settings_from
from bot.core.model import Right, Status
from bot.demo.platform.seeds import ANNA, BRAM
from bot.demo.world import running
from bot.settings import Unfit
from bot.watch import Watch
from tests.walks import house, moves
from tests.walks.test_other_sources import SERVICE
from tests.walks.test_platform_asks import ask

WAIT = timedelta(hours=25)


async def erase(world, visit, person):
    """From the first sentence to the answer."""
    visitor = await visit(person)
    await visitor.say("Delete all my data")
    ref = moves.refs_in(await visitor.hears("This goes"))[0]
    await visitor.press("Delete all this")
    await house.approve(world, ref, "lotte")
    await house.card(world, ref, "· 1 of 2")
    await house.approve(world, ref, "mina")
    await house.reaches(world, Right.ERASURE, Status.SCHEDULED)
    world.clock.advance(WAIT)
    await house.reaches(world, Right.ERASURE, Status.DONE)
    await house.settled(world)


def copied(file, to):
    """A backup as a tool makes it: whole, while the platform works on."""
    with closing(sqlite3.connect(file)) as there, closing(sqlite3.connect(to)) as here:
        there.backup(here)


def put_back(backup, file):
    """The backup's file in place of the platform's."""
    for part in file.parent.glob(f"{file.name}*"):
        part.unlink()
    shutil.copy(backup, file)


def rows_of_others(world_or_file):
    """The platform's rows that aren't Bram's, as they stand in the file."""
    with closing(sqlite3.connect(world_or_file)) as link:
        tables = [name for (name,) in link.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {}
        for table in (one for one in tables if not one.startswith(("privacy_desk", "sqlite_"))):
            cursor = link.execute(f"SELECT * FROM {table}")
            names = [one[0] for one in cursor.description]
            every = [dict(zip(names, row, strict=True)) for row in cursor]
            found[table] = [row for row in every if not _is_brams(table, row)]
        return found


def _is_brams(table, row):
    known = row.get("account_id") == 102 or (table, row["id"]) in {("accounts", 102), ("addresses", 2)}
    return known or "bram" in str(row.get("email", "")).lower()


def answered(capsys):
    """What the command answered: its last line."""
    return json.loads(capsys.readouterr().out.splitlines()[-1])


async def get_ready(world):
    async with aiohttp.ClientSession() as http, http.get(f"{world.url}/readyz") as answer:
        return answer.status, (await answer.json())["bad"]


async def test_a_desk_refuses_to_run_on_a_database_set_back_until_it_was_brought_up(tmp_path, capsys):
    data, backup = tmp_path / "data", tmp_path / "backup.sqlite3"
    async with house.at_work(data) as world, moves.visits(world) as visit:
        copied(world.platform_database, backup)
        await erase(world, visit, BRAM)
        platform, env = world.platform_database, data / "demo.env"
    put_back(backup, platform)

    with pytest.raises(Unfit, match=r"python bot.py restore"):
        async with running(data):
            pass
    found = await look_at_register(settings_from(env))
    assert (found.ok, found.fix) == (False, "python bot.py restore")
    assert await restore_now(env, dry_run=True) == 1
    assert "nothing was written" in capsys.readouterr().out

    assert await restore_now(env, as_json=True) == 0
    said = answered(capsys)
    assert said["clean"]
    assert {one["came"] for one in said["entries"]} == {"done_again"}
    assert {one["request"][:9] for one in said["entries"]} == {"SEL-2026-"}
    assert "bram" not in json.dumps(said).lower()
    assert rows_of_others(platform) == rows_of_others(backup), "nobody else's row is another"
    (account,) = house.rows(platform, "SELECT first_name, email, status FROM accounts WHERE id = 102")
    assert (account[0], account[2]) == ("erased", "locked")
    assert house.rows(platform, "SELECT reason FROM privacy_desk_suppressions") == [("no_future_collection",)]

    async with house.at_work(data) as world:
        assert await get_ready(world) == (200, [])
    assert (await look_at_register(settings_from(env))).ok
    assert await restore_now(env) == 0, "again is harmless"
    assert "nothing lacks" in capsys.readouterr().out
    assert await audit_now(env) == 0
    assert "register whole" in capsys.readouterr().out


async def test_a_running_desk_notices_takes_what_people_say_and_does_nothing_with_data(tmp_path, capsys):
    data, backup = tmp_path / "data", tmp_path / "backup.sqlite3"
    async with house.at_work(data) as world, moves.visits(world) as visit:
        copied(world.platform_database, backup)
        await erase(world, visit, BRAM)
        status, answer = await ask(world, "may-mail", address=BRAM.email)
        assert (status, answer["may_mail"], answer["reason"]) == (200, False, "no_future_collection")
        assert (answer["since"], answer["until"]) == _three_years_from(world.clock().date())

        copied(backup, world.platform_database)
        world.clock.advance(timedelta(minutes=2))
        assert await ask(world, "may-mail", address=BRAM.email) == (503, {"reason": "down"}), "no word from an old list"
        assert await get_ready(world) == (503, ["restored"])

        anna = await visit(ANNA)
        await anna.say("stop using my data for marketing")
        await anna.hears("SEL-2026")
        ticket = await house.until(world, lambda tx: _failed(house.newest(tx, Right.OBJECTION_MARKETING)))
        assert ticket.failures[0].reason == "restored"
        assert moves.platform(world, "SELECT marketing_ok FROM accounts WHERE id = 101") == [{"marketing_ok": 1}]
        await house.card(world, ticket.ref, "was set back to a backup")

        assert await restore_now(data / "demo.env", clock=world.clock) == 0
        world.clock.advance(timedelta(hours=1))
        await house.reaches(world, Right.OBJECTION_MARKETING, Status.DONE)
        assert await get_ready(world) == (200, [])
        assert moves.platform(world, "SELECT marketing_ok FROM accounts WHERE id = 101") == [{"marketing_ok": 0}]
        status, answer = await ask(world, "may-mail", address=BRAM.email)
        assert (status, answer["may_mail"]) == (200, False)


def _failed(ticket):
    return ticket if ticket is not None and ticket.failures else None


def _three_years_from(day):
    return day.isoformat(), day.replace(year=day.year + 3).isoformat()


async def test_over_the_platforms_own_service_the_same_calls_are_made_again(tmp_path, capsys):
    data, backup = tmp_path / "data", tmp_path / "backup.sqlite3"
    async with house.at_work(data, **SERVICE) as world, moves.visits(world) as visit:
        copied(world.platform_database, backup)
        await erase(world, visit, BRAM)
        assert await restore_now(data / "demo.env", as_json=True, clock=world.clock) == 0
        kept = answered(capsys)["entries"]
        assert {one["came"] for one in kept} == {"kept"}
        copied(backup, world.platform_database)
        assert await restore_now(data / "demo.env", as_json=True, clock=world.clock) == 0
        again = answered(capsys)["entries"]
        assert {one["came"] for one in again} == {"done_again"}
        assert moves.platform(world, "SELECT first_name FROM accounts WHERE id = 102") == [{"first_name": "erased"}]


async def test_the_watch_looks_around_once_a_minute_and_tidies_once_a_day(tmp_path):
    seen = []

    async def look():
        seen.append("look")
        raise RuntimeError("one that fails must not stop the watch")

    async def tidy(now):
        seen.append(now.date())

    async with running(tmp_path / "data") as world:
        watch = Watch(world.app.desk, looks=(look,), daily=(tidy,))
        today = world.clock().date()
        for _ in range(3):
            await watch.look_once()
        assert seen == ["look", today]
        world.clock.advance(timedelta(minutes=2))
        await watch.look_once()
        assert seen == ["look", today, "look"]
        world.clock.advance(timedelta(days=1))
        await watch.look_once()
        assert seen[3:] == ["look", today + timedelta(days=1)]
