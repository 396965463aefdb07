"""One person with more rows than the desk takes on: staff see why, nothing is half written, and a retry goes on.

Limits: the ceiling is set low instead of the table high; the way is the same.
"""

from datetime import timedelta

from bot.core.model import Right, Status
from bot.demo.platform.seeds import BRAM
from tests.walks.house import approve, at_work, card, fingerprint, reaches, settled, staff, thread, ticket_of, until
from tests.walks.moves import change_platform, visits

CEILING = 20
MANY = (
    "INSERT INTO orders (id, tenant, account_id, product_id, ordered_on, amount)"
    " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i <= ?)"
    " SELECT 7000 + i, 'acme', 102, 1, '2026-11-01', 49 FROM n"
)
FEW = "DELETE FROM orders WHERE id > 7003"


async def test_too_many_rows_to_look_at_wait_for_a_colleague(tmp_path):
    async with at_work(tmp_path / "data", platform_rows=str(CEILING)) as world, visits(world) as visit:
        change_platform(world, MANY, CEILING)
        bram = await visit(BRAM)
        await bram.say("Delete all my data")
        await bram.hears("I've filed it")
        ticket = await reaches(world, Right.ERASURE, Status.LOCATING)
        await card(world, ticket.ref, "platform holds more rows of this person", "retry")
        await thread(world, ticket.ref, "can't do this as it is")
        change_platform(world, FEW)
        await staff(world, "lotte").click(await card(world, ticket.ref), "retry")
        await bram.hears("This goes")
        back = await reaches(world, Right.ERASURE, Status.REVIEW)
        assert back.failures == ()


async def test_too_many_rows_at_the_act_leave_everything_as_it_was_and_a_retry_finishes(tmp_path):
    async with at_work(tmp_path / "data", platform_rows=str(CEILING)) as world, visits(world) as visit:
        bram = await visit(BRAM)
        await bram.say("Delete all my data")
        await bram.press("Delete all this")
        ticket = await reaches(world, Right.ERASURE, Status.REVIEW)
        await approve(world, ticket.ref, "lotte")
        await card(world, ticket.ref, "· 1 of 2")
        await approve(world, ticket.ref, "mina")
        await reaches(world, Right.ERASURE, Status.SCHEDULED)
        await settled(world)
        change_platform(world, MANY, CEILING)  # the approval covers so many more rows; the desk does not
        before = fingerprint(world)
        world.clock.advance(timedelta(hours=25))
        await until(world, lambda tx: tx.work.ticket(ticket.id).failures)
        assert fingerprint(world) == before
        stuck = await ticket_of(world, Right.ERASURE)
        assert (stuck.status, stuck.failures[0].source) == (Status.WORKING, "platform")
        await card(world, ticket.ref, "platform holds more rows of this person", "retry")
        assert not any("is closed" in line["text"] for line in bram.lines)
        change_platform(world, FEW)
        await staff(world, "lotte").click(await card(world, ticket.ref), "retry")
        await bram.hears("is closed")
