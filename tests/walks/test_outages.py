"""What is away comes back: the platform's database, the mail server, Slack. Nothing is lost and nothing false is said.

Promise: an outage is a real one (the file is gone, the server says 451, the API says 429). Limits: a kill of the desk
itself is in test_crash.py.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from bot.core.model import Flag, Right, Status
from bot.demo.platform.seeds import ANNA, BRAM
from bot.demo.world import World
from tests.walks.house import approve, card, cards, fingerprint, reaches, settled, staff, thread, ticket_of, until
from tests.walks.moves import Visit, mail
from tests.walks.visitor import PATIENCE


@asynccontextmanager
async def without_platform(world: World) -> AsyncIterator[None]:
    """The platform's database is not there; what the desk had open is closed, as when its host goes away."""
    away = world.platform_database.with_suffix(".away")
    for source in world.app.sources:
        await source.close()
    world.platform_database.rename(away)
    try:
        yield
    finally:
        away.rename(world.platform_database)


async def test_a_source_that_is_down_lets_the_ticket_wait_and_tells_staff_why(world: World, visit: Visit) -> None:
    anna = await visit(ANNA)
    async with without_platform(world):
        await anna.say("I want to see everything you have on me")
        await anna.hears("I've filed it")
        ticket = await reaches(world, Right.ACCESS, Status.LOCATING)
        await until(world, lambda tx: tx.work.ticket(ticket.id).failures)
        for _ in range(3):
            world.clock.advance(timedelta(minutes=2))
            await settled(world)
        await card(world, ticket.ref, "didn't answer", "retry")
        await thread(world, ticket.ref, "A system has failed three times")
        waiting = await ticket_of(world, Right.ACCESS)
        assert waiting.status is Status.LOCATING
        assert waiting.plan is None
        assert Flag.UNREACHABLE in waiting.flags
        for false in ("found", "no data", "searched", "nothing"):
            assert not any(false in line["text"].casefold() for line in anna.lines[2:] if line["who"] == "desk"), false
    lotte = staff(world, "lotte")
    await lotte.click(await card(world, ticket.ref), "retry")
    await anna.hears("This is what we found")
    back = await reaches(world, Right.ACCESS, Status.REVIEW)
    assert (back.failures, Flag.UNREACHABLE in back.flags) == ((), False)


async def test_a_source_that_is_down_at_the_act_is_tried_again_by_itself(world: World, visit: Visit) -> None:
    anna = await visit(ANNA)
    await anna.say("I want to see everything you have on me")
    ticket = await reaches(world, Right.ACCESS, Status.REVIEW)
    await settled(world)
    async with without_platform(world):
        await approve(world, ticket.ref, "lotte")
        await until(world, lambda tx: tx.work.ticket(ticket.id).failures)
        assert (await ticket_of(world, Right.ACCESS)).status is Status.WORKING
        assert not any("is ready" in line["text"] for line in anna.lines)
    world.clock.advance(timedelta(hours=1))
    await anna.hears("is ready")
    done = await reaches(world, Right.ACCESS, Status.DONE)
    assert len(done.approvals) == 1


async def test_a_decided_erasure_outlasts_an_outage_of_the_source(world: World, visit: Visit) -> None:
    bram = await visit(BRAM)
    await bram.say("Please delete all my data")
    await bram.press("Delete all this")
    ticket = await reaches(world, Right.ERASURE, Status.REVIEW)
    await approve(world, ticket.ref, "lotte")
    await card(world, ticket.ref, "· 1 of 2")
    await approve(world, ticket.ref, "mina")
    await reaches(world, Right.ERASURE, Status.SCHEDULED)
    await settled(world)
    before = fingerprint(world)
    async with without_platform(world):
        world.clock.advance(timedelta(hours=25))
        await until(world, lambda tx: tx.work.ticket(ticket.id).failures)
    assert fingerprint(world) == before
    assert not any("is closed" in line["text"] for line in bram.lines)
    world.clock.advance(timedelta(hours=1))
    await bram.hears("is closed")


async def test_mails_wait_for_the_mail_server_and_then_go_out_once(world: World, visit: Visit) -> None:
    world.mailbox.switch(down=True, refused=set())
    anna = await visit(ANNA)
    await anna.say("I want to see everything you have on me")
    ticket = await reaches(world, Right.ACCESS, Status.REVIEW)
    await approve(world, ticket.ref, "lotte")
    await anna.hears("is ready")
    await until(world, lambda tx: any(one.error == "mail_down" for one in tx.work.open_steps(ticket.id)))
    assert world.mailbox.letters() == []
    world.mailbox.switch(down=False, refused=set())
    world.clock.advance(timedelta(hours=1))
    await mail(world, ANNA.email, "your copy is ready")
    await settled(world)
    subjects = [letter.subject for letter in world.mailbox.letters()]
    assert len(subjects) == len(set(subjects)) == 2


async def test_a_refused_address_holds_up_nothing_but_its_own_mail(world: World, visit: Visit) -> None:
    world.mailbox.switch(down=False, refused={ANNA.email})
    anna = await visit(ANNA)
    await anna.say("I want to see everything you have on me")
    ticket = await reaches(world, Right.ACCESS, Status.REVIEW)
    await approve(world, ticket.ref, "lotte")
    await anna.hears("is ready")
    assert world.mailbox.letters() == []


async def test_slack_that_asks_to_wait_gets_every_card_and_line_once(world: World, visit: Visit) -> None:
    world.slack.switches = replace(world.slack.switches, ratelimited=5)
    anna = await visit(ANNA)
    await anna.say("I want to see everything you have on me")
    ticket = await reaches(world, Right.ACCESS, Status.REVIEW)
    shown = await card(world, ticket.ref, "'approve'")
    await thread(world, ticket.ref, "Ready for a decision")
    world.clock.advance(timedelta(minutes=1))
    await settled(world)
    lines = [one.text for one in staff(world, "lotte").thread(shown.ts)]
    assert len(lines) == len(set(lines))
    assert lines[0].startswith("*") or "Received" in lines[0]
    assert len(cards(world)) == 1
    await approve(world, ticket.ref, "lotte")
    await anna.hears("is ready")

    def mine() -> list[str]:
        return [one.text for one in staff(world, "lotte").cards() if ticket.ref in one.text]

    await world.slack.until(lambda: mine() and "done" in mine()[-1], within=PATIENCE)
