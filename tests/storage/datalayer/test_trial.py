"""The trial of a service: the reference keeps every promise, a careless one is told which it breaks."""

import asyncio
import dataclasses
import json
import sys
from asyncio.subprocess import PIPE
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from bot.commands.datalayer import check_now
from bot.core.plans import ActResult, Verb
from bot.demo.platform.seeds import ANNA
from storage.datalayer import wire
from storage.datalayer.http import new_session
from storage.datalayer.serving import serve_source
from storage.datalayer.trial import Service, Trials
from tests.storage.datalayer.over_http import OTHER, SECRET, Hands, any_call, desk_side, platform_side
from tests.storage.datalayer.worlds import World


async def broken_promises(*routes: web.RouteDef, write: bool = False) -> set[str]:
    hands = Hands()
    async with platform_side(*routes) as url, desk_side(url, hands) as source, new_session() as session:
        service = Service(url=url, secrets=(SECRET,), wrong_secret=OTHER, email=ANNA.email, run="r1")
        outcomes = await Trials(service, source, session, hands.clock).run(write=write)
    assert all(one.hint for one in outcomes if not one.ok)
    return {one.what for one in outcomes if not one.ok}


async def test_the_reference_keeps_every_promise_and_writes_only_when_asked(demo: World):
    before = demo.everything()
    routes = serve_source(demo.source, (SECRET,), clock=Hands().clock, prefix="/desk")
    assert await broken_promises(*routes) == set()
    assert demo.everything() == before
    assert await broken_promises(*routes, write=True) == set()
    assert demo.everything() != before


async def test_a_service_that_is_not_there_breaks_them_all():
    async def lost(request: web.Request) -> web.Response:
        return web.Response(status=404)

    kept = {"refuses unknown fields"} - await broken_promises(any_call(lost))
    assert kept == set()


class Careless:
    """A source that forgets everything the contract asks for."""

    def __init__(self, source) -> None:
        self.name = source.name
        self._source = source
        self._calls = 0

    async def check(self):
        return await self._source.check()

    async def person(self, **who):
        if who["email"] == ANNA.email.upper() or not who["email"]:
            return ()
        return await self._source.person(**who)

    async def find(self, person, verb, changes=()):
        self._calls += 1
        plan = await self._source.find(person, verb, changes)
        part = dataclasses.replace(plan.parts[0], shape=f"{self._calls:064d}")
        return dataclasses.replace(plan, parts=(part,))

    async def act(self, *, key, verb, sink, **_):
        if verb is Verb.ACCESS:
            return ActResult(done=(), proof="p")
        return ActResult(done=(), proof=str(self._calls))

    async def suppress(self, address, *, scope=""):
        return True


async def test_a_careless_service_is_told_what_it_breaks(demo: World):
    routes = serve_source(Careless(demo.source), (SECRET,), clock=Hands().clock, prefix="/desk")  # type: ignore[arg-type]
    assert await broken_promises(*routes, write=True) == {
        "refuses wildcards and empty addresses",
        "plans the same twice",
        "copies what it planned, sealed",
        "copies no other plan",
        "suppresses a stranger, once",
        "erases nothing under another plan",
        "erases once per key",
    }


async def test_a_service_that_takes_anything_unsigned_is_told_so():
    async def anything(request: web.Request) -> web.Response:
        return web.Response(body=wire.dumped(wire.CheckAnswer()))

    broken = await broken_promises(any_call(anything))
    assert {"refuses an unsigned call", "refuses another secret", "refuses a call ten minutes old"} <= broken


@pytest.mark.parametrize(("email", "code"), [(ANNA.email, 0), ("nobody@example.com", 1)])
async def test_the_command_prints_and_counts(demo: World, tmp_path, capsys, email: str, code: int):
    file = tmp_path / "secret.txt"
    file.write_text(f"{SECRET}\n", "utf-8")
    routes = serve_source(demo.source, (SECRET,), clock=lambda: datetime.now(UTC), prefix="/desk")
    async with platform_side(*routes) as url:
        assert await check_now(url, secret_file=file, email=email, write=False, as_json=False) == code
        assert await check_now(url, secret_file=file, email=email, write=False, as_json=True) == code
    table, _, as_json = capsys.readouterr().out.rpartition("\n[")
    outcomes = json.loads(f"[{as_json}")
    assert f"{sum(one['ok'] for one in outcomes)} of {len(outcomes)} promises kept" in table
    assert (code == 0) == all(one["ok"] for one in outcomes)
    assert SECRET not in table


ROOT = Path(__file__).parents[3]


async def at_the_shell(url: str, secret_file: Path, *more: str) -> tuple[int, str, str]:
    made = await asyncio.create_subprocess_exec(
        sys.executable, "bot.py", "datalayer", "check", url, "--secret-file", str(secret_file),
        "--email", ANNA.email, *more, cwd=ROOT, stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    out, err = await made.communicate()
    return int(made.returncode or 0), out.decode(), err.decode()


async def test_a_wrong_service_gets_one_line_per_promise_and_plain_json(tmp_path):
    """Every promise is really tried: five failures in a row do not hide the rest."""

    async def anything(request: web.Request) -> web.Response:
        return web.json_response({"reasons": [], "people": []})

    file = tmp_path / "secret.txt"
    file.write_text(SECRET, "utf-8")
    async with platform_side(any_call(anything)) as url:
        code, table, err = await at_the_shell(url, file)
        assert (code, err) == (1, "")
        lines = table.splitlines()
        assert all(one.startswith(("FAIL  ", "ok    ")) and ": " in one for one in lines[:-1])
        assert lines[-1] == f"0 of {len(lines) - 1} promises kept"
        assert "circuit_open" not in table
        code, out, err = await at_the_shell(url, file, "--json")
        assert (code, err) == (1, "")
        assert [one["what"] for one in json.loads(out)] == [one[6:].split(":")[0] for one in lines[:-1]]


async def test_nobody_at_the_address_is_one_sentence_and_no_list(tmp_path):
    file = tmp_path / "secret.txt"
    file.write_text(SECRET, "utf-8")
    code, out, err = await at_the_shell("http://127.0.0.1:9/desk", file, "--json")
    assert (code, out) == (2, "")
    assert err == "nobody answers at http://127.0.0.1:9/desk: check the address, its certificate and that it runs\n"


async def test_the_command_needs_a_readable_secret_and_a_safe_address(tmp_path, capsys):
    file = tmp_path / "secret.txt"
    assert await check_now("https://x.example", secret_file=file, email="", write=False, as_json=False) == 2
    file.write_text(SECRET, "utf-8")
    assert await check_now("http://x.example", secret_file=file, email="", write=False, as_json=False) == 2
    assert "https" in capsys.readouterr().err
