"""The desk is stopped in every state of a request and started again on the same data: it goes on where it was.

Promise: the chat is replayed without a gap or a repeat, cards stay where they are, and what became due while nobody was
there is done at the start. Limits: a stop is a clean one here; kills are in test_crash.py.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from bot.core.model import Right, Status
from bot.demo.clock import TravelClock
from bot.demo.platform.seeds import ANNA, BRAM, CARLA, DemoPerson
from bot.demo.slack import Switches
from bot.demo.world import World
from tests.walks.crash_child import LEASES_END
from tests.walks.house import approve, at_work, card, cards, one, reaches, see_plan, settled, staff, ticket_of, until
from tests.walks.moves import code_for, get, mail
from tests.walks.test_outages import without_platform
from tests.walks.visitor import Visitor


class House:
    """One data folder and one address, in which the desk lives several lives."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir, self.port = data_dir, 0
        self.visitor = Visitor(url="")

    @asynccontextmanager
    async def life(self, person: DemoPerson | None = None) -> AsyncIterator[World]:
        """The desk from a start to a stop, with the same person in the same chat on the same device."""
        async with at_work(self.data_dir, port=self.port) as world:
            self.port = world.app.settings.port
            world.clock.advance(LEASES_END)  # what was under way at the stop is left to its lease
            self.visitor.url = world.url
            self.visitor.token = world.platform.token(person) if person else None
            await self.visitor.come()
            try:
                yield world
            finally:
                await self.visitor.leave()

    def nights_pass(self, by: timedelta) -> None:
        """Time passes while the desk is away."""
        TravelClock(self.data_dir / "clock.json").advance(by)

    def chat_is_whole(self) -> None:
        """Every line once and none missing: the numbers have no gap."""
        numbers = [line["seq"] for line in self.visitor.lines]
        assert sorted(numbers) == list(range(1, len(numbers) + 1))


async def test_a_code_sent_before_a_restart_is_good_after_it(tmp_path: Path) -> None:
    house = House(tmp_path)
    async with house.life() as world:
        await house.visitor.say("I want to see everything you have on me")
        await house.visitor.hears("type an e-mail address")
    async with house.life() as world:
        code = await code_for(world, house.visitor, CARLA.email)
        await house.visitor.hears("I've sent a code")
    async with house.life() as world:
        await house.visitor.say(code)
        await house.visitor.hears("the check is done")
        ticket = await reaches(world, Right.ACCESS, Status.REVIEW)
        assert ticket.identity is not None
        await settled(world)
    house.chat_is_whole()


async def test_a_search_that_waits_for_its_source_goes_on_after_a_restart(tmp_path: Path) -> None:
    house = House(tmp_path)
    async with house.life(ANNA) as world, without_platform(world):
        await house.visitor.say("I want to see everything you have on me")
        ticket = await reaches(world, Right.ACCESS, Status.LOCATING)
        await until(world, lambda tx: tx.work.ticket(ticket.id).failures)
    house.nights_pass(timedelta(minutes=10))
    async with house.life(ANNA) as world:
        await reaches(world, Right.ACCESS, Status.REVIEW)
        await house.visitor.hears("This is what we found")
    house.chat_is_whole()


async def test_a_card_from_before_a_restart_takes_presses_after_it(tmp_path: Path) -> None:
    house = House(tmp_path)
    async with house.life(ANNA) as world:
        await house.visitor.say("I want to see everything you have on me")
        ticket = await reaches(world, Right.ACCESS, Status.REVIEW)
        shown = await card(world, ticket.ref, "'approve'")
        await settled(world)
    async with house.life(ANNA) as world:
        await see_plan(world, ticket.ref, "lotte")
        await staff(world, "lotte").click(shown, "approve")
        await house.visitor.hears("is ready")
        await card(world, ticket.ref, "Copy released")
        assert [one.ts for one in cards(world)] == [shown.ts]
    house.chat_is_whole()


