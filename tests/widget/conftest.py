"""The widget on a page: a pretend desk and tabs of one browser.

Promise: every tab watches for script errors and for violations of the page's policy, and the test fails on either.
"""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from tests.widget.fake_desk import FakeDesk

Tab = Callable[..., Awaitable[Page]]


@pytest.fixture
async def desk() -> AsyncIterator[FakeDesk]:
    """A pretend desk on a free port of loopback."""
    fake = FakeDesk()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """One person's browser: tabs opened in it share their storage."""
    person = await browser.new_context(viewport={"width": 1000, "height": 760}, locale="en-GB")
    person.set_default_timeout(15_000)
    yield person
    await person.close()


@pytest.fixture
async def tab(context: BrowserContext, desk: FakeDesk) -> AsyncIterator[Tab]:
    """Opens the host page in a new tab: `await tab("/?lang=nl")`."""
    errors: list[str] = []
    pages: list[Page] = []

    async def open_tab(path: str = "/") -> Page:
        page = await context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        pages.append(page)
        await page.goto(desk.address + path)
        await page.wait_for_selector(".launcher", state="attached")
        return page

    yield open_tab
    for page in pages:
        errors += await page.evaluate("window.violations ?? []")
    assert errors == []
