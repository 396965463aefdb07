"""The pretend platform's own service for the desk: the published contract over its database.

Promise: the same routes a real platform would offer, from storage/datalayer/serving.py and nothing else, so that the
desk can be tried over HTTP as well as on the database. Limits: loopback, one process with the desk.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from aiohttp import web

from bot.demo.platform.seeding import DATA_MAP
from storage.datalayer.datamap import load
from storage.datalayer.serving import serve_source
from storage.datalayer.sql import SqlSource

PREFIX = "/demo/platform"


@asynccontextmanager
async def service(
    url: str, *, key: bytes, secret: str, clock: Callable[[], datetime]
) -> AsyncIterator[list[web.RouteDef]]:
    """The routes under PREFIX, over a source that lives as long."""
    source = SqlSource(name="site", url=url, datamap=load(DATA_MAP), key=key, clock=clock)
    try:
        yield serve_source(source, (secret,), clock=clock, prefix=PREFIX)
    finally:
        await source.close()
