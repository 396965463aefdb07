"""Bad connections in a real browser: cut, away, restarted, refused. Nothing is lost, nothing comes twice.

Limit: sleep is played by cutting the sockets; a machine's own sleep cannot be had in a test.
"""

import itertools

import pytest
from playwright.async_api import expect

from tests.widget.conftest import Tab
from tests.widget.fake_desk import FakeDesk
from tests.widget.talk import LINES, field, open_chat, say, shown, storage

pytestmark = pytest.mark.browser


async def test_a_connection_cut_at_every_frame_loses_nothing_and_doubles_nothing(desk: FakeDesk, tab: Tab) -> None:
    desk.budgets = itertools.count(1)  # the first connection lives one frame, the second two, and so on
    page = await tab()
    await open_chat(page)
    words = [f"message {number}" for number in range(5)]
    for text in words:
        await say(page, text)
    await expect(page.locator(".lines.queue .line")).to_have_count(0, timeout=60_000)
    desk.budgets = None
    await expect(page.locator(LINES)).to_have_count(1 + 2 * len(words))
    mine = desk.conversations.pop((await storage(page))["seleqt-desk:key"])
    said = [line["text"] for line in mine.lines if line["who"] == "person"]
    kept = [line["text"].replace("**", "") for line in mine.lines]
    assert said == words
    assert await shown(page) == kept
    assert desk.cuts > 5
    assert all(len(other.lines) == 1 for other in desk.conversations.values())  # greeted, yet its key never arrived
    assert await page.evaluate("Object.keys(localStorage).filter((name) => name.includes('out:'))") == []


async def test_what_is_said_offline_waits_and_goes_out_once(desk: FakeDesk, tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    desk.away = True
    await desk.cut_all()
    await say(page, "first")
    await say(page, "second")
    await expect(page.locator(".queue .state")).to_have_text(["Waiting for the connection"] * 2)
    await expect(page.locator(".banner")).to_contain_text("No connection. I keep trying")
    await page.reload()
    await expect(page.locator(".queue .text")).to_have_text(["first", "second"])
    desk.away = False
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(page.locator(".line.person .state")).to_have_text(["Delivered"] * 2)
    await expect(page.locator(".banner")).to_be_hidden()
    assert [line["text"] for line in desk.only.lines if line["who"] == "person"] == ["first", "second"]


async def test_what_was_missed_is_replayed_from_the_last_number(desk: FakeDesk, tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    desk.away = True
    await desk.cut_all()
    for number in range(3):
        await desk.push(desk.only, who="desk", text=f"missed {number}")
    desk.away = False
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(page.locator(LINES)).to_have_count(4)
    assert (await shown(page))[1:] == ["missed 0", "missed 1", "missed 2"]
    assert desk.hellos[-1]["last_seq"] == 1


async def test_a_desk_that_knows_less_is_read_again_from_the_start(desk: FakeDesk, tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    await say(page, "hello")
    await expect(page.locator(LINES)).to_have_count(3)
    desk.away = True
    await desk.cut_all()
    del desk.only.lines[1:]  # as after a restored backup
    desk.only.taken.clear()
    desk.away = False
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(page.locator(LINES)).to_have_count(1)
    await say(page, "again")
    await expect(page.locator(LINES).last).to_have_text("You said: again")
    assert len(await shown(page)) == 3


async def test_a_restart_of_the_desk_goes_unnoticed(desk: FakeDesk, tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    await desk.stop()
    await say(page, "are you there")
    await desk.start()
    await expect(page.locator(LINES).last).to_have_text("You said: are you there")
    assert len(await shown(page)) == 3


async def test_a_refused_message_says_why_and_can_be_edited(desk: FakeDesk, tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    await say(page, "refuse me")
    await expect(page.locator(".queue .state")).to_contain_text("Not sent · That was too fast for me.")
    await page.reload()
    await expect(page.locator(".queue .state")).to_contain_text("Not sent")
    await page.get_by_role("button", name="Edit").click()
    await expect(field(page)).to_have_value("refuse me")
    await say(page, "take me")
    await expect(page.locator(LINES).last).to_have_text("You said: take me")
    assert len(await shown(page)) == 3


async def test_a_refused_message_can_be_sent_again(desk: FakeDesk, tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    await say(page, "refuse me")
    await page.get_by_role("button", name="Send again").click()
    await expect(page.get_by_role("button", name="Send again")).to_be_visible()
    tries = [frame["client_id"] for frame in desk.frames]
    assert len(tries) == len(set(tries)) == 2


async def test_a_text_over_the_limit_stays_in_the_field(desk: FakeDesk, tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    await say(page, "x" * 4003)
    await expect(page.get_by_text("3 characters too many")).to_be_visible()
    assert await field(page).input_value() == "x" * 4003
    assert desk.frames == []


async def test_an_ended_conversation_begins_anew_without_the_old_lines(desk: FakeDesk, tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    await say(page, "mine")
    await expect(page.locator(LINES)).to_have_count(3)
    old = desk.only.key
    sockets = desk.conversations.pop(old).sockets
    for socket in list(sockets):
        await socket.close()
    await expect(page.locator(LINES)).to_have_count(1)
    kept = await storage(page)
    assert kept["seleqt-desk:key"] == desk.only.key != old


async def test_unsent_words_of_an_earlier_page_do_not_enter_a_new_conversation(desk: FakeDesk, tab: Tab) -> None:
    page = await tab()
    await open_chat(page)
    desk.away = True
    await desk.cut_all()
    await say(page, "somebody else's words")
    await page.reload()
    old = (await storage(page))["seleqt-desk:key"]
    desk.conversations.clear()
    desk.away = False
    await page.evaluate("dispatchEvent(new Event('online'))")
    # Not the number of lines: the waiting words are one line too, until the new conversation has come.
    await page.wait_for_function("(old) => ![null, old].includes(localStorage.getItem('seleqt-desk:key'))", arg=old)
    await expect(page.locator(LINES)).to_have_count(1)
    assert [line["who"] for line in desk.only.lines] == ["desk"]
