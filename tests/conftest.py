"""What every test may ask for: a real browser.

Promise: `browser` is Debian's Chromium without network habits of its own, closed after the test. Without Chromium the
test skips and says so; in CI (variable CI) it fails instead, so that the check cannot vanish unnoticed.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.async_api import Browser, async_playwright

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
