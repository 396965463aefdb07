"""The platform team's tool, on either kind of database: answers, exit codes, and what it never writes."""

import asyncio
import json

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.commands.datamaps import (
    Asked,
    access_now,
    check_now,
    erase_now,
    install_now,
    plan_now,
    rectify_now,
)
from bot.commands.waiting import waiting
from bot.demo.platform.seeding import DATA_MAP
from tests.storage.datalayer.rigs import SqlRig


@pytest.fixture
def platform(rig: SqlRig) -> SqlRig:
    """The demo platform as its team would name it: a URL."""
    return rig


def about(platform, identity, tenant="acme", **more):
    return Asked(map_file=DATA_MAP, url=platform.url, identity=identity, tenant=tenant, **more)


async def said(capsys, work):
    code = await work
    captured = capsys.readouterr()
    return code, captured.out, captured.err


async def test_a_whole_erasure_goes_by_the_hash_of_its_plan_and_once(platform, capsys):
    anna = about(platform, "email=ANNA.devries@example.nl", as_json=True)
    assert (await said(capsys, check_now(DATA_MAP, platform.url)))[0] == 0
    before = platform.tables()
    code, out, _ = await said(capsys, plan_now(anna))
    plan = json.loads(out)
    assert code == 0
    assert {(line["collection"], line["action"]) for line in plan["lines"]} >= {
        ("logins", "delete"),
        ("orders", "keep"),
    }
    assert platform.tables() == before

    platform.sql("DROP TABLE privacy_desk_receipts")
    code, _, err = await said(capsys, erase_now(anna, plan_hash=plan["plan_hash"]))
    assert (code, "datamap install" in err) == (1, True)
    assert (await said(capsys, install_now(platform.url)))[0] == 0
    code, out, _ = await said(capsys, erase_now(about(platform, "id=101"), plan_hash=plan["plan_hash"]))
    assert (code, "read back" in out) == (0, True)
    code, out, _ = await said(capsys, erase_now(about(platform, "id=101"), plan_hash=plan["plan_hash"]))
    assert (code, "nothing happened now" in out) == (0, True)
    assert platform.sql("SELECT first_name FROM accounts WHERE id = 101") == [("erased",)]


async def test_use_after_the_plan_is_covered_by_its_hash_and_a_new_collection_is_not(platform, capsys):
    _, out, _ = await said(capsys, plan_now(about(platform, "id=101", as_json=True)))
    plan_hash = json.loads(out)["plan_hash"]
    platform.sql("INSERT INTO incidents VALUES (9, 'acme', 101, NULL, '2026-11-21', 'x')")
    code, _, err = await said(capsys, erase_now(about(platform, "id=101"), plan_hash=plan_hash))
    assert (code, "no longer the one named" in err) == (1, True)
    platform.sql("DELETE FROM incidents WHERE id = 9")
    platform.sql("INSERT INTO logins VALUES (9000, 'acme', 101, '2026-11-23 08:00:00', '192.0.2.1', NULL)")
    assert (await said(capsys, erase_now(about(platform, "id=101"), plan_hash=plan_hash)))[0] == 0


async def test_yes_is_taken_on_a_test_copy_alone(platform, capsys):
    before = platform.tables()
    for more in ({}, {"yes": True}):
        code, _, err = await said(capsys, erase_now(about(platform, "id=101"), **more))
        assert (code, "test copy" in err) == (2, True)
    assert platform.tables() == before
    await said(capsys, install_now(platform.url, test_copy=True))
    code, out, _ = await said(capsys, erase_now(about(platform, "id=101"), yes=True))
    assert (code, "logins" in out) == (0, True)


async def test_access_prints_rows_of_the_categories_asked_for(platform, capsys):
    before = platform.tables()
    code, out, _ = await said(capsys, access_now(about(platform, "id=101")))
    whole = json.loads(out)["collections"]
    assert code == 0
    assert whole["accounts"][0]["last_name"] == "de Vries"
    assert "pbkdf2" not in out
    _, out, _ = await said(capsys, access_now(about(platform, "id=101"), "user.contact"))
    some = json.loads(out)["collections"]
    assert set(some["accounts"][0]) == {"email", "phone", "country", "domain"}
    assert "logins" not in some
    _, out, _ = await said(capsys, access_now(about(platform, "id=101"), "user.con"))
    assert json.loads(out) == {"collections": {}}
    assert platform.tables() == before


async def test_nobody_is_an_empty_answer_and_not_an_error(platform, capsys):
    code, out, err = await said(capsys, access_now(about(platform, "email=nobody@example.com")))
    assert (code, json.loads(out)) == (0, {"collections": {}})
    code, _, err = await said(capsys, plan_now(about(platform, "email=nobody@example.com")))
    assert (code, "nobody is known" in err) == (0, True)


