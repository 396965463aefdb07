"""START-HERE.html in a real browser, opened from a file as the person opens it.

Limits: axe finds what a machine can find. It has to be let past the page's own policy, so that is held in the other
tests here and in test_parcel.py.
"""

import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from bot.core.plans import Action, PlanLine
from bot.parcel import Cover, Outcome, Parcel, System
from bot.texts import Texts

pytestmark = pytest.mark.browser

MADE = datetime(2026, 11, 2, 10, 37, tzinfo=UTC)
WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


def line(collection: str, *columns: str, **more: Any) -> PlanLine:
    return PlanLine(
        source="platform", tenant="t1", collection=collection, action=Action.ACCESS, rows=1, columns=columns,
        label=(("en", f"Your {collection}"),), **more,
    )  # fmt: skip


@pytest.fixture
def start_here(tmp_path: Path) -> Path:
    cover = Cover(
        person_label="Sanne van den Berg",
        ref="SEL-2026-00417",
        asked_on=date(2026, 11, 2),
        made_at=MADE,
        lang="en",
        period=(None, date(2026, 11, 2)),
        searched=(
            System(name="platform", outcome=Outcome.FOUND),
            System(name="crm", outcome=Outcome.FAILED, reason="down"),
        ),
    )
    account = {"last_name": "van den Berg", "company": WORD, "site": "javascript:alert(1)", "phone": None}
    events = ({"at": MADE + timedelta(days=n), "page": f"/jobs?q={n}", "agent": "Mozilla/5.0 " * 8} for n in range(40))
    with Parcel(io.BytesIO(), cover=cover, texts=Texts.load()) as parcel:
        parcel.take(line("account", *account, held=("password_hash",), removed=("referred_by",)), iter([account]))
        parcel.take(line("visits", "at", "page", "agent"), events)
        page = parcel.finish().page
    path = tmp_path / "START-HERE.html"
    path.write_text(page, encoding="utf-8")
    return path


async def opened(browser: Browser, path: Path, **options: Any) -> Page:
    context = await browser.new_context(**options)
    page = await context.new_page()
    await page.goto(path.as_uri())
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
async def test_axe_finds_nothing(browser: Browser, start_here: Path, scheme: str, width: int) -> None:
    size = {"width": width, "height": 800}
    page = await opened(browser, start_here, color_scheme=scheme, viewport=size, bypass_csp=True)
    await page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = await Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]})
    assert found.violations_count == 0, found.generate_report()


async def test_it_asks_nobody_and_the_browser_has_no_complaint(browser: Browser, start_here: Path) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    await page.goto(start_here.as_uri())
    assert asked == [start_here.as_uri()]
    assert complaints == []
    assert await page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily.includes('Palatino')")


async def test_a_groups_name_opens_its_page_without_script(browser: Browser, start_here: Path) -> None:
    page = await opened(browser, start_here, java_script_enabled=False)
    value = page.get_by_text(WORD)
    await expect(value).to_be_hidden()
    await page.get_by_role("link", name="Your account").first.click()
    await expect(value).to_be_visible()


@pytest.mark.parametrize("width", [320, 768, 1280])
async def test_nothing_is_wider_than_the_screen(browser: Browser, start_here: Path, width: int) -> None:
    page = await opened(browser, start_here, viewport={"width": width, "height": 800})
    await page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert await page.evaluate("document.documentElement.scrollWidth") == width


async def test_on_paper_every_group_is_open(browser: Browser, start_here: Path) -> None:
    page = await opened(browser, start_here)
    await page.emulate_media(media="print")
    rows = page.locator("#group-2 tbody tr")
    assert await rows.last.evaluate("one => one.checkVisibility() && one.getBoundingClientRect().height > 0")
    assert await page.locator(".case").evaluate("one => one.scrollHeight <= one.clientHeight + 1")
