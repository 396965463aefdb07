"""The way of a request as hands do it: log in, say it, press approve in Slack, read a letter, open a link.

Limits: everything is found by what it is to a person (role, name, words). Only `conversation` looks behind the screen,
to compare what stands there with what the desk has kept.
"""

import re
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

from playwright.async_api import BrowserContext, Download, Locator, Page, expect

from bot.demo.world import World
from tests.walks import house
from tests.walks.moves import CODE, link_in, mail
from tests.widget.talk import LINES, open_chat, say

REF = re.compile(r"SEL-\d{4}-\d{5}")
SANDBOXED = "START-HERE on the screen"
"""No script runs there, axe's neither; the ZIP holds the same page."""
SEE = "hi, could you show me everything you've got on me?"


async def log_in(context: BrowserContext, world: World, name: str = "Anna de Vries") -> Page:
    """A tab on the platform, logged in as somebody."""
    page = await context.new_page()
    await page.goto(world.url)
    await page.get_by_role("button", name="Log in as").click()
    await page.get_by_role("button", name=name).click()
    await expect(page.get_by_role("heading", name=f"Good to see you, {name}")).to_be_visible()
    return page


async def ask(page: Page, words: str = SEE) -> str:
    """Open the chat, ask for access, and return the number once everything was found."""
    await open_chat(page)
    await say(page, words)
    await expect(bubble(page, "This is what we found")).to_be_visible()
    await expect(strip(page)).to_contain_text("In review")
    return await ref_on(page)


def bubble(page: Page, words: str) -> Locator:
    """The bubbles with these words."""
    return page.locator(LINES).filter(has_text=words)


def strip(page: Page) -> Locator:
    """The line that says how far the newest open request is."""
    return page.locator(".summary-step")


async def ref_on(page: Page) -> str:
    """The first number in the conversation."""
    found = REF.search(await page.locator(".lines").first.inner_text())
    assert found is not None
    return found[0]


async def approve(context: BrowserContext, world: World, ref: str, who: str = "lotte") -> None:
    """A colleague finds the card in Slack, presses approve, and says yes to the question in front of it."""
    await house.see_plan(world, ref, who)
    page = await context.new_page()
    await page.goto(f"{world.url}/demo/staff/as/{who}")
    await page.locator("article.post").filter(has_text=ref).get_by_role("button", name="Approve").first.click()
    await page.get_by_role("alertdialog").locator("button[name=sure]").click()
    await expect(page.locator("article.post").filter(has_text=ref).first).to_contain_text(f"@{who}")
    await page.close()


async def letter(page: Page, world: World, to: str, subject: str) -> str:
    """Open the mailbox, choose the newest letter with this subject, and return its words."""
    await mail(world, to, subject)
    await page.goto(f"{world.url}/demo/mail?to={to}")
    await page.locator("a.row").filter(has_text=subject).first.click()
    await page.get_by_role("link", name="Plain text").click()
    return await page.locator(".plain").inner_text()


def code_in(words: str) -> str:
    """The code printed in a letter."""
    found = CODE.search(words)
    assert found is not None, words
    return found[0]


async def opened(context: BrowserContext, button: Locator, *, key: str = "") -> Page:
    """Press a button of the chat that opens a page in a new tab, with a hand or with a key."""
    async with context.expect_page() as coming:
        await (button.press(key) if key else button.click())
    page = await coming.value
    await page.wait_for_load_state()
    return page


async def unpacked(download: Download, folder: Path) -> list[str]:
    """Open a downloaded ZIP and return the names in it."""
    with zipfile.ZipFile(await download.path()) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
        return archive.namelist()


async def conversation(world: World) -> list[str]:
    """Who said each line of the only conversation, as the desk has kept it."""
    talk = house.one(world.app.settings.database, "SELECT id FROM talks")
    lines = await world.app.store.read(lambda tx: tx.people.lines_after(talk, 0, with_private=True))
    return [line.who for line in lines]


async def on_screen(page: Page) -> list[str]:
    """Who said each bubble on the screen; one still on its way counts as well."""
    kinds = await page.locator(".line").evaluate_all("(all) => all.map((one) => one.classList[1])")
    return [str(kind) for kind in kinds]


async def tab_to(page: Page, name: str, most: int = 60) -> None:
    """Press Tab until what has the focus bears this name."""
    for _ in range(most):
        await page.keyboard.press("Tab")
        if name in await _focused(page):
            return
    raise AssertionError(f"{name!r} is not reached by Tab")


async def _focused(page: Page) -> str:
    name: str = await page.evaluate(
        """() => {
            let at = document.activeElement;
            while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
            return at && at !== document.body ? at.getAttribute("aria-label") ?? at.textContent : "";
        }"""
    )
    return name


# ---- every page on the way, one after the other


async def stations(context: BrowserContext, world: World, folder: Path) -> AsyncIterator[tuple[str, Page]]:
    """Go the whole way and stop at each page: its name, and the tab that shows it."""
    chat = await log_in(context, world)
    ref = await ask(chat)
    await chat.locator(".summary").click()
    yield "the platform with the open chat", chat
    page = await context.new_page()
    async for station in _staff_stations(page, world, ref):
        yield station
    await house.approve(world, ref, "lotte")
    async for station in _code_stations(page, world):
        yield station
    copy = await opened(context, chat.get_by_role("button", name="Open my copy"))
    yield "the copy", copy
    async with copy.expect_download() as download:
        await copy.get_by_role("button", name="Download").click()
    await unpacked(await download.value, folder)
    await copy.get_by_role("button", name="Read it here").click()
    await expect(copy.get_by_role("heading", name="Everything we hold about you")).to_be_visible()
    yield SANDBOXED, copy
    await copy.goto((folder / "START-HERE.html").as_uri())
    yield "START-HERE from the ZIP", copy


async def _staff_stations(page: Page, world: World, ref: str) -> AsyncIterator[tuple[str, Page]]:
    lotte = house.staff(world, "lotte")
    await lotte.click(await house.card(world, ref, "'approve'"), "open")
    window = await house.window(lotte, "/staff/enter/")
    link = next(item["url"] for block in window.blocks for item in block.get("elements", ()) if "url" in item)
    await lotte.close(everything=True)
    await page.goto(f"{world.url}/demo/staff/as/lotte")
    yield "the card", page
    await page.goto(link)
    yield "the staff page's door", page
    await page.get_by_role("button", name="Open the request").click()
    await expect(page.get_by_role("heading", name=ref)).to_be_visible()
    yield "the staff page", page


async def _code_stations(page: Page, world: World) -> AsyncIterator[tuple[str, Page]]:
    await page.goto(link_in(await mail(world, "anna.devries@example.nl", "copy is ready"), "copy"))
    yield "the copy behind its code", page
    await page.get_by_role("button", name="Send me the code").click()
    await page.get_by_label("The code from the mail").fill("0000 0000")
    await page.get_by_role("button", name="Open my copy").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    yield "a wrong code", page
    await page.goto(f"{world.url}/copy/{'x' * 43}")
    yield "a link that has ended", page