@pytest.mark.parametrize(
    ("identity", "tenant", "code", "word"),
    [
        ("email=pieter.smit@example.com", "", 2, "--tenant"),
        ("email", "", 2, "kind=value"),
        ("email=", "", 2, "kind=value"),
        ("=x", "", 2, "kind=value"),
        ("email=%", "acme", 1, "e-mail"),
        ("email=a@b.nl' OR '1'='1", "acme", 1, "e-mail"),
        ("id=101", "", 2, "--tenant"),
        ("id=1 OR 1=1", "acme", 1, "type"),
        ("id=*", "acme", 1, "wildcards"),
        ("shoe_size=44", "acme", 1, "no such identity"),
        ("email=yusuf.kaya@example.com", "", 1, "client's list"),
    ],
)
async def test_a_person_not_clearly_named_is_one_sentence(platform, capsys, identity, tenant, code, word):
    got, out, err = await said(capsys, access_now(about(platform, identity, tenant)))
    assert (got, word in err, len(err.strip().splitlines())) == (code, True, 1)
    assert out in ("", '{"collections": {}}\n')


async def test_a_correction_is_shown_first(platform, capsys):
    bram = about(platform, "id=102", as_json=True)
    code, out, err = await said(capsys, rectify_now(bram, ["first_name=Abraham"]))
    shown = json.loads(out)
    assert (code, "nothing was written" in err) == (0, True)
    assert {(one["old"], one["new"]) for one in shown["changes"]} == {("Bram", "Abraham")}
    code, _, _ = await said(capsys, rectify_now(bram, ["first_name=Abraham"], plan_hash=shown["plan_hash"]))
    assert (code, platform.sql("SELECT first_name FROM accounts WHERE id = 102")) == (0, [("Abraham",)])
    for change, word in (("role=admin", "not allow"), ("country=ZZ", "validator"), ("nonsense", "name=value")):
        code, _, err = await said(capsys, rectify_now(bram, [change]))
        assert (code > 0, word in err) == (True, True)


async def test_what_the_map_forgets_is_named_and_the_code_is_not_0(platform, capsys):
    platform.sql("ALTER TABLE accounts ADD COLUMN nickname VARCHAR(40)", "CREATE TABLE diary (id INTEGER PRIMARY KEY)")
    code, out, _ = await said(capsys, check_now(DATA_MAP, platform.url))
    assert (code, "column not in the map accounts.nickname" in out, "table not in the map diary" in out) == (
        1,
        True,
        True,
    )
    code, out, _ = await said(capsys, check_now(DATA_MAP, platform.url, as_json=True))
    assert (code, json.loads(out)["ok"]) == (1, False)


@pytest.mark.parametrize("url", ["nonsense", "sqlite:////nowhere/at/all.db", "oracle://x/y",
                                 "postgresql://nobody@127.0.0.1:1/none"])  # fmt: skip
async def test_a_database_that_is_not_there_is_one_sentence(url, capsys):
    for work in (check_now(DATA_MAP, url), install_now(url), plan_now(Asked(map_file=DATA_MAP, url=url, identity="id=1",
                                                                           tenant="acme"))):  # fmt: skip
        code, _, err = await said(capsys, work)
        assert (code, len(err.strip().splitlines()), "Traceback" in err) == (2, 1, False)


async def test_long_work_says_that_it_goes_on_and_how_far_it_is(capsys):
    class Told:
        def __call__(self):
            done.set_result(7)  # the work ends with the first word about it
            return "400 rows"

    done = asyncio.get_running_loop().create_future()
    assert await waiting("reading", done, Told(), every=0.01) == 7
    assert capsys.readouterr().err == "reading ... 0 s 400 rows\n"


async def test_a_look_alike_of_an_address_is_nobody(platform, capsys):
    code, out, err = await said(capsys, access_now(about(platform, "email=ann\u0430.devries@example.nl")))
    assert (code, json.loads(out), "nobody is known" in err) == (0, {"collections": {}}, False)
    code, _, err = await said(capsys, plan_now(about(platform, "email=ann\u0430.devries@example.nl")))
    assert (code, "nobody is known" in err) == (0, True)


async def test_a_map_that_is_none_is_one_sentence(tmp_path, capsys):
    code, _, err = await said(capsys, check_now(tmp_path / "none.yml", "sqlite:///x.db"))
    assert (code, "check --map" in err) == (2, True)


@pytest.mark.parametrize("name", ["install", "check", "plan", "access", "erase", "rectify"])
def test_every_command_says_what_it_does_with_an_example(name):
    done = CliRunner().invoke(app, ["datamap", name, "--help"])
    assert (done.exit_code, f"python bot.py datamap {name}" in " ".join(done.stdout.split())) == (0, True)
