"""What every walk may ask for: a running desk with the pretend world around it, on a real SQLite file.

Promise: `world` is the desk that `demo` starts, courier and watch at work, everything on loopback and stopped cleanly
after the test. Limits: one desk per test; walks that restart it use `at_work` themselves.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.demo.world import World
from tests.walks.house import at_work
from tests.walks.moves import Visit, visits


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A fresh desk at work."""
    async with at_work(tmp_path / "data") as running:
        yield running


@pytest.fixture
async def visit(world: World) -> AsyncIterator[Visit]:
    """Opens chats: `await visit()` for a stranger, `await visit(ANNA)` for somebody logged in on the platform."""
    async with visits(world) as come:
        yield come
