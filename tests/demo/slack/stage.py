"""A pretend Slack and a small real bolt app, each on its own loopback port, and a clock that a test can turn."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import SlackWorld, StaffMember

TOKEN = "xoxb-pretend"
SECRET = "not-a-secret"


class Clock:
    """A clock that stands still until it is turned; `pause` turns it instead of waiting."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 2, 9, 14, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    async def pause(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def plain(words: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": words}


def button(words: str, action_id: str, **more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain(words), "action_id": action_id, **more}


def card(reference: str, *buttons: dict[str, Any]) -> list[dict[str, Any]]:
    header = {"type": "header", "text": plain(reference)}
    return [header, {"type": "actions", "block_id": "decide", "elements": list(buttons)}] if buttons else [header]


def entry(block_id: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "input", "block_id": block_id, "label": plain(block_id), "element": element, **more}


REASON = entry("reason", {"type": "plain_text_input", "action_id": "reason", "multiline": True})


def form(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "modal", "title": plain("Refuse"), "submit": plain("Send"), "blocks": list(blocks), **more}


class Stage:
    """The world, its address, the bolt app under test with its client, and colleagues by handle."""

    def __init__(self, world: SlackWorld, clock: Clock, bolt: AsyncApp, url: str) -> None:
        self.world, self.clock, self.bolt, self.url = world, clock, bolt, url
        self.client: AsyncWebClient = bolt.client
        self.lotte, self.joris, self.bram = (StaffMember(world, who) for who in ("@lotte", "@joris", "@bram"))

    async def post(self, blocks: list[dict[str, Any]]) -> str:
        answer = await self.client.chat_postMessage(channel="#privacy-desk", text="A card", blocks=blocks)
        return str(answer["ts"])


@asynccontextmanager
async def served(bolt: AsyncApp) -> AsyncIterator[str]:
    async def events(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await bolt.async_dispatch(await to_bolt_request(request)))

    app = web.Application()
    app.router.add_post("/slack/events", events)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()
