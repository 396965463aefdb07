"""Many at once: what strangers can make the house say, and show, in an hour; and that nothing of it is lost."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.core.deadlines import local_date
from bot.core.model import Flag, Right, Status
from bot.demo.platform.seeds import ANNA
from bot.demo.world import World
from tests.walks import house, moves
from tests.walks.moves import CODE_MAIL, every_ticket, letters, mail, visits

WISH = "Delete my data"
UNSURE = "Delete my account. We also offer a quotation for coffee machines."
HOUSE = {"answers_per_hour": "3", "cards_per_hour": "2", "forged_per_hour": "1", "mail_authserv": "mx.seleqt.ai"}
FORGED = "Authentication-Results: mx.seleqt.ai; dmarc=fail header.from=example.org"


@pytest.fixture
async def world(tmp_path) -> AsyncIterator[World]:
    async with house.at_work(tmp_path / "data", **HOUSE) as running:
        yield running


def raw(number: int, text: str = WISH, *more: str) -> bytes:
    sender = f"eve{number}@example.org"
    lines = (*more, f"From: {sender}", "To: info@seleqt.ai", "Subject: x", f"Message-ID: <{number}@example.org>")
    return ("\r\n".join(lines) + f"\r\n\r\n{text}\r\n").encode()


def posts(world: World, words: str) -> list[str]:
    """What the staff's channel reads with these words."""
    return [one.text for one in world.slack.messages.values() if words in one.text]


def waiting(world: World) -> int:
    """How many answers wait."""
    return len(house.rows(world.app.settings.database, "SELECT id FROM steps WHERE error = 'flood' AND state = 'todo'"))


async def flooded(world: World, number: int, text: str = WISH, *more: str) -> list[str]:
    """So many mails of so many senders, within a few seconds."""
    return [await world.app.post_room.take(raw(one, text, *more), world.clock()) for one in range(number)]


def answers(world: World) -> int:
    return sum(len(letters(world, f"eve{one}@example.org", CODE_MAIL)) for one in range(9))


async def held(world: World, number: int) -> None:
    """Until so many answers wait."""
    await house.until(world, lambda _tx: waiting(world) == number)


# ---- answers


async def test_many_mails_of_many_senders_are_answered_so_often_in_an_hour_and_the_rest_wait(world):
    assert await flooded(world, 6) == ["ours"] * 6
    await held(world, 3)
    assert answers(world) == 3
    assert len(posts(world, "More mails than usual")) == 1, "staff hear of it once"
    today = {local_date(world.clock())}
    assert {local_date(one.received_at) for one in await every_ticket(world)} == today, "every clock runs"
    world.clock.advance(timedelta(hours=1))
    for number in range(6):
        await mail(world, f"eve{number}@example.org", CODE_MAIL)
    await house.settled(world)
    assert answers(world) == 6


async def test_a_code_whose_mail_waited_works_from_when_it_leaves(world):
    await flooded(world, 4)
    await held(world, 1)
    (late,) = [one for one in range(4) if not letters(world, f"eve{one}@example.org", CODE_MAIL)]
    world.clock.advance(timedelta(hours=1))
    letter = await mail(world, f"eve{late}@example.org", CODE_MAIL)
    page = moves.link_in(letter, "check")
    await moves.post(f"{page}/open", code=moves.code_in(letter))
    assert [one.identity is not None for one in await every_ticket(world)].count(True) == 1


async def test_a_flood_of_mails_keeps_nobody_in_a_chat_from_a_code(world):
    await flooded(world, 4)
    await held(world, 1)
    async with visits(world) as visit:
        visitor = await visit()
        await visitor.say("I want to see everything you have on me")
        await visitor.hears("One check before we look")
        await moves.prove(world, visitor, ANNA.email)
        await visitor.hears("Thank you")


async def test_somebody_who_is_signed_in_notices_nothing_of_a_flood(world):
    async with visits(world) as visit:
        for number in range(4):
            stranger = await visit()
            await stranger.say("I want to see everything you have on me")
            await stranger.hears("One check before we look")
            await stranger.say(f"bob{number}@example.org")
        await held(world, 1)
        await world.slack.until(lambda: len(posts(world, "More codes than usual")) == 1, within=house.PATIENCE)
        anna = await visit(ANNA)
        await anna.say("I want to see everything you have on me")
        await anna.hears("This is what we found")
        await mail(world, ANNA.email, "SEL-2026")


# ---- cards


async def test_many_unsure_mails_get_so_many_cards_in_an_hour_and_the_others_one_line(world):
    assert await flooded(world, 6, UNSURE) == ["unsure"] * 6
    await house.settled(world)
    unsure = await every_ticket(world)
    assert [one.status for one in unsure] == [Status.REVIEW] * 6, "each is filed, with its own clock"
    assert len(house.cards(world)) == 2
    assert len(posts(world, "Many mails at once")) == 1


async def test_a_mail_without_a_card_is_placed_from_the_home(world):
    await flooded(world, 3, UNSURE)
    await house.settled(world)
    (folded,) = [one for one in await every_ticket(world) if Flag.FOLDED in one.flags]
    lotte = house.staff(world, "lotte")
    await lotte.open_home()
    await world.slack.until(lambda: lotte.home and folded.ref in str(lotte.home.blocks), within=house.PATIENCE)
    await lotte.command("/privacy", f"not-ours {folded.ref}")
    await world.slack.until(lambda: lotte.ephemerals and folded.ref in str(lotte.ephemerals[-1].blocks), within=5)
    await lotte.click(lotte.ephemerals[-1].ts, "Not for us")
    await house.reaches(world, Right.UNCLEAR, Status.FORWARDED)
    await house.settled(world)
    assert len(house.cards(world)) == 2


async def test_mails_without_cards_are_reminded_of_by_one_word_a_day(world):
    await flooded(world, 6, UNSURE)
    await house.settled(world)
    world.clock.advance(timedelta(days=1, hours=1))
    await house.settled(world)
    said = posts(world, "Nobody has said yet whether this mail")
    assert len(said) == 3, "two for the cards, one for all the others"


# ---- senders that our own server calls forged


async def test_senders_that_our_server_calls_forged_are_heard_so_often_and_then_shown_to_staff(world):
    assert await flooded(world, 3, WISH, FORGED) == ["ours", "unsure", "unsure"]
    await house.settled(world)
    assert answers(world) == 1
    assert len(posts(world, "calls forged")) == 1
    rights = sorted(one.right for one in await every_ticket(world))
    assert rights == sorted([Right.ERASURE, Right.UNCLEAR, Right.UNCLEAR])
