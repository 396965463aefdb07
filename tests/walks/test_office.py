"""The staff's own day: a letter filed, a hold explained, the morning's digest, quiet hours, refused mail.

Promise: everything goes in by Slack and the staff page as hands do it, and is looked at where it arrives. Limits: the
lists of the Home and the command's verbs are in tests/handlers.
"""

import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp

from bot.core.clock import legal_dates
from bot.core.deadlines import local_date
from bot.core.events import Alarmed
from bot.core.model import Door, Flag, Right, Status, Task
from bot.demo.platform.seeds import ANNA, BRAM
from bot.demo.slack import StaffMember
from bot.demo.world import World
from bot.texts import long_date
from tests.walks.house import (
    approve,
    at_work,
    card,
    reaches,
    rows,
    settled,
    staff,
    staff_page,
    thread,
    ticket_of,
    until,
    window,
)
from tests.walks.moves import CODE_MAIL, Visit, code_in, link_in, mail
from tests.walks.visitor import PATIENCE

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


async def _typed(member: StaffMember, *fields: tuple[str, str]) -> str:
    """Enter the staff page by the window's link, type the address and words, and return the page that follows."""
    assert member.modal is not None
    link = next(item["url"] for block in member.modal.blocks for item in block.get("elements", ()) if "url" in item)
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as browser, browser.post(link, data={}) as answer:
        page, url = await answer.text(), str(answer.url)
        found = re.search(r'/contact">\s*<input type="hidden" name="form" value="([^"]+)"', page)
        assert found, page
        for address, words in fields:
            posted = {"form": found[1], "address": address, "words": words}
            async with browser.post(f"{url}/contact", data=posted) as after:
                page = await after.text()
    return page


async def _file(world: World, member: StaffMember, right: str, door: str) -> None:
    """A colleague files a request received yesterday at nine, by the command's window."""
    await member.command("/privacy", "new")
    await window(member, "How it came")
    day = (world.clock() - timedelta(days=1)).astimezone(AMSTERDAM).date().isoformat()
    await member.submit({"right": right, "door": door, "day": day, "time": "09:00", "lang": "en"})
    await window(member, "is filed")


async def test_a_letter_is_filed_in_slack_and_its_address_typed_on_the_staff_page(world: World) -> None:
    lotte = staff(world, "lotte")
    await _file(world, lotte, "access", "post")
    ticket = await ticket_of(world, Right.ACCESS)
    assert (ticket.door, ticket.status, ticket.tasks) == (Door.POST, Status.VERIFYING, {Task.CONTACT})
    received = ticket.received_at.astimezone(AMSTERDAM)
    assert (received.hour, received.date()) == (9, (world.clock() - timedelta(days=1)).astimezone(AMSTERDAM).date())
    assert legal_dates(ticket).received_local_date == received.date()

    page = await _typed(lotte, ("no address", "x"), (ANNA.email, "Ik wil graag een kopie van alles."))
    assert "Ik wil graag een kopie van alles." in page
    letter = await mail(world, ANNA.email, CODE_MAIL)
    assert code_in(letter)
    assert link_in(letter, "check")
    now = await ticket_of(world, Right.ACCESS)
    assert now.tasks == frozenset()
    assert [fact.type for fact in now.clock] == ["identity_asked"]
    await thread(world, ticket.ref, "U0LOTTE", "typed the address")
    everything = str([(one.text, one.blocks) for one in world.slack.messages.values()])
    assert ANNA.email not in everything
    assert "kopie van alles" not in everything


async def test_what_came_by_phone_and_needs_no_proof_is_acknowledged_and_answered_by_mail(world: World) -> None:
    lotte = staff(world, "lotte")
    await _file(world, lotte, "unclear", "phone")
    await _typed(lotte, (BRAM.email, "Something about his data, he will write again."))
    said = await mail(world, BRAM.email, "a colleague reads your message")
    ticket = await ticket_of(world, Right.UNCLEAR)
    assert ticket.ref in said.subject
    assert long_date(legal_dates(ticket).desk_due, "en") in " ".join(said.text.split())
    await lotte.click(await card(world, ticket.ref), "settle")
    await window(lotte, "What we did")
    await lotte.submit({"words": "You asked how long we keep invoices: seven years, because tax law asks it."})
    await reaches(world, Right.UNCLEAR, Status.DONE)
    answer = await mail(world, BRAM.email, "From Seleqt's privacy desk")
    words = " ".join(answer.text.split())
    assert ticket.ref in words
    assert "seven years, because tax law asks it" in words
    assert "**" not in words


