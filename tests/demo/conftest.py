"""Fixtures: the demo's own pages, running, and a browser without a script in front of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.demo.world import Demo


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    async with Demo(tmp_path).running() as running:
        yield running


@pytest.fixture
async def visitor(demo: Demo) -> AsyncIterator[aiohttp.ClientSession]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(demo.url, cookie_jar=jar) as session:
        yield session
