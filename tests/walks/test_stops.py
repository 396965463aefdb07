"""The stop link in a mail: too late, and again approved after somebody has looked."""

from datetime import timedelta

from bot.core.model import Flag, Right, Status
from bot.demo.platform.seeds import BRAM
from tests.walks import house, moves

MINE = "SELECT first_name FROM accounts WHERE id = 102"


async def erasure_approved(world, visit):
    """An approved erasure whose waiting time runs: its label and its stop link."""
    bram = await visit(BRAM)
    await bram.say("Delete all my data")
    ref = moves.refs_in(await bram.hears("This goes"))[0]
    await bram.press("Delete all this")
    await both_approve(world, ref)
    return ref, moves.link_in(await moves.mail(world, BRAM.email, "Was this you?"), "stop")


async def both_approve(world, ref):
    await house.approve(world, ref, "lotte")
    await house.card(world, ref, "· 1 of 2")
    await house.approve(world, ref, "mina")
    await house.reaches(world, Right.ERASURE, Status.SCHEDULED)


async def test_a_stop_that_comes_too_late_says_so_and_raises_the_alarm(world, visit):
    ref, link = await erasure_approved(world, visit)
    world.clock.advance(timedelta(hours=25))
    await house.reaches(world, Right.ERASURE, Status.DONE)
    page = (await moves.post(link)).text
    assert "It was already carried out" in page
    assert "on hold" not in page
    ticket = await moves.by_ref(world, ref)
    assert Flag.ALARM in ticket.flags
    assert ticket.breach_due is not None


async def test_a_stop_of_what_was_taken_back_says_that_it_is_closed(world, visit):
    _, link = await erasure_approved(world, visit)
    bram = await visit(BRAM)
    await bram.say("cancel my request")
    await house.reaches(world, Right.ERASURE, Status.WITHDRAWN)
    assert "This request is already closed" in (await moves.post(link)).text


async def test_what_was_stopped_is_done_after_new_approvals_and_another_day(world, visit):
    ref, link = await erasure_approved(world, visit)
    assert "on hold" in (await moves.post(link)).text
    world.clock.advance(timedelta(days=2))
    colleague = house.staff(world, "mina")
    await colleague.click(await house.card(world, ref, "lift the hold"), "lift")
    await house.window(colleague, "Before it goes on")
    await colleague.submit({"looked": ["stopped"]})
    await house.reaches(world, Right.ERASURE, Status.REVIEW)
    await both_approve(world, ref)
    assert moves.platform(world, MINE) == [{"first_name": "Bram"}]
    world.clock.advance(timedelta(hours=25))
    await house.reaches(world, Right.ERASURE, Status.DONE)
    assert moves.platform(world, MINE) != [{"first_name": "Bram"}]
