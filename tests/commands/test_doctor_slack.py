"""What doctor sees in Slack, against the pretend workspace over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace

from pydantic import SecretStr

from bot.commands.doctor_slack import channel, token, way_in
from bot.demo.slack import SlackWorld, running
from tests.demo.slack.stage import Clock


@asynccontextmanager
async def house(**changed) -> AsyncIterator[tuple[SimpleNamespace, SlackWorld]]:
    world = SlackWorld(clock=Clock(), bot_token="xoxb-a", signing_secret="s", app_token="xapp-a")
    async with running(world) as url:
        known = {"slack_token": "xoxb-a", "slack_app_token": "", "slack_signing_secret": "s", **changed}
        secrets = {name: SecretStr(value) for name, value in known.items() if name.endswith(("token", "secret"))}
        plain = {"slack_api": f"{url}/api/", "slack_team": "T0SELEQT", "slack_channel": "C0PRIVACY"}
        yield SimpleNamespace(**{**plain, **known, **secrets}), world


async def test_a_desk_that_is_set_up_well_is_fine():
    async with house(slack_app_token="xapp-a") as (settings, _):
        for look in (token, channel, way_in):
            assert (await look(settings)).ok


async def test_without_an_app_token_the_way_in_is_signed_http():
    async with house() as (settings, _):
        assert "signed HTTP" in (await way_in(settings)).seen


async def test_a_missing_scope_is_named():
    async with house() as (settings, world):
        world.scopes.discard("commands")
        found = await token(settings)
        assert (found.ok, found.seen) == (False, "scopes missing: commands")


async def test_a_wrong_token_a_foreign_workspace_and_an_unknown_channel_are_said_in_slacks_words():
    async with house(slack_token="xoxb-b", slack_app_token="xapp-b") as (settings, _):
        assert (await token(settings)).seen == "invalid_auth"
        assert (await way_in(settings)).seen == "invalid_auth"
    async with house(slack_channel="C0GONE", slack_team="T0OTHER") as (settings, _):
        assert (await token(settings)).seen == "another workspace"
        assert (await channel(settings)).seen == "channel_not_found"


async def test_a_slack_that_does_not_answer_is_no_crash():
    async with house() as (settings, _):
        settings.slack_api = "http://127.0.0.1:1/api/"
        assert not (await token(settings)).ok
        assert not (await channel(settings)).ok
