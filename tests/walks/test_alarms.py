"""When something is wrong or unclear: alarms, the stop and undo links of mails, unread messages, colleagues."""

from datetime import timedelta

import pytest

from bot.core.model import Flag, Right, Status
from bot.demo.platform.seeds import ANNA, BRAM, LOTTE
from tests.walks import house, moves

SEE = "I want to see everything you have on me"
SOMEBODY_ELSES = "I see somebody else's data in this!"


async def copy_ready(world, visit, person=ANNA):
    visitor = await visit(person)
    await visitor.say(SEE)
    ref = moves.refs_in(await visitor.hears("This is what we found"))[0]
    await house.approve(world, ref, "lotte")
    await visitor.hears("Your copy for")
    return visitor, ref


async def lift(world, ref, hold="alarm", who="mina"):
    """A colleague has looked and lifts what holds a ticket."""
    colleague = house.staff(world, who)
    await colleague.click(await house.card(world, ref, "lift the hold"), "lift")
    await house.window(colleague, "Before it goes on")
    await colleague.submit({"looked": [hold]})


async def flagged(world, right, flag, *, wanted=True):
    """Wait until a ticket carries a flag (or no longer)."""
    return await house.until(
        world, lambda tx: (flag in house.newest(tx, right).flags) is wanted and house.newest(tx, right)
    )


# ---- red alerts


@pytest.mark.parametrize("by", ["words", "button"])
async def test_somebody_elses_data_freezes_the_copy_and_records_the_72_hours(world, visit, by):
    anna, ref = await copy_ready(world, visit)
    await anna.press("Open my copy")
    page = (await anna.until(lambda: anna.opened))[0]
    if by == "words":
        await anna.say(SOMEBODY_ELSES)
    else:
        await anna.press("I see somebody else's data")
    await anna.hears("Thank you for telling us", "What exactly did you see?")
    ticket = await flagged(world, Right.ACCESS, Flag.ALARM)
    assert timedelta(hours=71) < ticket.breach_due - world.clock() <= timedelta(hours=72)
    assert (await moves.post(f"{page}/read")).status == 404
    assert (await moves.post(f"{page}/download")).status == 404
    assert "held back" in (await moves.get(page)).text
    await house.card(world, ref, "on hold")
    alert = await house.thread(world, ref, "72")
    assert "Anna" not in alert

    await lift(world, ref)
    await anna.hears("A colleague has looked into it", ref)
    assert (await moves.post(f"{page}/read")).status == 200
    log = house.rows(world.app.settings.database, "SELECT what FROM log WHERE ticket = ?", ticket.id)
    assert {"alarmed", "hold_lifted"} <= {what for (what,) in log}
    assert (await house.ticket_of(world, Right.ACCESS)).breach_due == ticket.breach_due, "recorded for good"


async def test_this_was_not_me_on_the_copys_page_freezes_it_at_once(world, visit):
    await copy_ready(world, visit)
    link = moves.link_in(await moves.mail(world, ANNA.email, "copy is ready"), "copy")
    assert (await moves.get(f"{link}/not-me")).status == 405
    assert "Stopped" in (await moves.post(f"{link}/not-me")).text
    ticket = await flagged(world, Right.ACCESS, Flag.ALARM)
    assert ticket.breach_due is not None
    assert "held back" in (await moves.get(link)).text


async def test_this_was_not_me_while_an_erasure_waits_keeps_the_data(world, visit):
    before = house.fingerprint(world)["accounts"]
    anna = await visit(ANNA)
    await anna.say("Delete all my data")
    ref = moves.refs_in(await anna.hears("This goes"))[0]
    await anna.press("Delete all this")
    await anna.say("this wasn't me, I did not ask for this")
    await anna.hears("Thank you for telling us")
    await flagged(world, Right.ERASURE, Flag.ALARM)
    world.clock.advance(timedelta(days=2))
    await house.settled(world)
    assert (await moves.by_ref(world, ref)).is_open
    after = house.fingerprint(world)["accounts"]
    assert [row[:8] for row in after] == [row[:8] for row in before]


async def test_an_alarm_of_a_stranger_reaches_staff_as_a_ticket_of_its_own(world, visit):
    stranger = await visit()
    await stranger.say("I got an e-mail from you with somebody else's data")
    ref = moves.refs_in(await stranger.hears("Thank you for telling us", "Stopped"))[0]
    await house.card(world, ref, "on hold")
    assert (await moves.by_ref(world, ref)).breach_due is not None


# ---- the stop link


async def erasure_waiting(world, visit):
    """An approved erasure whose waiting time runs, and the stop link in its mail."""
    bram = await visit(BRAM)
    await bram.say("Delete all my data")
    ref = moves.refs_in(await bram.hears("This goes"))[0]
    await bram.press("Delete all this")
    await house.approve(world, ref, "lotte")
    await house.card(world, ref, "· 1 of 2")
    await house.approve(world, ref, "mina")
    await house.reaches(world, Right.ERASURE, Status.SCHEDULED)
    link = moves.link_in(await moves.mail(world, BRAM.email, "Was this you?"), "stop")
    return bram, ref, link


def bram_is_here(world):
    return moves.platform(world, "SELECT first_name FROM accounts WHERE id = 102") == [{"first_name": "Bram"}]


