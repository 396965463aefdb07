"""What time does by itself: waiting times, the ladder when nobody acts, notices; and plans that move under a decision.

Promise: the clock is moved as the demo moves it, and what follows is seen in chat, mail, Slack and the platform's
database. Limits: sources, mail and Slack that are away are in test_outages.py.
"""

import sqlite3
from contextlib import closing
from datetime import timedelta

from bot.core.clock import legal_dates
from bot.core.model import Flag, Right, Status, Ticket
from bot.demo.platform.seeding import use_platform
from bot.demo.platform.seeds import ANNA, BRAM, CARLA
from bot.demo.world import World
from tests.walks.house import approve, card, fingerprint, newest, one, reaches, settled, ticket_of, until
from tests.walks.moves import COPY_CODE_MAIL, Visit, code_in, link_in, mail, post, prove
from tests.walks.visitor import PATIENCE, Visitor

MOMENT = timedelta(minutes=5)


async def _approved_erasure(world: World, visitor: Visitor) -> Ticket:
    """The plan was shown, the person said yes, two colleagues approved."""
    await visitor.press("Delete all this")
    await visitor.hears("Nothing is deleted before")
    ref = (await reaches(world, Right.ERASURE, Status.REVIEW)).ref
    await approve(world, ref, "lotte")
    await card(world, ref, "· 1 of 2")
    await approve(world, ref, "mina")
    return await reaches(world, Right.ERASURE, Status.SCHEDULED)


async def _signed_in_erasure(world: World, visit: Visit) -> tuple[Visitor, Ticket]:
    bram = await visit(BRAM)
    await bram.say("Please delete all my data")
    return bram, await _approved_erasure(world, bram)


def _logins(world: World, person: str) -> int:
    return int(one(world.platform_database, "SELECT count(*) FROM logins WHERE account_id = ?", person))


# ---- waiting times


async def test_a_signed_in_erasure_waits_24_hours_and_then_runs_by_itself(world: World, visit: Visit) -> None:
    bram, ticket = await _signed_in_erasure(world, visit)
    assert ticket.waits_until is not None
    assert ticket.verified_at is not None
    assert ticket.waits_until - ticket.verified_at == timedelta(hours=24)
    world.clock.advance(ticket.waits_until - world.clock() - MOMENT)
    await settled(world)
    assert (await ticket_of(world, Right.ERASURE)).status is Status.SCHEDULED
    assert _logins(world, BRAM.subject) == 3
    world.clock.advance(2 * MOMENT)
    await bram.hears("Request", "is closed")
    assert _logins(world, BRAM.subject) == 0
    letter = await mail(world, BRAM.email, "your data is deleted")
    assert "Invoices" in letter.text


async def test_an_erasure_by_code_waits_72_hours(world: World, visit: Visit) -> None:
    stranger = await visit()
    await stranger.say("Please delete all my data")
    await stranger.hears("type an e-mail address")
    await prove(world, stranger, CARLA.email)
    ticket = await _approved_erasure(world, stranger)
    assert ticket.waits_until is not None
    assert ticket.verified_at is not None
    assert ticket.waits_until - ticket.verified_at == timedelta(hours=72)
    world.clock.advance(timedelta(hours=71))
    await settled(world)
    assert _logins(world, CARLA.subject) == 3
    world.clock.advance(timedelta(hours=2))
    await reaches(world, Right.ERASURE, Status.DONE)
    assert _logins(world, CARLA.subject) == 0
    await mail(world, CARLA.email, "your data is deleted")


async def test_a_copy_asked_for_first_is_given_before_anything_is_deleted(world: World, visit: Visit) -> None:
    bram = await visit(BRAM)
    await bram.say("Please delete all my data")
    await bram.press("First a copy, then delete")
    access = await reaches(world, Right.ACCESS, Status.REVIEW)
    erasure = await reaches(world, Right.ERASURE, Status.REVIEW)
    await approve(world, erasure.ref, "lotte")
    await card(world, erasure.ref, "· 1 of 2")
    await approve(world, erasure.ref, "mina")
    await reaches(world, Right.ERASURE, Status.SCHEDULED)
    world.clock.advance(timedelta(hours=25))
    await reaches(world, Right.ERASURE, Status.WORKING)
    await settled(world)
    assert _logins(world, BRAM.subject) == 3
    assert (await ticket_of(world, Right.ERASURE)).status is Status.WORKING

    await approve(world, access.ref, "lotte")
    await bram.hears("is ready")
    world.clock.advance(timedelta(hours=1))
    await settled(world)
    assert _logins(world, BRAM.subject) == 3, "given, and not fetched yet"

    link = link_in(await mail(world, BRAM.email, "copy is ready"), "copy")
    await post(f"{link}/code")
    page = await post(f"{link}/open", code=code_in(await mail(world, BRAM.email, COPY_CODE_MAIL)))
    assert (await post(f"{page.url}/download")).status == 200
    await until(world, lambda tx: newest(tx, Right.ACCESS).copy.fetched)
    world.clock.advance(timedelta(hours=1))
    await reaches(world, Right.ERASURE, Status.DONE)
    assert _logins(world, BRAM.subject) == 0
    copy = (await ticket_of(world, Right.ACCESS)).copy
    assert copy is not None
    assert copy.size > 1000


