"""What every test may ask for: a real browser, and a real PostgreSQL.

Promise: `browser` is Debian's Chromium without network habits of its own, closed after the test; `postgres_server` is
the URL of a server shared by all workers (postgres.py). Without them the test skips and says so; in CI (variable CI)
it fails instead, so that the check cannot vanish unnoticed.
"""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings
from playwright.async_api import Browser, async_playwright

from tests import postgres

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",  # build machines run as root
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]


# A build tries the same examples each time; a developer's machine goes on looking for new ones.
settings.register_profile("build", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("build")


@pytest.fixture(autouse=True)
def logs_of_its_own() -> Iterator[None]:
    """A command that sets up logging in a test takes it back: it writes to that test's standard error, which closes."""
    yield
    structlog.reset_defaults()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A running Chromium; each test opens its own contexts in it."""
    if not CHROMIUM.exists():
        missing = f"Chromium is not installed at {CHROMIUM}"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    async with async_playwright() as driver:
        chromium = await driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        await chromium.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server's URL; its user may create databases."""
    try:
        with postgres.server() as url:
            yield url
    except postgres.NoServer as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))