async def test_opening_the_stop_link_changes_nothing_and_pressing_it_holds_the_deletion(world, visit):
    bram, ref, link = await erasure_waiting(world, visit)
    asked = await moves.get(link)
    assert "Stop the deletion?" in asked.text
    assert "Bram" not in asked.text
    await house.settled(world)
    assert Flag.STOPPED not in (await moves.by_ref(world, ref)).flags

    assert "on hold" in (await moves.post(link)).text
    await moves.post(link)
    await bram.hears("Stopped. Nothing of", ref)
    await moves.mail(world, BRAM.email, "the deletion is stopped")
    await house.card(world, ref, "on hold")
    due = (await moves.by_ref(world, ref)).received_at
    world.clock.advance(timedelta(days=2))
    await house.settled(world)
    held = await moves.by_ref(world, ref)
    assert held.is_open
    assert held.received_at == due, "the clock runs on"
    assert bram_is_here(world)


async def test_a_stopped_deletion_goes_on_only_after_a_colleague_has_looked(world, visit):
    bram, ref, link = await erasure_waiting(world, visit)
    await moves.post(link)
    await flagged(world, Right.ERASURE, Flag.STOPPED)
    world.clock.advance(timedelta(days=2))
    await lift(world, ref, "stopped")
    await bram.hears("A colleague has looked into it", ref)
    ticket = await flagged(world, Right.ERASURE, Flag.STOPPED, wanted=False)
    assert ticket.is_open
    assert bram_is_here(world), "what was approved before the stop is looked at anew"


async def test_a_made_up_stop_link_is_a_link_that_has_ended(world):
    for kind in ("stop", "undo", "copy", "check"):
        page = await moves.get(f"{world.url}/{kind}/{'A' * 43}")
        assert page.status == 404
        assert "This link has ended" in page.text


# ---- the undo link


async def test_undo_takes_a_suppression_back_by_its_button_only(world, visit):
    stranger = await visit()
    await stranger.say("stop using my data for marketing")
    await stranger.hears("Which e-mail address")
    await stranger.say(LOTTE.email)
    link = moves.link_in(await moves.mail(world, LOTTE.email, "No more marketing"), "undo")
    count = "SELECT count(*) AS n FROM privacy_desk_suppressions"
    assert "Receive mail again?" in (await moves.get(link)).text
    assert moves.platform(world, count) == [{"n": 1}]
    assert "Undone" in (await moves.post(link)).text
    assert moves.platform(world, count) == [{"n": 0}]


async def test_a_suppression_is_confirmed_alike_for_an_address_nobody_knows_and_only_so_often(world, visit):
    seen = []
    for address in (LOTTE.email, "nobody.known@example.org"):
        stranger = await visit()
        await stranger.say(f"please stop all marketing to {address}")
        await stranger.hears("Done: from this moment")
        letter = await moves.mail(world, address, "No more marketing")
        seen.append((stranger.said().count("\n"), letter.subject, len(letter.text.splitlines())))
    assert seen[0] == seen[1]
    for _ in range(9):
        stranger = await visit()
        await stranger.say(f"please stop all marketing to {LOTTE.email}")
        await stranger.hears("Done: from this moment")
    await house.settled(world)
    assert len(moves.letters(world, LOTTE.email, "No more marketing")) <= 6


# ---- what nobody can read, and people who want a person


async def test_an_unclear_message_unanswered_for_a_day_is_a_ticket_with_the_first_clock(world, visit):
    stranger = await visit()
    await stranger.say("my data is a thing that I want you to do something about")
    await stranger.hears("Which of these do you mean?")
    began = world.clock()
    world.clock.advance(timedelta(hours=23))
    assert await moves.every_ticket(world) == ()
    world.clock.advance(timedelta(hours=1, minutes=1))
    ref = moves.refs_in(await stranger.hears("didn't want to guess"))[0]
    ticket = await moves.by_ref(world, ref)
    assert ticket.right is Right.UNCLEAR
    assert abs(ticket.received_at - began) < timedelta(minutes=1)
    await house.card(world, ref, "Unclear")


async def test_an_unclear_message_that_is_answered_becomes_what_was_meant_with_the_first_clock(world, visit):
    stranger = await visit()
    await stranger.say("my data is a thing that I want you to do something about")
    await stranger.hears("Which of these do you mean?")
    began = world.clock()
    world.clock.advance(timedelta(hours=20))
    await stranger.press("Put my data on hold")
    await stranger.hears("I've filed it")
    (ticket,) = await moves.every_ticket(world)
    assert ticket.right is Right.RESTRICTION
    assert abs(ticket.received_at - began) < timedelta(minutes=1)
    world.clock.advance(timedelta(hours=20))
    await house.settled(world)
    assert len(await moves.every_ticket(world)) == 1


async def test_a_colleague_answers_in_the_same_chat_and_a_mail_says_there_is_news(world, visit):
    anna = await visit(ANNA)
    await anna.say("can I speak to a person please")
    ref = moves.refs_in(await anna.hears("I've handed this to a colleague", "weekdays from 9:00 to 17:00"))[0]
    await anna.say("my neighbour opened my post")
    card = await house.card(world, ref)
    async with moves.on_staff_page(house.staff(world, "mina"), card) as page:
        assert "my neighbour opened my post" in page.text
        await page.reply("Thank you. Which day was it, **and** <b>who</b>?")
    said = await anna.hears("mina, from Seleqt, writes", "Which day was it")
    assert "<b>who</b>" in said
    assert anna.lines[-1]["who"] == "staff"
    news = await moves.mail(world, ANNA.email, "news")
    assert "Which day" not in news.text, "values never go by mail"
    await anna.say("it was on Tuesday")
    await house.thread(world, ref, "answer")
