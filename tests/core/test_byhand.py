"""What a colleague does by hand: set once, done once, due before the ticket is, and the waiting call goes on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core import events as e
from bot.core.byhand import to_do
from bot.core.clock import due_rungs, errand_due, legal_dates, next_wake
from bot.core.deadlines import day_start, local_date
from bot.core.lifecycle import advance
from bot.core.model import Errand, Flag, Right, Status
from bot.core.moves import IllegalMove
from tests.core.builders import DAY, LOTTE, NOW, by_session, plan_note, play, ticket

SET = e.ErrandSet(by="source:archive", errand="k-1", what="restriction", about="archive")
DONE = e.ErrandDone(by=LOTTE.key, errand="k-1")
WORKING = ticket(Right.RESTRICTION, status=Status.WORKING, identity=by_session(), plan=plan_note())
WAITS = play(WORKING, SET)
TICK = e.Ticked(by="clock")


def test_a_task_is_set_with_a_day_and_staff_are_told():
    result = advance(WORKING, SET, NOW)
    (errand,) = result.ticket.errands
    assert errand == Errand(id="k-1", what="restriction", about="archive", due=local_date(NOW) + timedelta(days=7))
    assert result.effects == (e.Nudge(rung="errand_set"),)
    assert result.entries[0].facts == {"errand": "restriction", "source": "archive", "until": errand.due.isoformat()}


def test_the_same_task_is_set_once_and_not_logged_again():
    again = advance(WAITS, SET, NOW + DAY)
    assert (again.ticket.errands, again.entries, again.effects) == (WAITS.errands, (), ())


def test_a_task_done_names_who_did_it_and_the_waiting_call_goes_on():
    result = advance(WAITS, DONE, NOW + DAY)
    (errand,) = result.ticket.errands
    assert (errand.by, errand.done_at) == (LOTTE.key, NOW + DAY)
    assert result.effects == (e.Call(verb="retry"),)
    assert result.entries[0].facts == {"errand": "restriction", "source": "archive"}
    assert result.ticket.status is Status.WORKING


def test_only_the_task_that_was_done_is_done():
    two = play(WAITS, replace(SET, errand="k-2", about="crm"))
    first, second = play(two, DONE).errands
    assert (first.done_at, second.done_at) == (NOW, None)


def test_a_closed_ticket_calls_nobody_again():
    assert advance(replace(WAITS, status=Status.DONE, closed_at=NOW), DONE, NOW).effects == ()


@pytest.mark.parametrize("before", [WORKING, play(WAITS, DONE), play(WORKING, replace(SET, errand="k-2"))])
def test_what_is_no_open_task_of_this_ticket_cannot_be_done(before):
    with pytest.raises(IllegalMove):
        advance(before, DONE, NOW)


def test_nothing_is_to_be_done_while_a_hold_stands():
    assert [errand.id for errand in to_do(WAITS)] == ["k-1"]
    assert to_do(replace(WAITS, flags=frozenset({Flag.STOPPED}))) == ()
    assert to_do(play(WAITS, DONE)) == ()


# ---- its day


def test_a_task_is_due_before_the_ticket_is():
    dates = legal_dates(WORKING)
    assert errand_due(WORKING, NOW) < dates.work_by <= dates.queue_date
    late = day_start(dates.work_by) - 2 * DAY
    assert errand_due(WORKING, late) == dates.work_by - DAY


def test_a_task_of_a_ticket_that_is_late_is_due_today_and_one_of_a_closed_ticket_in_a_week():
    late = NOW + 40 * DAY
    assert errand_due(WORKING, late) == local_date(late)
    over = replace(WORKING, status=Status.DONE, closed_at=late)
    assert errand_due(over, late) == local_date(late) + timedelta(days=7)


def test_on_its_day_staff_are_reminded_once_also_after_the_result():
    over = replace(WAITS, status=Status.DONE, closed_at=NOW)
    due = day_start(WAITS.errands[0].due)
    assert next_wake(over) == due
    result = advance(over, TICK, due)
    assert result.effects == (e.Nudge(rung="errand_due"),)
    assert due_rungs(result.ticket, due + DAY) == ()
    assert due_rungs(play(over, DONE), due + DAY) == ()
