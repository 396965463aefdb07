"""A source behind the contract on a loopback server, and the desk's HTTP source that calls it."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from bot.app import listening
from storage.datalayer.http import HttpSource, new_session
from storage.datalayer.serving import serve_source
from tests.storage.datalayer.worlds import NOW

SECRET = "whsec_" + "Zmlyc3Qgc2VjcmV0IG9mIHRoZSB0ZXN0cyE="
OTHER = "whsec_" + "YW5vdGhlciBzZWNyZXQgb2YgdGhlIHRlc3RzIQ=="


@dataclass
class Hands:
    """A clock to turn and pauses that are counted instead of waited."""

    now: datetime = NOW
    paused: list[float] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    async def pause(self, seconds: float) -> None:
        self.paused.append(seconds)


@asynccontextmanager
async def desk_side(url: str, hands: Hands, *secrets: str, read_seconds: float = 20) -> AsyncIterator[HttpSource]:
    source = HttpSource(
        name="platform", url=url, secrets=secrets or (SECRET,), clock=hands.clock,
        session=new_session(), chance=random.Random(7), pause=hands.pause, read_seconds=read_seconds,
    )  # fmt: skip
    try:
        yield source
    finally:
        await source.close()


@asynccontextmanager
async def platform_side(*routes: web.RouteDef) -> AsyncIterator[str]:
    site = web.Application()
    site.add_routes(routes)
    async with listening(site, host="127.0.0.1", port=0) as port:
        yield f"http://127.0.0.1:{port}/desk"


@asynccontextmanager
async def behind_http(source: Any, hands: Hands | None = None) -> AsyncIterator[HttpSource]:
    """The desk's view of `source` over the wire; both sides share a clock."""
    hands = hands or Hands()
    routes = serve_source(source, (SECRET,), clock=hands.clock, prefix="/desk")
    async with platform_side(*routes) as url, desk_side(url, hands) as over:
        yield over


def any_call(answer: Callable[[web.Request], Any]) -> web.RouteDef:
    return web.post("/desk/v1/{call}", answer)
