"""What staff do beside deciding: holds by name, hand-over, tasks with proof, an address that never takes mail."""

from datetime import UTC, date, datetime

import pytest

from bot.core import events as e
from bot.core.deskwork import tasks_of
from bot.core.escalation import digest_day, rings_at
from bot.core.lifecycle import advance
from bot.core.model import Copy, Flag, PlanNote, Right, Status, Task
from bot.core.moves import IllegalMove
from bot.core.seeing import has_opened, must_open_first, odd_flags
from tests.core.builders import DAY, LOTTE, MINA, NOW, begun, by_session, located, plan_note, play, ticket

PLAN = plan_note()
REVIEW = play(begun(Right.ACCESS, by_session()), located())


def lift(*flags: Flag) -> e.HoldLifted:
    return e.HoldLifted(by=LOTTE.key, lifted=frozenset(flags))


# ---- holds


def test_lifting_a_legal_hold_leaves_a_stop_that_came_meanwhile():
    held = play(REVIEW, e.HoldSet(by=LOTTE.key, note="n-1"), e.Stopped(by="person"))
    result = advance(held, lift(Flag.LEGAL_HOLD), NOW)
    assert result.ticket.flags & {Flag.STOPPED, Flag.LEGAL_HOLD} == {Flag.STOPPED}
    assert result.effects == ()
    assert result.entries[0].facts == {"lifted": "legal_hold"}


def test_lifting_the_stop_under_a_legal_hold_promises_the_person_nothing_yet():
    held = play(REVIEW, e.HoldSet(by=LOTTE.key), e.Stopped(by="person"))
    assert advance(held, lift(Flag.STOPPED), NOW).effects == ()


def test_a_hold_names_the_row_that_says_why():
    assert advance(REVIEW, e.HoldSet(by=LOTTE.key, note="n-1"), NOW).entries[0].facts == {"note": "n-1"}


def test_nothing_but_a_hold_is_lifted():
    odd = play(begun(Right.ACCESS, by_session()), located(flags=frozenset({Flag.SHARED_ROWS})))
    assert Flag.SHARED_ROWS in play(odd, lift(*Flag)).flags


# ---- hand-over and tasks


def test_a_ticket_is_given_to_a_colleague_and_back_to_everybody():
    mine = play(REVIEW, e.Assigned(by=LOTTE.key, to=MINA.key))
    assert mine.assignee == MINA.key
    assert play(mine, e.Assigned(by=MINA.key)).assignee is None


def test_what_is_owed_by_hand_stays_owed_after_the_end_until_proof_is_noted():
    plan = plan_note(recipients=2, processor_rows=1)
    working = play(begun(Right.RESTRICTION, by_session()), located(plan), e.Approved(by=LOTTE.key, plan_hash=plan.hash))
    done = play(working, e.Acted(by="source", message=located().message))
    assert done.tasks == {Task.TELL_RECIPIENTS, Task.TELL_CLIENT}
    assert done.is_owed
    noted = advance(done, e.ProofNoted(by=LOTTE.key, task=Task.TELL_CLIENT, note="n-2"), NOW)
    assert noted.ticket.tasks == {Task.TELL_RECIPIENTS}
    assert noted.entries[0].facts == {"task": "tell_client", "note": "n-2"}
    over = play(noted.ticket, e.ProofNoted(by=LOTTE.key, task=Task.TELL_RECIPIENTS))
    assert not over.is_owed


@pytest.mark.parametrize("task", [Task.FORWARD, Task.CONTACT])
def test_proof_of_what_is_not_owed_is_no_proof(task):
    one = ticket(Right.ACCESS, status=Status.DONE, tasks=frozenset({Task.CONTACT}))
    with pytest.raises(IllegalMove, match="still open"):
        advance(one, e.ProofNoted(by=LOTTE.key, task=task), NOW)


def test_a_nudge_that_is_no_task_owes_nothing():
    assert tasks_of((e.Nudge(rung="alarm"), e.Shred(object_id="o-1"))) == frozenset()


# ---- a request by phone or post


def test_the_pause_begins_when_the_address_is_typed_and_only_where_a_proof_is_asked():
    one = ticket(Right.ACCESS, tasks=frozenset({Task.CONTACT}))
    assert [fact.type for fact in play(one, e.ContactGiven(by=LOTTE.key)).clock] == ["identity_asked"]
    free = ticket(Right.COMPLAINT, status=Status.REVIEW, tasks=frozenset({Task.CONTACT}))
    given = play(free, e.ContactGiven(by=LOTTE.key))
    assert (given.clock, given.tasks) == ((), frozenset())