async def test_an_erasure_outlives_a_restart_in_every_state(tmp_path: Path) -> None:
    house = House(tmp_path)
    async with house.life(BRAM) as world:
        await house.visitor.say("Please delete all my data")
        await house.visitor.hears("Please look at this")
        ref = (await reaches(world, Right.ERASURE, Status.REVIEW)).ref
    async with house.life(BRAM) as world:
        await house.visitor.press("Delete all this")
        await house.visitor.hears("Nothing is deleted before")
    async with house.life(BRAM) as world:
        await approve(world, ref, "lotte")
        await card(world, ref, "· 1 of 2")
    async with house.life(BRAM) as world:
        await staff(world, "lotte").click(await card(world, ref, "· 1 of 2"), "approve")
        await approve(world, ref, "mina")
        ticket = await reaches(world, Right.ERASURE, Status.SCHEDULED)
        assert len(ticket.approvals) == 2
        await settled(world)
    house.nights_pass(timedelta(hours=25))
    async with house.life(BRAM) as world:
        await house.visitor.hears("is closed")
        await mail(world, BRAM.email, "your data is deleted")
        await settled(world)
        assert one(world.platform_database, "SELECT count(*) FROM logins WHERE account_id = 102") == 0
        subjects = [letter.subject for letter in world.mailbox.letters(BRAM.email)]
        assert len(subjects) == len(set(subjects))
    house.chat_is_whole()


async def test_work_that_stands_still_is_finished_by_the_next_life(tmp_path: Path) -> None:
    house = House(tmp_path)
    async with house.life(ANNA) as world:
        await house.visitor.say("I want to see everything you have on me")
        ticket = await reaches(world, Right.ACCESS, Status.REVIEW)
        await settled(world)
        async with without_platform(world):
            await approve(world, ticket.ref, "lotte")
            await until(world, lambda tx: tx.work.ticket(ticket.id).failures)
        assert (await ticket_of(world, Right.ACCESS)).status is Status.WORKING
    house.nights_pass(timedelta(hours=1))
    async with house.life(ANNA) as world:
        await house.visitor.hears("is ready")
        assert (await reaches(world, Right.ACCESS, Status.DONE)).copy is not None
    house.chat_is_whole()


async def test_a_copy_is_fetched_after_a_restart(tmp_path: Path) -> None:
    house = House(tmp_path)
    async with house.life(ANNA) as world:
        await house.visitor.say("I want to see everything you have on me")
        ticket = await reaches(world, Right.ACCESS, Status.REVIEW)
        await approve(world, ticket.ref, "lotte")
        await house.visitor.hears("is ready")
        await settled(world)
    async with house.life(ANNA) as world:
        await house.visitor.press("Open my copy")
        await house.visitor.until(lambda: house.visitor.opened)
        page = await get(house.visitor.opened[-1])
        assert page.status == 200
        assert ticket.ref in page.text
    house.chat_is_whole()


async def test_what_slack_and_mail_did_not_take_goes_out_after_a_restart(tmp_path: Path) -> None:
    house = House(tmp_path)
    async with house.life(ANNA) as world:
        world.mailbox.switch(down=True, refused=set())
        world.slack.switches = Switches(ratelimited=10_000)
        await house.visitor.say("I want to see everything you have on me")
        ticket = await reaches(world, Right.ACCESS, Status.REVIEW)
        await until(
            world, lambda tx: {"mail_down", "slack_busy"} <= {one.error for one in tx.work.open_steps(ticket.id)}
        )
        assert world.mailbox.letters() == []
        assert world.slack.messages == {}
    house.nights_pass(timedelta(hours=1))
    async with house.life(ANNA) as world:
        await mail(world, ANNA.email, "we have your request")
        await card(world, ticket.ref, "'approve'")
        await settled(world)
        assert len(world.mailbox.letters()) == 1
        assert len(cards(world)) == 1
