"""One message per second and channel, and a pause that Slack asked for is kept."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import SlackWorld, Switches, running
from bot.ports import TryLater
from handlers.slack_line import MOST_PATIENCE, SlackLine
from tests.demo.slack.stage import Clock


class Watch:
    """Seconds that pass only by waiting."""

    def __init__(self) -> None:
        self.now = 100.0
        self.naps: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def nap(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


async def line_in(url: str, watch: Watch) -> SlackLine:
    client = AsyncWebClient(token="xoxb-a", base_url=f"{url}/api/", retry_handlers=[])
    return SlackLine(client, watch.nap, time=watch)


async def test_a_channel_gets_one_message_per_second_and_another_channel_its_own():
    world, watch = SlackWorld(clock=Clock(), bot_token="xoxb-a", signing_secret="s"), Watch()
    async with running(world) as url:
        line = await line_in(url, watch)
        for channel in ("C0PRIVACY", "C0PRIVACY", "U0LOTTE", "C0PRIVACY"):
            await line.call("chat.postMessage", channel=channel, text="x")
        assert watch.naps == [1.0, 1.0]


async def test_a_long_queue_goes_back_to_the_courier():
    world, watch = SlackWorld(clock=Clock(), bot_token="xoxb-a", signing_secret="s"), Watch()
    async with running(world) as url:
        line = await line_in(url, watch)
        line._free["C0PRIVACY"] = watch.now + MOST_PATIENCE + 2
        with pytest.raises(TryLater) as caught:
            await line.call("chat.postMessage", channel="C0PRIVACY", text="x")
        assert caught.value.seconds == MOST_PATIENCE + 2


async def test_what_slack_asked_to_wait_with_is_not_asked_before():
    world, watch = SlackWorld(clock=Clock(), bot_token="xoxb-a", signing_secret="s"), Watch()
    async with running(world) as url:
        line = await line_in(url, watch)
        world.switches = Switches(ratelimited=1)
        with pytest.raises(TryLater):
            await line.call("chat.update", channel="C0PRIVACY", ts="1", text="x")
        calls = len(world.calls)
        with pytest.raises(TryLater) as caught:
            await line.call("chat.update", channel="C0PRIVACY", ts="1", text="x")
        assert caught.value.seconds == 1.0
        assert len(world.calls) == calls, "Slack was not asked"
        watch.now += 1.0
        await line.call("chat.postMessage", channel="C0PRIVACY", text="x")
