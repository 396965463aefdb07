"""The widget for everybody: keyboard, screen reader, contrast, small screens, reduced motion, strict pages.

Limits: axe finds what a machine can find; what a screen reader says is tested through the one live region it reads.
"""

import re

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.widget.conftest import Tab
from tests.widget.fake_desk import FakeDesk, ticket
from tests.widget.talk import LINES, choose, field, focused, launcher, open_chat, panel, say

pytestmark = pytest.mark.browser

ANY_NAME = re.compile(r"\w")


async def test_the_keyboard_alone_suffices(desk: FakeDesk, tab: Tab) -> None:
    page = await tab()
    await page.keyboard.press("Tab")  # the page's own link
    await page.keyboard.press("Tab")
    assert await focused(page) == "Privacy desk"
    await page.keyboard.press("Enter")
    await expect(field(page)).to_be_focused()
    await page.keyboard.type("everything")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("in a copy")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Follow it")).to_be_visible()
    await page.keyboard.press("Tab")
    assert await focused(page) == "Follow it"
    await page.keyboard.press("Enter")
    await expect(page.locator(LINES).last).to_have_text("You said: Follow it")
    await expect(field(page)).to_be_focused()
    assert desk.only.lines[1]["text"] == "everything\nin a copy"


async def test_escape_folds_the_innermost_and_gives_the_focus_back(tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    await page.get_by_role("button", name="More choices").click()
    await page.keyboard.press("Escape")
    assert await focused(page) == "More choices"
    await choose(page, "About this chat")
    assert await focused(page) == "About this chat"
    await page.keyboard.press("Escape")
    await expect(field(page)).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(panel(page)).to_be_hidden()
    await expect(launcher(page)).to_be_focused()


async def test_the_focus_is_not_trapped(tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    places = []
    for _ in range(15):
        await page.keyboard.press("Shift+Tab")
        places.append(await page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    assert "next" in places


async def test_an_open_desk_does_not_take_the_focus_on_the_next_page(tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    await page.reload()
    await expect(page.locator(LINES)).to_have_count(1)
    assert await focused(page) == ""


async def test_only_the_newest_line_is_announced(desk: FakeDesk, tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    region = page.locator("[aria-live=polite]")
    await expect(region).to_have_count(1)
    await expect(page.get_by_role("log")).to_have_attribute("aria-live", "off")
    await expect(region).to_have_text("Privacy desk: Hello. I'm a computer program. Type person for a human.")
    await say(page, "a copy")
    await expect(region).to_contain_text("I've filed it as SEL-2026-00417")
    await expect(region).to_contain_text("Choices: Follow it, I meant something else, A person.")
    await expect(region).not_to_contain_text("Hello.")
    await desk.push(desk.only, who="staff", text="This is Noor.")
    await expect(region).to_have_text("A colleague at Seleqt: This is Noor.")


async def test_a_replay_announces_its_last_line_only(desk: FakeDesk, tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    desk.away = True
    await desk.cut_all()
    for number in range(3):
        await desk.push(desk.only, who="desk", text=f"missed {number}")
    desk.away = False
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(page.locator("[aria-live=polite]")).to_have_text("Privacy desk: missed 2")


async def test_a_page_already_heard_is_not_read_out_again(tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    await page.reload()
    await expect(page.locator(LINES)).to_have_count(1)
    await say(page, "hello")
    await expect(page.locator("[aria-live=polite]")).to_have_text("Privacy desk: You said: hello")


async def everything(page: Page, desk: FakeDesk) -> None:
    """Brings all kinds of things on the screen: choices, requests, a colleague, a refusal, the banner."""
    await open_chat(page)
    await page.locator(".person-button").click()
    await expect(page.locator(".line.staff")).to_be_visible()
    await desk.set_tickets(desk.only, ticket(), ticket(ref="SEL-2026-00002", stage=5, open=False))
    await page.locator(".summary").click()
    await say(page, "refuse this")
    await expect(page.locator(".failed")).to_be_visible()
    await say(page, "a copy")
    await expect(page.locator(".tray")).to_be_visible()
    desk.away = True
    await desk.cut_all()
    await expect(page.locator(".banner")).to_be_visible()


async def complaints(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds serious, critical or moderate, with the places; axe's own style breaks the page's policy."""
    assert await page.evaluate("violations") == []
    found = (await Axe().run(page)).response["violations"]
    await page.evaluate("violations.length = 0")
    heavy = [each for each in found if each["impact"] in {"serious", "critical", "moderate"}]
    return [(each["id"], [node["html"] for node in each["nodes"]]) for each in heavy]


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing_serious(desk: FakeDesk, tab: Tab, theme: str) -> None:
    page = await tab(f"/?theme={theme}")
    await page.emulate_media(reduced_motion="reduce", color_scheme=theme)  # type: ignore[arg-type]
    assert await complaints(page) == []
    await everything(page, desk)
    assert await complaints(page) == []
    await choose(page, "About this chat")
    assert await complaints(page) == []


@pytest.mark.parametrize("lang", ["en", "nl"])
async def test_a_small_phone_needs_no_sideways_scrolling(browser: Browser, desk: FakeDesk, lang: str) -> None:
    phone = await browser.new_context(viewport={"width": 320, "height": 568}, has_touch=True)
    page = await phone.new_page()
    await page.goto(f"{desk.address}/?lang={lang}")
    await everything(page, desk)
    wide = await page.evaluate(
        """() => [document.scrollingElement, ...document.querySelector("seleqt-desk").shadowRoot.querySelectorAll("*")]
            .filter((node) => node.clientWidth && !node.closest(".unseen, textarea, svg"))
            .filter((node) => getComputedStyle(node).textOverflow !== "ellipsis")
            .filter((node) => node.scrollWidth > node.clientWidth + 1 || node.getBoundingClientRect().right > 321)
            .map((node) => node.outerHTML.slice(0, 120))"""
    )
    assert wide == []
    await phone.close()


async def test_every_button_has_a_name_and_room_for_a_finger(desk: FakeDesk, tab: Tab) -> None:
    page = await tab()
    await everything(page, desk)
    for button in await page.locator("seleqt-desk button:visible").all():
        box = await button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 24  # WCAG 2.5.8
        await expect(button).to_have_accessible_name(ANY_NAME)
    for name in (".send", ".choice", ".icon-button", ".person-button"):
        box = await page.locator(name).first.bounding_box()
        assert box is not None
        assert box["height"] >= 43.9


async def test_a_page_turned_right_to_left_turns_the_desk(tab: Tab) -> None:
    page = await tab("/?dir=rtl")
    await open_chat(page)
    box = await panel(page).bounding_box()
    assert box is not None
    assert box["x"] < 100