async def test_a_question_of_staff_reaches_somebody_who_came_by_post(world: World) -> None:
    lotte = staff(world, "lotte")
    await _file(world, lotte, "testimonial_removal", "post")
    await _typed(lotte, ("nina@example.org", "Take me off your list."))
    said = await mail(world, "nina@example.org", "we have your request")
    words = " ".join(said.text.split())
    assert "needn't check who you are" in words
    assert "know it's you" not in words
    ticket = await ticket_of(world, Right.TESTIMONIAL_REMOVAL)
    await lotte.click(await card(world, ticket.ref), "ask")
    await window(lotte, "Your question")
    await lotte.submit({"words": "Under which name do you stand there?"})
    asked = await mail(world, "nina@example.org", "From Seleqt's privacy desk")
    words = " ".join(asked.text.split())
    assert "Under which name do you stand there?" in words
    assert "Just answer this mail" in words
    assert asked.answer_to.startswith("info+")


async def test_what_is_refused_for_good_is_tried_once_and_shown_to_staff(world: World, visit: Visit) -> None:
    anna = await visit(ANNA)
    await anna.say("I want to see everything you have on me")
    ticket = await reaches(world, Right.ACCESS, Status.REVIEW)
    await settled(world)
    world.mailbox.refused.add(ANNA.email)
    await approve(world, ticket.ref, "lotte")
    await anna.hears("is ready")
    await until(world, lambda tx: Flag.UNDELIVERED in tx.work.ticket(ticket.id).flags)
    await card(world, ticket.ref, "reach them another way")
    await thread(world, ticket.ref, "Mail to the person is refused for good")
    await settled(world)
    database = world.app.settings.database
    assert rows(database, "SELECT tries FROM steps WHERE kind = 'mail' AND state = 'todo'") == []
    assert rows(database, "SELECT count(*) FROM log WHERE what = 'undelivered'") == [(1,)]


async def test_a_code_that_a_stranger_sent_nowhere_calls_nobody(world: World, visit: Visit) -> None:
    world.mailbox.refused.add("nobody@nowhere.example")
    stranger = await visit()
    await stranger.say("I want a copy of my data")
    await stranger.say("nobody@nowhere.example")
    await until(world, lambda tx: tx.work.step_counts().get(("code", "done")))
    await settled(world)
    assert (await ticket_of(world, Right.ACCESS)).flags == frozenset()
    assert staff(world, "lotte").cards() == []


async def test_a_contact_that_takes_no_mail_keeps_the_stop_notice_from_no_other(world: World, visit: Visit) -> None:
    bram = await visit(BRAM)
    world.mailbox.refused.add(BRAM.email)
    await bram.say("Please delete all my data")
    await reaches(world, Right.ERASURE, Status.REVIEW)
    await until(world, lambda tx: tx.work.step_counts().get(("notify", "done")))


async def test_a_hold_says_why_on_the_staff_page_alone_and_a_stop_outlives_it(world: World, visit: Visit) -> None:
    anna = await visit(ANNA)
    await anna.say("I want to see everything you have on me")
    ticket = await reaches(world, Right.ACCESS, Status.REVIEW)
    mina = staff(world, "mina")
    await mina.click(await card(world, ticket.ref), "Legal hold…")
    await window(mina, "Put it on hold")
    await mina.submit({"why": "The court in case 26/441 asks us to keep all of it."})
    await card(world, ticket.ref, "on hold: legal hold")
    assert "case 26/441" in await staff_page(mina, await card(world, ticket.ref))
    assert "26/441" not in str([(one.text, one.blocks) for one in world.slack.messages.values()])
    log = rows(world.app.settings.database, "SELECT facts FROM log WHERE what = 'hold_set'")
    assert "26/441" not in str(log)
    assert "note" in str(log)


# ---- the morning, the night


async def _to_local(world: World, hour: int, minute: int = 0, *, weekday: int = 0) -> None:
    """Let time pass until it is this hour of the next such weekday (Monday is 0), at least a day away."""
    local = world.clock().astimezone(AMSTERDAM)
    day = local.date() + timedelta(days=1)
    while day.weekday() != weekday:
        day += timedelta(days=1)
    wanted = local.replace(year=day.year, month=day.month, day=day.day, hour=hour, minute=minute, second=0)
    world.clock.advance(wanted - local)


