"""What a turn leads to is written together, and nothing of what was refused."""

from dataclasses import replace
from itertools import count

import pytest

from bot import record
from bot.core import events as e
from bot.core.model import Approval, Door, Identity, Level, PlanNote, Right, Status
from bot.core.plans import Change
from bot.core.turn import Step
from bot.pen import Pen
from bot.texts import Texts
from storage.store import Store
from tests.storage.made import MINUTE, NOW, a_talk, a_ticket

FIRST = (Change(name="last_name", new="van den Berg"),)
OTHER = (Change(name="last_name", new="Bergman"),)
PLAN = PlanNote(hash="a" * 64, rows=1, groups=1)


@pytest.fixture
def pen() -> Pen:
    numbers = count()
    return Pen(texts=Texts.load(), fresh=lambda: f"id-{next(numbers)}", hash_key=b"k" * 32)


@pytest.mark.parametrize(("status", "kept"), [(Status.REVIEW, OTHER), (Status.WORKING, FIRST)])
async def test_other_values_are_kept_only_while_they_may_be_given(store: Store, pen: Pen, status: Status, kept):
    proof = Identity(level=Level.SESSION, at=NOW, door=Door.WEB, tenant="acme", subject="u-1")
    one = replace(a_ticket(), right=Right.RECTIFICATION, status=status, plan=PLAN, identity=proof)
    talk = a_talk()
    given = Step(talk=talk, moves=((one.id, e.Amended(by="person")),), amended=((one.id, OTHER),))

    def write(tx):
        tx.people.add_talk(talk, key="k")
        tx.work.add_ticket(one, subject=None)
        record.put_changes(tx, pen, one.id, FIRST, NOW)
        record.step(tx, pen, talk, given, NOW)
        return record.changes_of(tx, one.id)

    assert await store.tx(write) == kept


async def test_the_same_plan_approved_anew_is_owed_anew(store: Store, pen: Pen):
    waits = replace(a_ticket(), right=Right.ACCESS, status=Status.SCHEDULED, plan=PLAN)

    def owed(tx, at):
        was = tx.work.ticket(waits.id).version
        approval = Approval(by="T1:U1", at=at, plan_hash=PLAN.hash)
        tx.work.save_ticket(replace(waits, version=was + 1, approvals=(approval,)), was=was, subject=None)
        record.move(tx, pen, tx.work.ticket(waits.id), e.Ticked(by="clock"), NOW)
        steps = [step for step in tx.work.open_steps(waits.id) if step.kind == "act"]
        return len(steps)

    def write(tx):
        tx.people.add_talk(a_talk(), key="k")
        tx.work.add_ticket(waits, subject=None)
        return owed(tx, NOW), owed(tx, NOW + MINUTE)

    assert await store.tx(write) == (1, 2)
