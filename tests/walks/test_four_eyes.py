"""Approvals: how many, by whom, and that a race, a double click or a repeated delivery counts once.

Promise: what counts is in the database and the act's receipt; a press is the signed request that Slack would send.
Limits: other decisions are in test_staff.py.
"""

import asyncio
from datetime import timedelta

from bot.core.model import Right, Status
from bot.demo.platform.seeds import ANNA, BRAM
from bot.demo.slack import Switches
from bot.demo.world import World
from tests.walks.house import (
    approve,
    card,
    one,
    reaches,
    rows,
    see_plan,
    settled,
    staff,
    thread,
    ticket_of,
    told,
    until,
)
from tests.walks.moves import Visit
from tests.walks.visitor import PATIENCE


async def _asks_access(world: World, visit: Visit) -> str:
    anna = await visit(ANNA)
    await anna.say("I want to see everything you have on me")
    return (await reaches(world, Right.ACCESS, Status.REVIEW)).ref


async def _asks_erasure(world: World, visit: Visit) -> str:
    bram = await visit(BRAM)
    await bram.say("Please delete all my data")
    await bram.press("Delete all this")
    await bram.hears("Nothing is deleted before")
    return (await reaches(world, Right.ERASURE, Status.REVIEW)).ref


async def test_an_erasure_needs_two_different_colleagues(world: World, visit: Visit) -> None:
    ref = await _asks_erasure(world, visit)
    await approve(world, ref, "lotte")
    shown = await card(world, ref, "· 1 of 2", "U0LOTTE")
    lotte = staff(world, "lotte")
    await told(lotte, "One more colleague is needed", "U0JORIS")
    await lotte.click(shown, "approve")
    await told(lotte, "You already approved")
    still = await ticket_of(world, Right.ERASURE)
    assert (still.status, len(still.approvals)) == (Status.REVIEW, 1)

    await approve(world, ref, "mina")
    approved = await reaches(world, Right.ERASURE, Status.SCHEDULED)
    assert [approval.by for approval in approved.approvals] == ["T0SELEQT:U0LOTTE", "T0SELEQT:U0MINA"]
    await thread(world, ref, "U0MINA", "approved plan", "(2/2)")
    await card(world, ref, "U0LOTTE", "U0MINA", "waiting time runs")


async def test_nothing_runs_on_two_approvals_before_the_person_has_said_yes(world: World, visit: Visit) -> None:
    bram = await visit(BRAM)
    await bram.say("Please delete all my data")
    ref = (await reaches(world, Right.ERASURE, Status.REVIEW)).ref
    await approve(world, ref, "lotte")
    await card(world, ref, "· 1 of 2")
    await approve(world, ref, "joris")
    await until(world, lambda tx: len(tx.work.ticket_by_ref(ref).approvals) == 2)
    assert (await ticket_of(world, Right.ERASURE)).status is Status.REVIEW
    await bram.press("Delete all this")
    await reaches(world, Right.ERASURE, Status.SCHEDULED)


async def test_two_colleagues_who_press_at_once_make_one_release(world: World, visit: Visit) -> None:
    ref = await _asks_access(world, visit)
    shown = await card(world, ref, "'approve'")
    lotte, mina = staff(world, "lotte"), staff(world, "mina")
    for who in ("lotte", "mina"):
        await see_plan(world, ref, who)
    await asyncio.gather(lotte.click(shown, "approve"), mina.click(shown, "approve"))
    done = await reaches(world, Right.ACCESS, Status.DONE)
    assert len(done.approvals) == 1
    loser = mina if done.approvals[0].by.endswith("LOTTE") else lotte
    await told(loser, "Already decided")
    await settled(world)
    assert one(world.app.settings.database, "SELECT count(*) FROM steps WHERE kind = 'act'") == 1
    assert len([letter for letter in world.mailbox.letters(ANNA.email) if "is ready" in letter.subject]) == 1


async def test_two_colleagues_who_press_at_once_on_an_erasure_both_count(world: World, visit: Visit) -> None:
    ref = await _asks_erasure(world, visit)
    shown = await card(world, ref, "'approve'")
    for who in ("lotte", "mina"):
        await see_plan(world, ref, who)
    await asyncio.gather(staff(world, "lotte").click(shown, "approve"), staff(world, "mina").click(shown, "approve"))
    await reaches(world, Right.ERASURE, Status.SCHEDULED)
    await card(world, ref, "U0LOTTE", "U0MINA")


async def test_a_double_click_and_a_repeated_delivery_count_once(world: World, visit: Visit) -> None:
    ref = await _asks_erasure(world, visit)
    shown = await card(world, ref, "'approve'")
    lotte = staff(world, "lotte")
    await see_plan(world, ref, "lotte")
    world.slack.switches = Switches(retry=2)
    await asyncio.gather(lotte.click(shown, "approve"), lotte.click(shown, "approve"))
    await until(world, lambda tx: tx.work.ticket_by_ref(ref).approvals)
    world.slack.switches = Switches()
    await settled(world)
    ticket = await ticket_of(world, Right.ERASURE)
    assert (ticket.status, len(ticket.approvals)) == (Status.REVIEW, 1)
    approvals = rows(world.app.settings.database, "SELECT * FROM log WHERE what = 'approved'")
    assert len(approvals) == 1


async def test_the_home_lists_what_waits_for_me_late_ones_first(world: World, visit: Visit) -> None:
    first = await _asks_access(world, visit)
    world.clock.advance(timedelta(days=20))
    second = await _asks_erasure(world, visit)
    world.clock.advance(timedelta(days=14))
    await approve(world, second, "lotte")
    await card(world, second, "· 1 of 2")
    assert await _home(world, "lotte", "Waiting for me 1")
    shown = await _home(world, "mina", "Waiting for me 2", "you're the last one needed")
    assert 0 < shown.index("LATE") < shown.index(first) < shown.index(second)
    assert "2 open · 1 late" in shown
    for private in (ANNA.email, BRAM.email, "Anna", "Keizersgracht"):
        assert private not in shown


async def _home(world: World, who: str, *words: str) -> str:
    """Open a colleague's Home, wait until it holds these words, and return it."""
    member = staff(world, who)
    await member.open_home()
    shown: str = await world.slack.until(
        lambda: member.home and all(word in str(member.home.blocks) for word in words) and str(member.home.blocks),
        within=PATIENCE,
    )
    return shown