def _is_done(tx: Any, key: str) -> bool:
    query = "SELECT count(*) FROM steps WHERE key = ? AND state = 'done'"
    return bool(tx.link.exec_driver_sql(query, (key,)).scalar())


async def test_the_digest_is_posted_once_on_a_working_day_and_not_when_there_is_nothing(
    tmp_path, visit: Visit, world
) -> None:
    def digests() -> list[str]:
        return [one.text for one in staff(world, "lotte").cards() if one.text.startswith("Privacy desk:")]

    await _to_local(world, 9, 1, weekday=2)
    await until(world, lambda tx: _is_done(tx, f"digest:{local_date(world.clock())}"))  # not that of an earlier day
    assert digests() == []
    anna = await visit(ANNA)
    await anna.say("Please take my testimonial off your website")
    await reaches(world, Right.TESTIMONIAL_REMOVAL, Status.REVIEW)
    had = rows(world.app.settings.database, "SELECT count(*) FROM steps WHERE kind = 'digest'")[0][0]
    await _to_local(world, 9, 1, weekday=3)
    await world.slack.until(digests, within=PATIENCE)
    await settled(world)
    world.app.ring()
    await settled(world)
    assert len(digests()) == 1
    assert "1 open" in digests()[0]
    assert rows(world.app.settings.database, "SELECT count(*) FROM steps WHERE kind = 'digest'")[0][0] == had + 1


async def test_what_may_wait_is_said_in_the_morning_and_a_red_alert_at_night(world: World, visit: Visit) -> None:
    anna = await visit(ANNA)
    await anna.say("I want to see everything you have on me")
    ticket = await reaches(world, Right.ACCESS, Status.REVIEW)
    await settled(world)
    await _to_local(world, 22, weekday=5)  # a Saturday evening
    await anna.say("person")
    await until(world, lambda tx: [one for one in tx.work.open_steps(ticket.id) if one.kind == "nudge"])
    await world.app.desk.apply("alarm-1", ticket.id, Alarmed(by="person", kind="not_me"))
    await world.app.desk.apply("alarm-2", ticket.id, Alarmed(by="person", kind="not_me"))
    await thread(world, ticket.ref, "72 hours run")
    await settled(world)
    said = [one.text for one in world.slack.messages.values() if one.thread]
    assert len([text for text in said if "72 hours run" in text]) == 1, "two alarms within an hour are one alert"
    assert not any("*: The person answered." in text for text in said)
    await _to_local(world, 9, 1, weekday=0)
    await thread(world, ticket.ref, "*: The person answered.")


async def test_who_is_away_stands_on_the_cards(world: World, visit: Visit) -> None:
    anna = await visit(ANNA)
    await anna.say("I want to see everything you have on me")
    ticket = await reaches(world, Right.ACCESS, Status.REVIEW)
    await card(world, ticket.ref)
    day = (world.clock() + timedelta(days=7)).date().isoformat()
    await staff(world, "lotte").command("/privacy", f"away until {day}")
    await card(world, ticket.ref, "@lotte is away until", "@mina stands in")
    await staff(world, "lotte").command("/privacy", "away off")
    await world.slack.until(
        lambda: "is away" not in str([one.blocks for one in staff(world, "mina").cards()]), within=PATIENCE
    )


async def test_assignment_and_tasks_outlive_a_restart(tmp_path) -> None:
    async with at_work(tmp_path / "data") as world:
        lotte = staff(world, "lotte")
        await _file(world, lotte, "testimonial_removal", "phone")
        ticket = await ticket_of(world, Right.TESTIMONIAL_REMOVAL)
        await lotte.click(await card(world, ticket.ref), "Assign…")
        await window(lotte, "Who takes it")
        await lotte.submit({"to": "T0SELEQT:U0MINA"})
        await card(world, ticket.ref, "@mina has it")
        await settled(world)
    async with at_work(tmp_path / "data") as world:
        found = await ticket_of(world, Right.TESTIMONIAL_REMOVAL)
        assert (found.assignee, found.tasks) == ("T0SELEQT:U0MINA", {Task.CONTACT})
        mina = staff(world, "mina")
        await mina.open_home()
        await world.slack.until(lambda: mina.home and "yours" in str(mina.home.blocks), within=PATIENCE)
