"""The HTTP side of the pretend Telegram: `/bot<token>/<method>`, and the calls to a webhook that is set.

Promise: what aiogram sends (form data, JSON or query) is understood; a wrong token is refused; the switches give 429
and 500; an update goes to the webhook until it answers 2xx, with the secret in Telegram's header. Limits: loopback and
plain HTTP; a webhook that failed is called again at the next change or after a second, sooner than Telegram does.
"""

import asyncio
import contextlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from bot.demo.telegram.methods import METHODS
from bot.demo.telegram.model import Call, Json, RefusedError
from bot.demo.telegram.world import TelegramWorld

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
AGAIN = 1.0
PATIENCE = 20.0


class Api:
    """The Bot API of one bot."""

    def __init__(self, world: TelegramWorld) -> None:
        self.world = world

    async def call(self, request: web.Request) -> web.Response:
        """Answer one call."""
        method, arguments = request.match_info["method"], await _arguments(request)
        try:
            answer = {"ok": True, "result": await self._result(request.match_info["token"], method, arguments)}
            status = 200
        except RefusedError as refused:
            answer, status = refused.body, refused.code
        self.world.told(Call(method=method, arguments=arguments, answer=answer))
        return web.json_response(answer, status=status)

    async def _result(self, token: str, method: str, arguments: Json) -> object:
        if not hmac.compare_digest(token.encode(), self.world.token.encode()):
            raise RefusedError(401, "Unauthorized")
        if method.lower() not in METHODS:
            raise RefusedError(404, "Not Found")
        self._go_wrong(method.lower())
        return await METHODS[method.lower()](self.world, arguments)

    def _go_wrong(self, method: str) -> None:
        switches = self.world.switches
        if switches.broken > 0:
            self.world.switch(broken=switches.broken - 1)
            raise RefusedError(500, "Internal Server Error")
        if switches.ratelimited > 0 and method == "sendmessage":
            self.world.switch(ratelimited=switches.ratelimited - 1)
            seconds = switches.retry_after
            raise RefusedError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


async def _arguments(request: web.Request) -> Json:
    found: Json = dict(request.query)
    if request.content_type == "application/json":
        body = await request.json()
        return found | (body if isinstance(body, dict) else {})
    return found | {key: value for key, value in (await request.post()).items() if isinstance(value, str)}


def routes(world: TelegramWorld) -> list[web.RouteDef]:
    """The Bot API's addresses."""
    api = Api(world)
    at = r"/bot{token:\d+:[A-Za-z0-9_-]+}/{method:[A-Za-z]+}"
    return [web.post(at, api.call), web.get(at, api.call, allow_head=False)]


def telegram_app(world: TelegramWorld) -> web.Application:
    """An application with nothing but the pretend Bot API in it."""
    app = web.Application()
    app.add_routes(routes(world))
    return app


@asynccontextmanager
async def running(world: TelegramWorld, port: int = 0) -> AsyncIterator[str]:
    """Serve the world on loopback, call its webhook while one is set; yields the root address of the Bot API."""
    runner = web.AppRunner(telegram_app(world), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    caller = asyncio.create_task(deliver(world))
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        caller.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await caller
        await runner.cleanup()


async def deliver(world: TelegramWorld) -> None:
    """Bring updates to the webhook, oldest first, each until it is taken."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as client:
        while True:
            await world.until(lambda: bool(world.webhook.get("url") and world.updates), within=86_400.0)
            update = world.updates[0]
            if await _brought(world, client, update):
                world.forget(update["update_id"] + 1)
                world.changed()
            else:
                await asyncio.sleep(AGAIN)


async def _brought(world: TelegramWorld, client: aiohttp.ClientSession, update: Json) -> bool:
    hook = world.webhook
    headers = {SECRET_HEADER: hook["secret"]} if hook.get("secret") else {}
    try:
        async with client.post(hook["url"], data=json.dumps(update), headers=headers | _JSON) as answer:
            if answer.status < 300:
                return True
            words = f"Wrong response from the webhook: {answer.status} {answer.reason}"
    except (aiohttp.ClientError, TimeoutError, OSError):
        words = "Connection refused"
    hook.update(last_error_date=world.seconds(), last_error_message=words)
    return False


_JSON = {"Content-Type": "application/json"}
