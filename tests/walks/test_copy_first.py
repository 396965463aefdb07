"""A copy comes before the deletion of what it shows, whichever way the two were asked, and can be fetched after it."""

from datetime import timedelta

from bot.core.model import Right, Status
from bot.demo.platform.seeds import BRAM
from tests.walks import house, moves

DAY = timedelta(days=1)


async def approved_copy(world, bram):
    await bram.say("I want to see everything you have on me")
    ref = moves.refs_in(await bram.hears("This is what we found"))[0]
    await house.approve(world, ref, "lotte")
    await house.reaches(world, Right.ACCESS, Status.DONE)
    return ref


async def approved_erasure(world, bram):
    await bram.say("Delete all my data")
    ref = moves.refs_in(await bram.hears("This goes"))[0]
    await bram.press("Delete all this")
    await bram.hears("Nothing is deleted before")
    await house.approve(world, ref, "lotte")
    await house.card(world, ref, "· 1 of 2")
    await house.approve(world, ref, "mina")
    await house.reaches(world, Right.ERASURE, Status.SCHEDULED)
    return ref


async def waits_for_the_copy(world):
    def look(tx):
        ticket = house.newest(tx, Right.ERASURE)
        return any(step.error == "copy_first" for step in tx.work.open_steps(ticket.id))

    await house.until(world, look)
    assert (await house.ticket_of(world, Right.ERASURE)).status is Status.WORKING


async def test_a_copy_asked_in_another_chat_is_fetched_before_anything_is_deleted(world, visit):
    first = await visit(BRAM)
    await approved_copy(world, first)
    second = await visit(BRAM)
    assert second.key != first.key
    await approved_erasure(world, second)
    world.clock.advance(DAY + timedelta(minutes=1))
    await waits_for_the_copy(world)
    assert moves.platform(world, "SELECT first_name FROM accounts WHERE id = 102") == [{"first_name": "Bram"}]


async def test_no_copy_holds_a_deletion_beyond_the_day_its_work_must_be_done(world, visit):
    first = await visit(BRAM)
    await approved_copy(world, first)
    await approved_erasure(world, await visit(BRAM))
    world.clock.advance(DAY + timedelta(minutes=1))
    await waits_for_the_copy(world)
    world.clock.advance(30 * DAY)
    await house.reaches(world, Right.ERASURE, Status.DONE)


async def test_a_copy_that_lies_ready_can_still_be_opened_by_code_after_the_deletion(world, visit):
    bram = await visit(BRAM)
    await approved_copy(world, bram)
    link = moves.link_in(await moves.mail(world, BRAM.email, "copy is ready"), "copy")
    await bram.press("Open my copy")
    await bram.until(lambda: bram.opened)
    assert (await moves.post(f"{bram.opened[0]}/download")).status == 200
    await house.until(world, lambda tx: house.newest(tx, Right.ACCESS).copy.fetched)
    await approved_erasure(world, await visit(BRAM))
    world.clock.advance(DAY + timedelta(minutes=1))
    await house.reaches(world, Right.ERASURE, Status.DONE)
    assert "A code is on its way" in (await moves.post(f"{link}/code")).text
    letter = await moves.mail(world, BRAM.email, moves.COPY_CODE_MAIL)
    assert moves.code_in(letter)
