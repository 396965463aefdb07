"""Fixtures: the clock, the world, and the stage with a real bolt app beside it."""

from collections.abc import AsyncIterator

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import SlackWorld, running
from tests.demo.slack.stage import SECRET, TOKEN, Clock, Stage, served


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> SlackWorld:
    return SlackWorld(clock=clock, bot_token=TOKEN, signing_secret=SECRET, pause=clock.pause, patience=30.0)


@pytest.fixture
async def stage(world: SlackWorld, clock: Clock) -> AsyncIterator[Stage]:
    async with running(world) as url:
        client = AsyncWebClient(token=TOKEN, base_url=f"{url}/api/")
        bolt = AsyncApp(client=client, signing_secret=SECRET)
        async with served(bolt) as world.request_url:
            yield Stage(world, clock, bolt, url)
