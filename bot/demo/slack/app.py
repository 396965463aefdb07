"""The pretend Slack as one web application, to run alone or to mount beside other pages of the demo world.

Promise: every route is under `/api/` or `/demo/staff`. Limits: meant for loopback.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from bot.demo.slack.api import Api
from bot.demo.slack.pages import Pages
from bot.demo.slack.socket import Sockets
from bot.demo.slack.world import SlackWorld


def routes(world: SlackWorld) -> list[web.RouteDef]:
    """Return all routes of the pretend Slack for this workspace."""
    api, pages, sockets = Api(world), Pages(world), Sockets(world)
    mine = "/demo/staff/as/{handle}"
    return [
        web.post("/api/response/{name}", api.respond),
        web.get("/api/socket/{ticket}", sockets.connect, allow_head=False),
        web.get("/api/{method}", api.call, allow_head=False),
        web.post("/api/{method}", api.call),
        web.get("/demo/staff", pages.choose),
        web.get("/demo/staff/slack.css", pages.style),
        web.get("/demo/staff/slack.js", pages.script),
        web.get("/demo/staff/version", pages.version),
        web.get("/demo/staff/switches", pages.switches),
        web.post("/demo/staff/switches", pages.switches),
        web.get(mine, pages.workspace),
        web.post(f"{mine}/press", pages.press),
        web.post(f"{mine}/submit", pages.submit),
        web.post(f"{mine}/close", pages.close),
        web.post(f"{mine}/home", pages.home),
        web.post(f"{mine}/command", pages.command),
    ]


def slack_app(world: SlackWorld) -> web.Application:
    """Return an application with nothing but the pretend Slack in it."""
    app = web.Application()
    app.add_routes(routes(world))
    return app


@asynccontextmanager
async def running(world: SlackWorld, port: int = 0) -> AsyncIterator[str]:
    """Serve the world on loopback; yields its root address (also set as `world.public_url`).

    The SDK's base_url is that address followed by `/api/`.
    """
    runner = web.AppRunner(slack_app(world), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        world.public_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield world.public_url
    finally:
        await runner.cleanup()
