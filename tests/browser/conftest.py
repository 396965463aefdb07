"""What the way through a real browser needs: the whole desk at work, and browsers that tell on every page.

Promise: a script error or a violation of a page's policy, in any tab of a `context`, fails the test. Limits: `plain`
watches nothing, because axe tries inline styles of its own, which the pages' policies block as they should.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, WebError, expect

from bot.demo.world import World
from tests.walks.house import at_work

PATIENCE = 60_000
"""Milliseconds a page may take; generous, because a busy machine is no failure."""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A fresh desk at work, with the pretend world around it."""
    async with at_work(tmp_path / "data") as running:
        yield running


async def come(browser: Browser, lang: str = "en-GB", width: int = 1100) -> BrowserContext:
    """Somebody's browser: its tabs share cookies and storage."""
    expect.set_options(timeout=PATIENCE)
    size = {"width": width, "height": 760}
    context = await browser.new_context(viewport=size, locale=lang, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    return context


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A person's browser, watched."""
    wrong: list[str] = []

    def said(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            wrong.append(message.text)

    def broke(error: WebError) -> None:
        wrong.append(str(error.error))

    person = await come(browser)
    person.on("console", said)
    person.on("weberror", broke)
    yield person
    await person.close()
    assert wrong == []


@pytest.fixture
async def plain(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A browser for axe."""
    person = await come(browser)
    yield person
    await person.close()
