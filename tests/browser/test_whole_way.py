"""The whole way in a real browser: from the first sentence to the copy in somebody's hands.

Limits: axe finds what a machine can find. Rights other than access, and the law's dates, are walked in tests/walks.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, expect

from bot.core.model import Right
from bot.demo.platform.seeds import BRAM
from bot.demo.world import World
from tests.browser import way
from tests.browser.conftest import come
from tests.walks import house, moves
from tests.widget.talk import LINES, field, launcher, open_chat, say

pytestmark = pytest.mark.browser

SERIOUS = {"serious", "critical"}
QUICK: dict[str, dict[str, Any]] = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}
"""In the dark a page differs by its colours only."""


async def test_anna_asks_in_her_own_words_and_holds_her_copy(world: World, context: BrowserContext, tmp_path: Path):
    page = await way.log_in(context, world)
    ref = await way.ask(page)
    await expect(page.locator(".bars i")).to_have_count(6)
    await way.approve(context, world, ref)
    await expect(way.strip(page)).to_have_text("Done")
    copy = await way.opened(context, page.get_by_role("button", name="Open my copy"))
    await expect(copy.get_by_role("heading", name="The copy of your data")).to_be_visible()
    async with copy.expect_download() as download:
        await copy.get_by_role("button", name="Download").click()
    names = await way.unpacked(await download.value, tmp_path / "copy")
    assert {"START-HERE.html", "MANIFEST.json"} < set(names)
    assert (await download.value).suggested_filename == f"{ref}.zip"
    assert "anna.devries@example.nl" in "".join(one.read_text("utf-8") for one in tmp_path.glob("copy/data/*.json"))
    await copy.get_by_role("button", name="Read it here").click()
    await expect(copy.get_by_role("heading", name="Everything we hold about you")).to_be_visible()
    await expect(copy.locator("main")).to_contain_text("anna.devries@example.nl")
    await expect(copy).to_have_title(f"Everything we hold about you · {ref}")


async def test_a_stranger_goes_the_whole_way_in_dutch_with_two_codes(world: World, context: BrowserContext):
    page, post = await context.new_page(), await context.new_page()
    await page.goto(f"{world.url}/?lang=nl")
    await open_chat(page)
    await say(page, "Ik wil graag weten wat jullie allemaal over mij hebben, stuur me een kopie")
    await expect(way.bubble(page, "ben jij het")).to_be_visible()
    ref = await way.ref_on(page)
    await say(page, "bram.jansen@example.nl")
    words = await way.letter(post, world, BRAM.email, "Je code voor de privacybalie van Seleqt")
    await say(page, way.code_in(words))
    await expect(way.strip(page)).to_contain_text("Stap 4 van 6")
    await way.approve(context, world, ref)
    await expect(way.bubble(page, f"kopie voor {ref}")).to_be_visible()
    words = await way.letter(post, world, BRAM.email, "je kopie is klaar")
    async with context.expect_page() as coming:
        await post.locator(".plain a[href*='/copy/']").first.click()
    await fetched_by_code(await coming.value, post, world, ref)


async def fetched_by_code(copy: Page, post: Page, world: World, ref: str) -> None:
    """The landing page in Dutch: a code on demand, a wrong one, the right one, and the copy itself."""
    await copy.get_by_role("button", name="Stuur mij de code").click()
    await copy.get_by_label("De code uit de mail").fill("0000 0000")
    await copy.get_by_role("button", name="Mijn kopie openen").click()
    await expect(copy.get_by_role("alert")).to_contain_text("Die code klopt niet")
    words = await way.letter(post, world, BRAM.email, "Je code om je kopie te openen")
    await copy.get_by_label("De code uit de mail").fill(way.code_in(words))
    await copy.get_by_role("button", name="Mijn kopie openen").click()
    async with copy.expect_download() as download:
        await copy.get_by_role("button", name="Downloaden").click()
    assert (await download.value).suggested_filename == f"{ref}.zip"
    await copy.get_by_role("button", name="Hier lezen").click()
    await expect(copy.get_by_role("heading", name="Alles wat we over je hebben")).to_be_visible()
    assert await copy.locator("html").get_attribute("lang") == "nl"


# ---- for everybody


async def test_axe_finds_nothing_serious_on_any_page_of_the_way(world: World, plain: BrowserContext, tmp_path: Path):
    found = []
    async for name, page in way.stations(plain, world, tmp_path / "copy"):
        if name == way.SANDBOXED:
            continue
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            found += await faults(page, f"{name}, {scheme}", **QUICK[scheme])
    assert found == []


async def faults(page: Page, where: str, **options: Any) -> list[str]:
    """What axe calls serious or critical, with the place."""
    report = await Axe().run(page, options={"resultTypes": ["violations"], **options})
    heavy = [one for one in report.response["violations"] if one["impact"] in SERIOUS]
    return [f"{where}: {one['id']} {node['html'][:160]}" for one in heavy for node in one["nodes"]]


async def test_no_page_of_the_way_is_wider_than_a_small_phone(world: World, browser: Browser, tmp_path: Path):
    phone = await come(browser, width=320)
    wide = {}
    async for name, page in way.stations(phone, world, tmp_path / "copy"):
        wide[name] = await page.evaluate("document.documentElement.scrollWidth")
    assert set(wide.values()) == {320}, wide
    await phone.close()


async def test_the_keyboard_alone_suffices_for_an_access_request(world: World, context: BrowserContext):
    page = await context.new_page()
    await page.goto(world.url)
    for name in ("Log in as", "Anna de Vries"):
        await way.tab_to(page, name)
        await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Good to see you")).to_be_visible()
    await expect(launcher(page)).to_be_visible()
    await way.tab_to(page, "Privacy desk")
    await page.keyboard.press("Enter")
    await expect(field(page)).to_be_focused()
    await page.keyboard.type(way.SEE)
    await page.keyboard.press("Enter")
    await expect(way.bubble(page, "This is what we found")).to_be_visible()
    await house.approve(world, await way.ref_on(page), "lotte")
    await expect(page.get_by_role("button", name="Open my copy")).to_be_visible()
    await way.tab_to(page, "Open my copy", most=1)
    async with context.expect_page() as coming:
        await page.keyboard.press("Enter")
    copy = await coming.value
    await way.tab_to(copy, "Download")
    async with copy.expect_download():
        await copy.keyboard.press("Enter")
    await copy.keyboard.press("Shift+Tab")
    await copy.keyboard.press("Enter")
    await expect(copy.get_by_role("heading", name="Everything we hold about you")).to_be_visible()


# ---- nothing lost, nothing doubled


async def test_cut_connections_lose_and_double_nothing(world: World, context: BrowserContext):
    page = await way.log_in(context, world)
    await open_chat(page)
    said = [way.SEE, "where is my request?", "who are you?", "how long does it take?"]
    for words in said:
        await say(page, words)
        await world.app.web_door.close()
    await expect(page.locator(".line.person .text")).to_have_text(said)
    await expect(page.locator(".line.person .state").last).to_have_text("Delivered")
    await expect(page.locator(".line.desk").last).to_be_visible()
    await expect(way.strip(page)).to_contain_text("In review")
    assert await way.on_screen(page) == await way.conversation(world)
    assert len(await moves.every_ticket(world)) == 1


async def test_a_restart_of_the_desk_in_the_middle_loses_and_doubles_nothing(tmp_path: Path, context: BrowserContext):
    async with house.at_work(tmp_path / "data") as world:
        page = await way.log_in(context, world)
        ref = await way.ask(page)
        port = urlsplit(world.url).port or 0
    await say(page, "where does it stand?")
    await expect(page.locator(".line.person .state").last).to_have_text("Waiting for the connection")
    async with house.at_work(tmp_path / "data", port=port) as again:
        await page.evaluate("dispatchEvent(new Event('online'))")
        await expect(page.locator(".line.person .state").last).to_have_text("Delivered")
        await house.approve(again, ref, "lotte")
        await expect(way.strip(page)).to_have_text("Done")
        await expect(page.get_by_role("button", name="Open my copy")).to_be_visible()
        assert await way.on_screen(page) == await way.conversation(again)
        assert len(await moves.every_ticket(again)) == 1
        copy = await way.opened(context, page.get_by_role("button", name="Open my copy"))
        await expect(copy.get_by_role("button", name="Read it here")).to_be_visible()


async def test_a_second_tab_keeps_in_step(world: World, context: BrowserContext):
    first = await way.log_in(context, world)
    second = await context.new_page()
    await second.goto(world.url)
    ref = await way.ask(first)
    await second.reload()
    await expect(way.bubble(second, "This is what we found")).to_be_visible()
    await say(second, "where is my request?")
    await expect(first.locator(".line.person .text").last).to_have_text("where is my request?")
    await house.approve(world, ref, "lotte")
    for page in (first, second):
        await expect(way.strip(page)).to_have_text("Done")
        await expect(page.get_by_role("button", name="Open my copy")).to_be_visible()
    await way.opened(context, second.get_by_role("button", name="Open my copy"))
    await expect(first.locator(".line.person .text").last).to_have_text("Open my copy")
    assert await first.locator(LINES).all_inner_texts() == await second.locator(LINES).all_inner_texts()
    assert len(context.pages) == 3  # only the tab in which it was pressed opened the copy
    assert (await house.ticket_of(world, Right.ACCESS)).ref == ref
