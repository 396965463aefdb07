"""What a person does at the widget, and what stands on the screen, in words of the tests.

Limit: it finds things by what they are to a person (names, roles) or by their kind of line, never by position.
"""

from playwright.async_api import Locator, Page, expect

LINES = ".lines .line .text"


def launcher(page: Page) -> Locator:
    """The button on the page."""
    return page.locator(".launcher")


def panel(page: Page) -> Locator:
    """The chat's window."""
    return page.get_by_role("dialog", name="Privacy desk")


def field(page: Page) -> Locator:
    """Where the person types."""
    return page.locator("textarea")


async def open_chat(page: Page) -> None:
    """Opens the desk and waits for its first line."""
    await launcher(page).click()
    await expect(page.locator(".line.desk").first).to_be_visible()


async def say(page: Page, text: str) -> None:
    """Types a message and sends it with Enter."""
    await field(page).fill(text)
    await field(page).press("Enter")


async def shown(page: Page) -> list[str]:
    """Every bubble on the screen from the top, also those on their way."""
    return await page.locator(LINES).all_inner_texts()


async def choose(page: Page, entry: str) -> None:
    """An entry of the menu."""
    await page.get_by_role("button", name="More choices").click()
    await page.get_by_role("button", name=entry).click()


async def storage(page: Page) -> dict[str, str]:
    """All that this page's origin keeps on the device, for good and for the tab."""
    kept: dict[str, str] = await page.evaluate("({...localStorage, ...sessionStorage})")
    return kept


async def focused(page: Page) -> str:
    """The visible name or text of what has the focus inside the widget; empty when it is outside."""
    name: str = await page.evaluate(
        """() => {
            const at = document.querySelector("seleqt-desk")?.shadowRoot?.activeElement;
            return at ? at.getAttribute("aria-label") ?? at.textContent.trim() : "";
        }"""
    )
    return name
