"""What stops, alarms and time change on a ticket."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core import events as e
from bot.core.clock import copy_until, legal_dates
from bot.core.lifecycle import advance
from bot.core.messages import AlarmEased
from bot.core.model import ClockFact, Copy, Right, Status
from bot.core.moves import IllegalMove
from tests.core.builders import (
    DAY,
    LOTTE,
    MINA,
    NOW,
    begun,
    by_mailbox,
    by_session,
    located,
    plan_note,
    play,
    ticket,
)

PLAN = plan_note()
YES = e.Confirmed(by="person")
TICK = e.Ticked(by="clock")
COPY = Copy(object_id="o-1", size=10, until=copy_until(NOW))


def approved(by: str = LOTTE.key, digest: str = PLAN.hash) -> e.Approved:
    return e.Approved(by=by, plan_hash=digest)


def told(one, event, now=NOW) -> list[str]:
    """Names of the messages that `event` leads to."""
    return [effect.message.name() for effect in advance(one, event, now).effects if isinstance(effect, e.Tell)]


def nudges(one, event, now=NOW) -> list[tuple[str, str]]:
    effects = advance(one, event, now).effects
    return [(effect.rung, effect.who) for effect in effects if isinstance(effect, e.Nudge)]


WORKING = play(begun(Right.ERASURE, by_session()), located(), YES, approved(), approved(MINA.key))
WORKING = play(WORKING, TICK, now=NOW + DAY)
REVIEW = play(begun(Right.ACCESS, by_session()), located())
SHOWN = play(begun(Right.ERASURE, by_mailbox()), located())


# ---- stop, hold, alarm


def test_a_stop_holds_tells_the_person_and_alerts_staff_once():
    stop = e.Stopped(by="person")
    assert told(SHOWN, stop) == ["on_hold"]
    assert nudges(SHOWN, stop) == [("stopped", "red")]
    stopped = play(SHOWN, stop)
    assert stopped.status is SHOWN.status
    assert legal_dates(stopped) == legal_dates(SHOWN)
    again = advance(stopped, stop, NOW)
    assert (again.entries, again.effects) == ((), ())


def test_a_legal_hold_is_silent_towards_the_person():
    hold = e.HoldSet(by=LOTTE.key)
    assert told(SHOWN, hold) == []
    assert told(play(SHOWN, hold), e.HoldLifted(by=LOTTE.key)) == []


@pytest.mark.parametrize("event", [e.Stopped(by="person"), e.Alarmed(by="person", kind="not_me")])
def test_the_person_hears_when_a_stop_or_an_alarm_is_lifted(event):
    lifted = advance(play(SHOWN, event), e.HoldLifted(by=LOTTE.key), NOW)
    assert not lifted.ticket.is_held
    assert lifted.effects == (
        e.Tell(message=AlarmEased(ref="SEL-2026-00001"), durable=True),
        e.Call(verb="retry"),
    )


def test_a_closed_ticket_owes_no_call_when_its_alarm_is_lifted():
    done = play(ticket(status=Status.DONE), e.Alarmed(by="person", kind="wrong_person"))
    assert told(done, e.HoldLifted(by=LOTTE.key)) == ["alarm_eased"]
    assert len(advance(done, e.HoldLifted(by=LOTTE.key), NOW).effects) == 1


def test_an_alarm_starts_72_hours_once_and_alerts_staff_each_time():
    alarm = e.Alarmed(by="person", kind="wrong_person")
    result = advance(ticket(status=Status.DONE), alarm, NOW)
    assert result.ticket.breach_due == NOW + timedelta(hours=72)
    assert result.entries[0].facts == {"kind": "wrong_person", "breach_due": "2026-11-05T09:00+00:00"}
    again = play(result.ticket, alarm, now=NOW + DAY)
    assert again.breach_due == NOW + timedelta(hours=72)
    assert nudges(again, alarm) == [("alarm", "red")]


# ---- copies and time


def test_a_completed_download_is_counted():
    done = ticket(Right.ACCESS, status=Status.DONE, copy=COPY)
    result = advance(done, e.Fetched(by="person"), NOW)
    assert result.ticket.copy.fetched == 1
    assert result.entries[0].facts == {"times": "1"}


def test_a_download_that_ends_after_the_copy_was_destroyed_changes_nothing():
    with pytest.raises(IllegalMove):
        advance(ticket(Right.ACCESS, status=Status.DONE), e.Fetched(by="person"), NOW)


def test_a_copy_is_announced_then_destroyed_and_both_once():
    done = ticket(Right.ACCESS, status=Status.DONE, copy=COPY)
    soon = advance(done, TICK, COPY.until - 3 * DAY)
    assert [effect.message.name() for effect in soon.effects] == ["copy_ending"]
    gone = advance(soon.ticket, TICK, COPY.until)
    assert gone.ticket.copy is None
    assert gone.effects[0] == e.Shred(object_id="o-1")
    assert gone.effects[1].message.name() == "copy_gone"
    assert advance(gone.ticket, TICK, COPY.until + DAY).effects == ()


def test_a_tick_without_anything_due_leaves_no_trace():
    result = advance(REVIEW, TICK, NOW)
    assert (result.entries, result.effects) == ((), ())
    assert result.ticket == replace(REVIEW, version=REVIEW.version + 1)


def test_staff_hear_of_each_rung_in_their_circle():
    far = NOW + 30 * DAY
    assert nudges(REVIEW, TICK, far) == [
        ("reminder", "channel"),
        ("deputies", "deputies"),
        ("lead", "red"),
        ("contact", "contact"),
    ]
    assert advance(REVIEW, TICK, far).entries[0].facts["lead_2026-11-30"] == "due"


def test_the_late_notice_leaves_by_itself_once_and_the_ticket_stays_open():
    late = NOW + 31 * DAY
    result = advance(REVIEW, TICK, late)
    assert [effect.message.name() for effect in result.effects if isinstance(effect, e.Tell)] == ["late_notice"]
    assert ("late_notice", "red") in [(x.rung, x.who) for x in result.effects if isinstance(x, e.Nudge)]
    assert result.ticket.status is Status.REVIEW
    assert told(result.ticket, TICK, late + 400 * DAY) == []


def test_somebody_who_never_proves_is_reminded_once_and_then_told_that_nothing_can_be_done():
    asked = begun(Right.ACCESS, clock=(ClockFact(type="identity_asked", at=NOW),))
    reminded = advance(asked, TICK, NOW + 24 * DAY)
    assert [effect.message.name() for effect in reminded.effects] == ["identity_reminder"]
    lapsed = advance(reminded.ticket, TICK, NOW + 31 * DAY)
    assert lapsed.ticket.status is Status.LAPSED
    assert [effect.message.name() for effect in lapsed.effects if isinstance(effect, e.Tell)] == ["no_action_notice"]
    assert advance(lapsed.ticket, TICK, NOW + 60 * DAY).effects == ()


def test_a_plan_without_a_yes_is_recalled_after_a_day_once():
    result = advance(SHOWN, TICK, NOW + DAY)
    assert [effect.message.name() for effect in result.effects] == ["confirm_reminder"]
    assert told(result.ticket, TICK, NOW + DAY + timedelta(hours=1)) == []