# ---- plans that move


async def test_a_plan_that_changed_after_approval_goes_back_to_review_untouched(world: World, visit: Visit) -> None:
    bram, ticket = await _signed_in_erasure(world, visit)
    before = fingerprint(world)
    with closing(sqlite3.connect(world.platform_database)) as platform, platform:
        platform.execute(
            "INSERT INTO complaints (id, tenant, account_id, received_on, subject, body, state) "
            "VALUES (77, 'acme', 102, '2026-01-01', 'Late', 'It came late.', 'open')"
        )
    world.clock.advance(timedelta(hours=25))
    again = await until(world, lambda tx: _replanned(tx.work.ticket(ticket.id), ticket))
    assert (again.status, again.approvals, again.confirmed_at) == (Status.REVIEW, (), None)
    assert Flag.PLAN_CHANGED in again.flags
    await settled(world)
    after = fingerprint(world)
    assert {name for name in before if before[name] != after[name]} == {"complaints"}
    await card(world, ticket.ref, "The data changed after an approval", "'approve'")

    await approve(world, ticket.ref, "lotte")
    await card(world, ticket.ref, "· 1 of 2")
    await approve(world, ticket.ref, "joris")
    await bram.press("Delete all this")
    await reaches(world, Right.ERASURE, Status.DONE)
    assert one(world.platform_database, "SELECT count(*) FROM complaints WHERE account_id = 102") == 0
    assert one(world.platform_database, "SELECT count(*) FROM privacy_desk_receipts WHERE result LIKE '%logins%'") == 1


def _replanned(now: Ticket, was: Ticket) -> Ticket | None:
    assert was.plan is not None
    is_new = now.status is Status.REVIEW and now.plan is not None and now.plan.hash != was.plan.hash
    return now if is_new else None


async def test_somebody_who_keeps_using_the_platform_is_erased_all_the_same(world: World, visit: Visit) -> None:
    _, ticket = await _signed_in_erasure(world, visit)
    for hours in (1, 9, 20):
        use_platform(world.platform_database, BRAM, world.clock() + timedelta(hours=hours))
    world.clock.advance(timedelta(hours=25))
    done = await reaches(world, Right.ERASURE, Status.DONE)
    assert done.approvals == ticket.approvals
    assert _logins(world, BRAM.subject) == 0
    assert one(world.platform_database, "SELECT count(*) FROM sessions WHERE account_id = 102") == 0


# ---- nobody acts


async def test_silence_decides_nothing_and_the_late_notice_goes_out_once_by_itself(world: World, visit: Visit) -> None:
    anna = await visit(ANNA)
    await anna.say("I want to see everything you have on me")
    ticket = await reaches(world, Right.ACCESS, Status.REVIEW)
    await card(world, ticket.ref)
    dates = legal_dates(ticket)
    assert dates.desk_due is not None
    for _ in range(34):
        world.clock.advance(timedelta(days=1))
        await settled(world)
    await until(world, lambda tx: any(one.startswith("late_notice") for one in tx.work.ticket(ticket.id).rungs))
    await anna.hears("Our answer was due on", "I'm sorry")
    await mail(world, ANNA.email, "our answer is late")
    world.clock.advance(timedelta(days=20))
    await settled(world)
    assert len([one for one in world.mailbox.letters(ANNA.email) if "is late" in one.subject]) == 1
    still = await ticket_of(world, Right.ACCESS)
    assert (still.status, still.approvals, still.copy) == (Status.REVIEW, (), None)
    said = [one.text for one in world.slack.messages.values() if ticket.ref in one.text]
    for rung in (
        "Still undecided on the day we aim at.",
        "Five working days left",
        "Two working days left",
        "Today is the last working day",
        "It is late.",
    ):
        assert len([text for text in said if rung in text]) >= 1, rung
    await card(world, ticket.ref, "late", "'approve'")


async def test_an_identity_check_nobody_answered_ends_with_a_notice_and_no_action(world: World, visit: Visit) -> None:
    stranger = await visit()
    await stranger.say("I want to see everything you have on me")
    await stranger.hears("type an e-mail address")
    await stranger.say(CARLA.email)
    await stranger.hears("I've sent a code")
    ticket = await ticket_of(world, Right.ACCESS)
    for _ in range(34):
        world.clock.advance(timedelta(days=1))
        await settled(world)
    lapsed = await reaches(world, Right.ACCESS, Status.LAPSED)
    assert lapsed.plan is None
    await stranger.leave()
    await stranger.come()
    await stranger.hears("We couldn't establish that you asked for it", ticket.ref)
    assert [one.subject for one in world.mailbox.letters(CARLA.email) if "copy is ready" in one.subject] == []
    assert CARLA.email not in str(world.slack.messages)


async def test_an_unanswered_plan_is_asked_about_again_after_a_day(world: World, visit: Visit) -> None:
    bram = await visit(BRAM)
    await bram.say("Please delete all my data")
    await bram.hears("Please look at this")
    await reaches(world, Right.ERASURE, Status.REVIEW)
    world.clock.advance(timedelta(hours=25))
    await bram.hears("still waits for your yes or no")
    await world.mailbox.wait_for(BRAM.email, "SEL-", PATIENCE, count=3)
    assert (await ticket_of(world, Right.ERASURE)).status is Status.REVIEW
