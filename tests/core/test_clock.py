"""What time does to a ticket: dates, rungs, and when to look again."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.clock import (
    CONFIRM_AFTER,
    client_by,
    copy_until,
    due_rungs,
    last_copy_day,
    legal_dates,
    next_wake,
    rungs,
)
from bot.core.events import Nudge, Ticked
from bot.core.lifecycle import advance
from bot.core.model import CLOSED, ClockFact, Copy, Flag, Right, Status, Task
from tests.core.builders import DAY, NOW, begun, by_mailbox, by_session, ticket

COPY = Copy(object_id="o-1", size=10, until=copy_until(NOW))
ASKED = ClockFact(type="identity_asked", at=NOW)


def steps(one) -> list[str]:
    return [due.name.split(":")[0] for due in rungs(one)]


def test_a_client_has_the_request_within_two_working_days_of_its_being_found():
    friday = datetime(2026, 11, 6, 10, tzinfo=UTC)
    owed = ticket(Right.ACCESS, tasks=frozenset({Task.FORWARD}), located_at=friday, closed_at=friday + 5 * DAY)
    assert client_by(owed, Task.FORWARD) == date(2026, 11, 10)
    assert "forward_due" in steps(owed)


def test_a_client_knows_what_was_done_on_its_list_within_two_working_days():
    done = ticket(Right.ERASURE, tasks=frozenset({Task.TELL_CLIENT}), located_at=NOW - 9 * DAY, closed_at=NOW)
    assert client_by(done, Task.TELL_CLIENT) == date(2026, 11, 4)
    assert client_by(ticket(Right.ACCESS, status=Status.REVIEW), Task.FORWARD) == date(2026, 11, 4)
    assert "tell_client_due" in steps(done)


def test_staff_are_called_on_the_last_day_to_forward_and_only_while_it_is_owed():
    owed = ticket(Right.ACCESS, status=Status.DONE, tasks=frozenset({Task.FORWARD}), located_at=NOW, closed_at=NOW)
    later = NOW + 3 * DAY
    assert [due.name for due in due_rungs(owed, later)] == ["forward_due"]
    called = [one for one in advance(owed, Ticked(by="clock"), later).effects if isinstance(one, Nudge)]
    assert [(one.rung, one.who) for one in called] == [("forward_due", "deputies")]
    assert due_rungs(ticket(Right.ACCESS, status=Status.DONE, closed_at=NOW), later) == ()


def test_dates_follow_from_the_facts_of_the_ticket():
    dates = legal_dates(ticket(Right.ACCESS))
    assert (dates.promise_due, dates.statutory_due, dates.desk_due) == (
        date(2026, 12, 2),
        date(2026, 12, 2),
        date(2026, 12, 2),
    )


def test_the_clock_stands_while_a_stranger_is_asked_who_they_are_and_moves_on_by_those_days():
    waits = ticket(Right.ACCESS, clock=(ASKED,))
    assert legal_dates(waits).desk_due is None
    answered = (*waits.clock, ClockFact(type="identity_answered", at=NOW + 3 * DAY))
    assert legal_dates(ticket(Right.ACCESS, clock=answered, identity=by_mailbox())).desk_due == date(2026, 12, 5)


def test_the_clock_of_somebody_signed_in_never_stands():
    assert legal_dates(ticket(Right.ACCESS, clock=(ASKED,), identity=by_session())).desk_due == date(2026, 12, 2)


def test_an_extension_moves_the_ladder_and_it_is_climbed_again():
    before = ticket(Right.ACCESS)
    late = next(due for due in rungs(before) if due.name.startswith("late_notice"))
    extended = ClockFact(type="extension_notified", at=NOW + DAY, reasons=("complexity",))
    after = ticket(Right.ACCESS, clock=(extended,), rungs=frozenset({late.name}))
    again = [due for due in rungs(after) if due.name.startswith("late_notice")]
    assert [due.at > late.at for due in again] == [True]


def test_rungs_come_earliest_first_and_a_fired_one_is_gone():
    one = ticket(Right.ACCESS)
    assert steps(one) == ["reminder", "deputies", "lead", "contact", "late_notice"]
    first = rungs(one)[0].name
    assert steps(ticket(Right.ACCESS, rungs=frozenset({first}))) == steps(one)[1:]


def test_a_rung_is_due_from_its_instant():
    first = rungs(ticket(Right.ACCESS))[0]
    assert due_rungs(ticket(Right.ACCESS), first.at - timedelta(seconds=1)) == ()
    assert due_rungs(ticket(Right.ACCESS), first.at) == (first,)


@pytest.mark.parametrize("status", sorted(CLOSED))
def test_a_closed_ticket_without_a_copy_never_wakes_again(status):
    assert next_wake(ticket(status=status)) is None


def test_a_copy_wakes_its_ticket_for_a_reminder_and_its_end():
    done = ticket(Right.ACCESS, status=Status.DONE, copy=COPY)
    assert steps(done) == ["copy_ending", "copy_gone"]
    assert next_wake(done) == COPY.until - 3 * DAY


def test_a_fetched_copy_needs_no_reminder():
    fetched = Copy(object_id="o-1", size=10, until=COPY.until, fetched=1)
    assert steps(ticket(Right.ACCESS, status=Status.DONE, copy=fetched)) == ["copy_gone"]


def test_the_person_is_reminded_of_a_plan_that_waits_for_their_yes_a_day_after_they_saw_it():
    waits = ticket(status=Status.REVIEW, identity=by_session(), located_at=NOW)
    assert next_wake(waits) == NOW + CONFIRM_AFTER
    assert "confirm" not in steps(ticket(status=Status.REVIEW, located_at=NOW, confirmed_at=NOW))
    assert "confirm" not in steps(ticket(Right.ACCESS, status=Status.REVIEW, located_at=NOW))
    assert "confirm" not in steps(ticket(status=Status.REVIEW))


def test_a_scheduled_ticket_wakes_when_its_waiting_time_ends_unless_it_is_held():
    one = ticket(status=Status.SCHEDULED, waits_until=NOW + DAY)
    assert next_wake(one) == NOW + DAY
    held = ticket(status=Status.SCHEDULED, waits_until=NOW + DAY, flags=frozenset({Flag.STOPPED}))
    assert next_wake(held) == rungs(held)[0].at
    assert next_wake(ticket(status=Status.SCHEDULED)) == rungs(ticket())[0].at


def test_a_copy_lasts_fourteen_local_days_and_the_last_of_them_is_named():
    made = datetime(2026, 10, 20, 22, 30, tzinfo=UTC)  # 21 October in Amsterdam, before the clocks change
    until = copy_until(made)
    assert until == datetime(2026, 11, 4, 23, 0, tzinfo=UTC)
    assert last_copy_day(Copy(object_id="o", size=1, until=until)) == date(2026, 11, 4)


@pytest.mark.parametrize("right", Right)
def test_every_right_has_dates_and_a_ladder_from_its_first_moment(right):
    assert rungs(begun(right))
