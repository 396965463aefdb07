"""Takes the README's pictures from a fresh demo: the chat, the Slack card with its thread, the copy and a mail.

Promise: everything shown is the real desk at work for an invented person; the demo runs in a folder of its own and is
thrown away; every picture stays under 250 kB. Limits: it needs Chromium and the test requirements, and dates are those
of the day on which it runs.

    python -m tools.pictures              # writes docs/pictures/{chat,card,package,mail}.png
    python -m tools.pictures --to seen    # writes them elsewhere, to look first
"""

import argparse
import asyncio
import contextlib
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Browser, Locator, Page, async_playwright

from bot.demo.slack import StaffMember
from bot.demo.world import World, running
from bot.logs import set_up

CHROMIUM = Path("/usr/bin/chromium")
PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
MOST_BYTES = 250_000
QUESTION = "hi, could you show me everything you've got on me?"


def take(folder: Path) -> list[Path]:
    """Take all pictures into a folder; returns the files. Raises RuntimeError when one is too heavy."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        asyncio.run(_taken(Path(data), folder))
    files = sorted(folder.glob("*.png"))
    if heavy := [file.name for file in files if file.stat().st_size >= MOST_BYTES]:
        raise RuntimeError(f"too heavy: {', '.join(heavy)}")
    return files


async def _taken(data_dir: Path, folder: Path) -> None:
    async with _at_work(data_dir) as world, _browser() as browser:
        chat = await _chat(browser, world, folder / "chat.png")
        await _card(browser, world, folder / "card.png")
        await _package(chat, folder / "package.png")
        await _mail(browser, world, folder / "mail.png")


@asynccontextmanager
async def _at_work(data_dir: Path) -> AsyncIterator[World]:
    async with running(data_dir) as world:
        work = asyncio.create_task(world.app.run())
        try:
            yield world
        finally:
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work


@asynccontextmanager
async def _browser() -> AsyncIterator[Browser]:
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        await browser.close()


async def _tab(browser: Browser, width: int = 1200, height: int = 800) -> Page:
    size: Any = {"width": width, "height": height}
    context = await browser.new_context(
        viewport=size, locale="en-GB", timezone_id="Europe/Amsterdam", reduced_motion="reduce", color_scheme="light"
    )
    context.set_default_timeout(30_000)
    return await context.new_page()


async def _chat(browser: Browser, world: World, file: Path) -> Page:
    """Anna, logged in, has asked and sees what was found; the strip says where it stands."""
    page = await _tab(browser, height=860)
    await page.goto(world.url)
    await page.get_by_role("button", name="Log in as").click()
    await page.get_by_role("button", name="Anna de Vries").click()
    await page.locator(".launcher").click()
    await page.locator(".line.desk").first.wait_for()
    await page.locator("textarea").fill(QUESTION)
    await page.keyboard.press("Enter")
    await page.locator(".line .text", has_text="This is what we found").wait_for()
    await page.locator(".summary-step", has_text="In review").wait_for()
    await page.locator(".choice").first.wait_for()
    await _show(page.locator(".line.desk", has_text="I've filed it").last)
    await page.screenshot(path=file)
    return page


async def _show(line: Locator) -> None:
    """Scroll the conversation, and nothing around it, so that it begins with this line."""
    await line.evaluate(
        "(one) => { const log = one.closest('.log'); log.scrollTop += edge(one) - edge(log) - 8;"
        " function edge(box) { return box.getBoundingClientRect().top; } }"
    )


async def _card(browser: Browser, world: World, file: Path) -> None:
    """The card as an approver finds it, with the thread below; the press comes after the picture."""
    lotte = StaffMember(world.slack, "lotte")
    found = await world.slack.until(lambda: [one for one in lotte.cards() if "'approve'" in str(one.blocks)])
    card = found[0]
    await world.slack.until(lambda: "Ready for a decision" in str(lotte.thread(card.ts)))
    page = await _tab(browser, width=1100, height=900)
    await page.goto(f"{world.url}/demo/staff/as/lotte")
    await _cropped(page.locator("article.post").first, page.locator(".thread").first, file)
    await _see_plan(world, lotte, card.ts)
    await lotte.click(card.ts, "approve")


async def _see_plan(world: World, member: StaffMember, ts: str) -> None:
    """Values about other people were left out of this copy, so the plan has to be opened before it is approved."""
    await member.click(ts, "open")

    def link() -> str | None:
        blocks = member.modal.blocks if member.modal else []
        return next((item["url"] for block in blocks for item in block.get("elements", ()) if "url" in item), None)

    url = str(await world.slack.until(link))
    jar = aiohttp.CookieJar(unsafe=True)  # the desk stands at a bare address here
    async with aiohttp.ClientSession(cookie_jar=jar) as page, page.post(url, data={}) as answer:
        answer.raise_for_status()
    await member.close(everything=True)


async def _cropped(first: Locator, last: Locator, file: Path, margin: int = 12) -> None:
    """A picture from the top of one thing to the bottom of another."""
    page = first.page
    top, bottom = await first.bounding_box(), await last.bounding_box()
    if top is None or bottom is None:
        raise RuntimeError("nothing to picture")
    width = max(top["width"], bottom["x"] + bottom["width"] - top["x"])
    clip: Any = {
        "x": top["x"],
        "y": top["y"] - margin,
        "width": width,
        "height": bottom["y"] + bottom["height"] - top["y"] + 2 * margin,
    }
    await page.locator(".composer").evaluate("(one) => one.remove()")  # it would lie over the thread
    await page.screenshot(path=file, clip=clip, full_page=True)


async def _package(chat: Page, file: Path) -> None:
    """START-HERE, opened from the chat after the approval."""
    async with chat.expect_popup() as coming:
        await chat.get_by_role("button", name="Open my copy").click()
    page = await coming.value
    await page.get_by_role("button", name="Read it here").click()
    await page.get_by_role("heading", name="Everything we hold about you").wait_for()
    await page.screenshot(path=file)


async def _mail(browser: Browser, world: World, file: Path) -> None:
    """The acknowledgement, as the mailbox shows it."""
    letter = await world.mailbox.wait_for("anna.devries@example.nl", "we have your request", 30)
    page = await _tab(browser, width=760, height=900)
    await page.goto(f"{world.url}/demo/mail/{letter.number}/html")
    await page.screenshot(path=file)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=PICTURES, help="where to write them (docs/pictures)")
    set_up(level=30, plain=True)
    for file in take(parser.parse_args(arguments).to):
        sys.stdout.write(f"{file}: {file.stat().st_size // 1000} kB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