def test_an_address_is_typed_once():
    with pytest.raises(IllegalMove, match="lacks an address"):
        advance(REVIEW, e.ContactGiven(by=LOTTE.key), NOW)


# ---- an address that never takes mail


def test_staff_hear_once_of_an_address_that_never_takes_mail():
    event = e.Undelivered(by="source:mail", what="mail")
    first = advance(REVIEW, event, NOW)
    assert [one.rung for one in first.effects] == ["undelivered"]
    assert Flag.UNDELIVERED in first.ticket.flags
    assert advance(first.ticket, event, NOW).effects == ()


def test_a_download_keeps_its_instant():
    copy = Copy(object_id="o-1", size=1, until=NOW + 14 * DAY)
    one = ticket(Right.ACCESS, status=Status.DONE, copy=copy)
    assert play(one, e.Fetched(by="person"), now=NOW + DAY).copy.fetched_at == NOW + DAY


# ---- hours


@pytest.mark.parametrize(
    ("now", "rings"),
    [
        (datetime(2026, 11, 2, 7, 0, tzinfo=UTC), datetime(2026, 11, 2, 7, 0, tzinfo=UTC)),  # Monday 08:00
        (datetime(2026, 11, 2, 6, 59, tzinfo=UTC), datetime(2026, 11, 2, 8, 0, tzinfo=UTC)),  # a minute before: 09:00
        (datetime(2026, 11, 2, 17, 59, tzinfo=UTC), datetime(2026, 11, 2, 17, 59, tzinfo=UTC)),
        (datetime(2026, 11, 2, 18, 0, tzinfo=UTC), datetime(2026, 11, 3, 8, 0, tzinfo=UTC)),  # 19:00: tomorrow
        (datetime(2026, 11, 6, 20, 0, tzinfo=UTC), datetime(2026, 11, 9, 8, 0, tzinfo=UTC)),  # Friday evening: Monday
        (datetime(2026, 11, 7, 3, 0, tzinfo=UTC), datetime(2026, 11, 9, 8, 0, tzinfo=UTC)),  # early on a Saturday
        (datetime(2026, 12, 25, 11, 0, tzinfo=UTC), datetime(2026, 12, 28, 8, 0, tzinfo=UTC)),  # Christmas, a Friday
        (datetime(2026, 6, 1, 6, 0, tzinfo=UTC), datetime(2026, 6, 1, 6, 0, tzinfo=UTC)),  # 08:00 in summer time
    ],
)
def test_staff_are_called_in_the_day_and_else_at_the_next_opening(now, rings):
    assert rings_at(now) == rings


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 11, 2, 7, 59, tzinfo=UTC), None),
        (datetime(2026, 11, 2, 8, 0, tzinfo=UTC), date(2026, 11, 2)),
        (datetime(2026, 11, 7, 12, 0, tzinfo=UTC), None),
    ],
)
def test_the_digest_is_due_on_working_days_from_nine(now, day):
    assert digest_day(now) == day


# ---- seen before approved


def opened(plan: str, by: str = LOTTE.key) -> e.Entry:
    return e.Entry(what="opened_sheet", by=by, at=NOW, facts={"plan": plan})


def test_an_odd_case_is_approved_only_by_who_opened_this_plan():
    odd = play(begun(Right.ACCESS, by_session()), located(PLAN, flags=frozenset({Flag.THIRD_PARTY})))
    assert must_open_first(odd, LOTTE, ())
    assert must_open_first(odd, LOTTE, (opened("b" * 64), opened(PLAN.hash, by=MINA.key)))
    assert not must_open_first(odd, LOTTE, (opened(PLAN.hash),))


def test_a_quiet_case_needs_no_look_and_a_gap_in_the_plan_is_odd():
    assert not must_open_first(REVIEW, LOTTE, ())
    assert odd_flags(ticket(Right.ACCESS, plan=PlanNote(hash="c", rows=1, groups=1, searched=0))) == {Flag.INCOMPLETE}
    assert has_opened(ticket(Right.COMPLAINT, status=Status.REVIEW), LOTTE, (opened(""),))
