"""A conversation in a real browser: what is said, kept, replayed, and shown in every tab.

Limit: the desk is the pretend one of fake_desk.py; what the real desk answers is tested elsewhere.
"""

import pytest
from playwright.async_api import BrowserContext, expect

from tests.widget.conftest import Tab
from tests.widget.fake_desk import FakeDesk, ticket
from tests.widget.talk import LINES, choose, field, launcher, open_chat, panel, say, shown, storage

pytestmark = pytest.mark.browser


async def test_nothing_is_stored_and_no_chat_code_is_loaded_before_the_desk_is_opened(desk: FakeDesk, tab: Tab) -> None:
    page = await tab()
    loaded: list[str] = await page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert await storage(page) == {}
    assert not [name for name in loaded if name.endswith("/chat.js")]
    assert desk.hellos == []


async def test_the_first_line_is_the_desks_own(tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    assert await shown(page) == ["Hello. I'm a computer program. Type person for a human."]
    await expect(page.get_by_text("the conversation is kept for 30 days")).to_be_visible()


async def test_a_message_is_delivered_and_answered_with_choices(desk: FakeDesk, tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    await say(page, "everything, in a copy")
    await expect(page.locator(".line.person .state")).to_have_text("Delivered")
    await page.get_by_role("button", name="Follow it").click()
    await expect(page.locator(LINES).last).to_have_text("You said: Follow it")
    await expect(page.locator(".tray")).to_be_hidden()
    await expect(page.get_by_role("list", name="Choices at that moment")).to_contain_text("I meant something else")
    assert [frame["type"] for frame in desk.frames] == ["say", "press"]


async def test_markup_in_a_message_stays_text(desk: FakeDesk, tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    hostile = "<img src=x onerror=alert(1)> **not bold** {{7*7}}"
    await say(page, hostile)
    await expect(page.locator(".line.person .text")).to_have_text(hostile)
    await expect(page.locator(".line img, .line.person strong")).to_have_count(0)
    await expect(page.locator(".line.desk strong").last).to_have_text("not bold")


async def test_only_web_addresses_become_links(tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    await say(page, "links")
    link = page.get_by_role("link", name="Read it here")
    await expect(link).to_have_attribute("rel", "noopener")
    await expect(page.locator("a[href^='javascript']")).to_have_count(0)


async def test_a_pressed_choice_may_open_a_page_of_the_desk(desk: FakeDesk, context: BrowserContext, tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    await desk.push(desk.only, who="desk", text="Ready.", buttons=[{"label": "Open my copy"}])
    async with context.expect_page() as opened:
        await page.get_by_role("button", name="Open my copy").click()
    assert (await opened.value).url == f"{desk.address}/copy"


async def test_sign_in_is_asked_of_the_host_page(tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    await page.evaluate("addEventListener('seleqt-desk:signin', () => { document.title = 'asked'; })")
    await say(page, "Sign in")
    await expect(page).to_have_title("asked")


async def test_the_pages_token_goes_with_the_hello_and_changes_with_the_login(desk: FakeDesk, tab: Tab) -> None:
    page = await tab()
    await page.evaluate("SeleqtDesk.configure({ getToken: async () => 'first' })")
    await open_chat(page)
    await page.evaluate("SeleqtDesk.configure({ getToken: async () => 'second' }); SeleqtDesk.signedIn()")
    await say(page, "hello")
    await page.evaluate("SeleqtDesk.signedOut()")
    await say(page, "bye")
    await expect(page.locator(LINES).last).to_have_text("You said: bye")
    assert desk.hellos[0]["token"] == "first"
    assert [frame["token"] for frame in desk.frames if frame["type"] == "token"] == ["second", None]


async def test_a_reload_and_another_page_show_the_same_conversation_open(desk: FakeDesk, tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    await say(page, "hello")
    await expect(page.locator(LINES)).to_have_count(3)
    before = await shown(page)
    await field(page).fill("half a sen")
    await page.reload()
    await expect(page.locator(LINES)).to_have_count(3)
    await page.locator("#next").click()
    await page.wait_for_url("**/other")
    await expect(page.locator(LINES)).to_have_count(3)
    assert await shown(page) == before
    await expect(field(page)).to_have_value("half a sen")
    assert len(desk.conversations) == 1


async def test_a_second_tab_keeps_step(desk: FakeDesk, tab: Tab) -> None:
    first = await tab()
    await open_chat(first)
    second = await tab()
    await expect(panel(second)).to_be_visible()
    await say(first, "from the first")
    await expect(second.locator(LINES).last).to_have_text("You said: from the first")
    await say(second, "from the second")
    await expect(first.locator(LINES).last).to_have_text("You said: from the second")
    assert await shown(first) == await shown(second)
    assert len(desk.conversations) == 1


async def test_a_closed_desk_counts_what_came_in(desk: FakeDesk, tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    await page.get_by_role("button", name="Close the chat").click()
    await desk.push(desk.only, who="staff", text="One.")
    await desk.push(desk.only, who="desk", text="Two.")
    await expect(launcher(page)).to_have_accessible_name("Privacy desk, 2 new messages")
    await page.reload()
    await expect(launcher(page)).to_have_accessible_name("Privacy desk, 2 new messages")
    await launcher(page).click()
    await expect(page.locator(".badge")).to_be_hidden()
    await page.get_by_role("button", name="Close the chat").click()
    await expect(launcher(page)).to_have_accessible_name("Privacy desk")


async def test_the_strip_shows_where_requests_stand(desk: FakeDesk, tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    closed = ticket(ref="SEL-2026-00002", title="Delete my data", stage=5, open=False)
    await desk.set_tickets(desk.only, closed, ticket())
    summary = page.get_by_role("region", name="Your requests").get_by_role("button")
    await expect(summary).to_contain_text("Step 2 of 6: Verified")
    await expect(summary).to_have_attribute("aria-expanded", "false")
    await summary.click()
    await expect(page.locator("[aria-current=step]")).to_have_text("Verified, now")
    await desk.set_tickets(desk.only, ticket(stage=4))
    await expect(page.locator("[aria-current=step]")).to_have_text("Scheduled, now")
    await expect(page.locator(".ticket")).to_have_count(1)


async def test_the_newest_line_stays_in_view_when_the_strip_unfolds(desk: FakeDesk, tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    await desk.set_tickets(desk.only, ticket())
    for number in range(12):
        await desk.push(desk.only, who="desk", text=f"line {number}")
    newest = page.locator(LINES).last
    await expect(newest).to_have_text("line 11")
    await page.locator(".summary").click()
    await expect(newest).to_be_in_viewport()
    await page.locator(".log").evaluate("(log) => { log.scrollTop = 0; }")
    await expect(newest).not_to_be_in_viewport()
    await desk.push(desk.only, who="staff", text="the newest")
    await page.get_by_role("button", name="New message").click()
    await expect(newest).to_have_text("the newest")
    await expect(newest).to_be_in_viewport()


async def test_the_language_changes_without_losing_anything(desk: FakeDesk, tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    await say(page, "hello")
    await expect(page.locator(LINES)).to_have_count(3)
    await field(page).fill("half")
    await choose(page, "Nederlands")
    await expect(page.get_by_role("button", name="Een mens")).to_be_visible()
    await expect(page.locator(LINES)).to_have_count(4)
    assert desk.frames[-1] == {"type": "speak", "lang": "nl"}
    await expect(field(page)).to_have_value("half")
    await expect(page.locator(".line.person .state")).to_have_text("Aangekomen")
    await page.reload()
    await expect(page.get_by_role("button", name="Een mens")).to_be_visible()
    await expect(page.locator(LINES)).to_have_count(4)  # they come after the hello
    assert desk.hellos[-1]["lang"] == "nl"


async def test_the_window_follows_the_language_somebody_writes(desk: FakeDesk, tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    await say(page, "Hallo")
    await expect(page.get_by_role("button", name="Een mens")).to_be_visible()
    await expect(page.locator(".line.person .state")).to_have_text("Aangekomen")
    await expect(field(page)).to_be_focused()
    await page.reload()
    await expect(page.get_by_role("button", name="Een mens")).to_be_visible()


async def test_the_conversation_can_be_saved_as_text(desk: FakeDesk, tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    await say(page, "a copy, please")
    await expect(page.get_by_role("button", name="Follow it")).to_be_visible()
    async with page.expect_download() as download:
        await choose(page, "Download this conversation")
    saved = await download.value
    text = (await saved.path()).read_text(encoding="utf-8")
    assert saved.suggested_filename == "privacy-desk-conversation.txt"
    assert "You\na copy, please" in text
    assert "SEL-2026-00417: a copy" in text
    assert "[Follow it] [I meant something else] [A person]" in text


async def test_end_and_forget_leaves_nothing_here_and_no_key_there(desk: FakeDesk, tab: Tab) -> None:
    page, other = await tab(), await tab()
    await open_chat(page)
    await launcher(other).click()
    await expect(other.locator(LINES)).to_have_count(1)
    await field(page).fill("a draft")
    await choose(page, "End and forget on this device")
    await page.get_by_role("button", name="End and forget", exact=True).click()
    await expect(launcher(page)).to_be_focused()
    await expect(panel(other)).to_be_hidden()
    assert await storage(page) == await storage(other) == {}
    await open_chat(page)
    await expect(field(page)).to_have_value("")
    await expect(page.locator(LINES)).to_have_count(1)
    assert (desk.frames[-1]["type"], len(desk.conversations)) == ("forget", 1)
