"""The pretend world with its platform on PostgreSQL: one option, and everything else the same."""

import aiohttp
import pytest

from bot.core.plans import Verb
from bot.demo.platform.seeds import ANNA
from bot.demo.world import running, serve
from tests import postgres


async def test_the_whole_demo_stands_on_a_server_s_database(postgres_server, tmp_path):
    with postgres.database(postgres_server) as url:
        async with running(tmp_path, database=url) as world, aiohttp.ClientSession() as client:
            async with client.get(f"{world.url}/") as page:
                assert page.status == 200
            (source,) = [one for one in world.app.sources if one.name == "platform"]
            (anna,) = await source.person(tenant=ANNA.tenant, subject=ANNA.subject)
            plan = await source.find(anna.subject, Verb.ERASURE)
            await source.act(
                key="k", person=anna.subject, verb=plan.verb, approved=plan.hash, ceiling=plan.ceiling
            )  # fmt: skip
        async with running(tmp_path, database=url) as world:
            (source,) = [one for one in world.app.sources if one.name == "platform"]
            assert (await source.find(anna.subject, Verb.ACCESS)).rows < plan.rows


async def test_fresh_leaves_a_database_alone_that_no_demo_made(postgres_server, tmp_path, capsys):
    with postgres.database(postgres_server) as url:
        postgres.run(url, postgres.sql.SQL("CREATE TABLE accounts (id INTEGER PRIMARY KEY)"))
        assert await serve(port=0, data_dir=tmp_path, fresh=True, platform=url) == 2
        postgres.run(url, postgres.sql.SQL("SELECT * FROM accounts"))
    assert "Check --platform" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/none", "nonsense"])
async def test_a_platform_that_is_not_there_is_one_sentence(url, tmp_path, capsys):
    assert await serve(port=0, data_dir=tmp_path, fresh=False, platform=url) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
