"""Stops, holds and alarms: nothing that was approved before one counts after it, and the 72 hours are not silent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core import events as e
from bot.core.clock import BREACH_12H, BREACH_24H, BREACH_OVER, copy_until, next_wake, rungs
from bot.core.lifecycle import advance
from bot.core.messages import Looking
from bot.core.model import Copy, Flag, Right, Status
from bot.core.moves import IllegalMove
from bot.core.plans import Verb
from bot.core.rights import Decision, Verdict, may_act, may_decide
from tests.core.builders import DAY, LOTTE, MINA, NOW, begun, by_mailbox, by_session, located, plan_note, play, ticket

PLAN = plan_note()
YES = e.Confirmed(by="person")
TICK = e.Ticked(by="clock")
APPROVED = tuple(e.Approved(by=one.key, plan_hash=PLAN.hash) for one in (LOTTE, MINA))
SAID = Looking(ref="SEL-2026-00001", latest=NOW.date())
SCHEDULED = play(begun(Right.ERASURE, by_session()), located(), YES, *APPROVED)
WORKING = play(SCHEDULED, TICK, now=NOW + DAY)
STOP = e.Stopped(by="person")
ALARM = e.Alarmed(by="person", kind="not_me")
HOLD = e.HoldSet(by=LOTTE.key)
LIFT = e.HoldLifted(by=LOTTE.key)
HOUR = timedelta(hours=1)


def nudges(one, event, now):
    return [(one.rung, one.who) for one in advance(one, event, now).effects if isinstance(one, e.Nudge)]


# ---- a stop while the work begins


@pytest.mark.parametrize("hold", [STOP, HOLD, ALARM])
def test_a_hold_while_the_work_begins_closes_the_gate(hold):
    held = play(WORKING, hold, now=NOW + DAY)
    assert held.status is Status.WORKING
    assert may_act(held, Verb.ERASURE, plan_hash=PLAN.hash, now=NOW + DAY) is Verdict.HELD


def test_an_act_that_was_on_its_way_when_somebody_pressed_stop_is_shown_to_staff():
    held = play(WORKING, STOP, now=NOW + DAY)
    acted = e.Acted(by="source", message=SAID)
    assert nudges(held, acted, NOW + DAY) == [("stopped_too_late", "red")]
    assert nudges(WORKING, acted, NOW + DAY) == []


# ---- after the hold


@pytest.mark.parametrize("hold", [STOP, ALARM])
@pytest.mark.parametrize("one", [SCHEDULED, WORKING])
def test_what_somebody_stopped_is_decided_anew_and_waits_another_day(one, hold):
    late = NOW + 2 * DAY
    held = play(one, hold, now=NOW + DAY)
    assert held.approvals == ()
    lifted = play(held, LIFT, now=late)
    assert (lifted.status, lifted.approvals, lifted.waits_until) == (Status.REVIEW, (), late + DAY)
    again = play(lifted, *APPROVED, now=late)
    assert again.status is Status.SCHEDULED
    assert play(again, TICK, now=late + DAY).status is Status.WORKING


def test_a_waiting_time_that_still_runs_longer_stays():
    one = play(begun(Right.ERASURE, by_mailbox()), located(), YES, *APPROVED, STOP, LIFT)
    assert (one.status, one.waits_until) == (Status.REVIEW, NOW + 3 * DAY)


def test_a_legal_hold_leaves_the_approvals_and_the_waiting_time():
    one = play(SCHEDULED, HOLD, LIFT)
    assert (one.status, one.approvals, one.waits_until) == (
        Status.SCHEDULED,
        SCHEDULED.approvals,
        SCHEDULED.waits_until,
    )


def test_a_right_without_a_waiting_time_gets_none_by_a_stop():
    one = play(begun(Right.ACCESS, by_session()), located(), ALARM, LIFT)
    assert (one.status, one.waits_until) == (Status.REVIEW, None)


def test_an_alarm_leaves_a_closed_request_as_it_was_decided():
    done = play(WORKING, e.Acted(by="source", message=SAID), now=NOW + DAY)
    after = play(done, ALARM, LIFT, now=NOW + DAY)
    assert (after.status, after.approvals, after.waits_until) == (Status.DONE, done.approvals, done.waits_until)


# ---- the 72 hours


def breached(**more):
    return play(ticket(Right.ACCESS, status=Status.DONE, closed_at=NOW, **more), ALARM)


def test_the_72_hours_of_a_closed_request_are_heard_three_times_and_loudly():
    one = breached()
    assert [(due.name, due.at - NOW) for due in rungs(one)] == [
        (BREACH_24H, 24 * HOUR),
        (BREACH_12H, 60 * HOUR),
        (BREACH_OVER, 72 * HOUR),
    ]
    assert next_wake(one) == NOW + DAY
    heard = []
    for hours in (23, 24, 25, 60, 72, 100):
        heard += nudges(one, TICK, NOW + hours * HOUR)
        one = play(one, TICK, now=NOW + hours * HOUR)
    assert heard == [(BREACH_24H, "red"), (BREACH_12H, "red"), (BREACH_OVER, "red")]


def test_a_lifted_alarm_is_quiet_and_keeps_its_date():
    one = play(breached(), LIFT)
    assert rungs(one) == ()
    assert one.breach_due == NOW + 72 * HOUR


def test_the_72_hours_run_beside_the_end_of_a_copy():
    one = breached(copy=Copy(object_id="o-1", size=1, until=copy_until(NOW)))
    assert {due.name for due in rungs(one)} == {BREACH_24H, BREACH_12H, BREACH_OVER, "copy_ending", "copy_gone"}


# ---- a late answer for which the person's word is missing


def late_notice(one, *, after):
    told = [effect for effect in advance(one, TICK, NOW + after).effects if isinstance(effect, e.Tell)]
    return next(one.message for one in told if one.message.name() == "late_notice")


def test_a_plan_without_a_yes_is_late_by_no_fault_of_ours_and_asks_once_more():
    shown = play(begun(Right.ERASURE, by_mailbox()), located())
    notice = late_notice(shown, after=40 * DAY)
    assert notice.waits_for_you
    assert [button.act for button in notice.buttons] == ["delete_all", "copy_first", "stop_keep"]
    assert ("late_unanswered", "red") in nudges(shown, TICK, NOW + 40 * DAY)


def test_a_plan_with_a_yes_is_late_by_ours():
    notice = late_notice(play(begun(Right.ERASURE, by_mailbox()), located(), YES), after=40 * DAY)
    assert (notice.waits_for_you, notice.buttons) == (False, ())


def test_a_value_nobody_gave_is_late_for_want_of_the_person():
    assert late_notice(ticket(Right.RECTIFICATION), after=40 * DAY).waits_for_you


def no_answer() -> e.Refused:
    return e.Refused(by=LOTTE.key, ground="no_answer", letter=SAID)


@pytest.mark.parametrize("right", [Right.ERASURE, Right.RECTIFICATION, Right.RECTIFICATION_CONTACT])
def test_a_request_without_an_answer_can_be_closed_with_a_letter(right):
    assert play(ticket(right, status=Status.REVIEW), no_answer()).status is Status.REFUSED


def test_somebody_who_said_yes_did_answer():
    with pytest.raises(IllegalMove):
        advance(ticket(Right.ERASURE, status=Status.REVIEW, confirmed_at=NOW), no_answer(), NOW)


# ---- by hand: whom a proof covers is known before anybody decides


@pytest.mark.parametrize("right", [Right.CONSENT_WITHDRAWAL, Right.POST_MORTEM])
def test_a_colleague_cannot_settle_their_own_request_that_a_mailbox_proved(right):
    one = advance(ticket(right), e.Proved(by="person", identity=by_mailbox()), NOW)
    assert (one.ticket.status, one.effects) == (Status.LOCATING, (e.Call(verb="who"),))
    mine = replace(LOTTE, subjects=frozenset({("acme", "lotte")}))
    flags = frozenset({Flag.STAFF_SUBJECT})
    known = play(one.ticket, e.Recognised(by="source", subjects=mine.subjects, flags=flags))
    assert (known.status, known.located_at) == (Status.REVIEW, NOW)
    assert known.flags == {Flag.STAFF_SUBJECT, Flag.MAILBOX_ONLY}
    assert may_decide(known, mine, Decision.SETTLE) is Verdict.IS_REQUESTER
    assert may_decide(known, MINA, Decision.SETTLE) is Verdict.YES


def test_what_sources_carry_out_is_found_and_not_only_recognised():
    with pytest.raises(IllegalMove):
        advance(begun(Right.ACCESS, by_session()), e.Recognised(by="source"), NOW)


# ---- a new address is announced at the old one


def test_a_change_of_address_is_announced_to_every_contact_on_file():
    one = begun(Right.RECTIFICATION_CONTACT, by_session())
    result = advance(one, e.MailboxProved(by="person"), NOW)
    assert result.effects == (e.Call(verb="find"), e.Notify(until=NOW))


# ---- the identity question


def test_the_pause_begins_when_the_identity_question_is_put_and_once():
    one = ticket(Right.RECTIFICATION)
    asked = play(one, e.IdentityAsked(by="person"), now=NOW + DAY)
    assert [(fact.type, fact.at) for fact in asked.clock] == [("identity_asked", NOW + DAY)]
    again = advance(asked, e.IdentityAsked(by="person"), NOW + 2 * DAY)
    assert (again.ticket.clock, again.entries) == (asked.clock, ())


def test_somebody_who_proved_it_is_not_asked():
    one = ticket(Right.RECTIFICATION_CONTACT, identity=by_mailbox())
    assert play(one, e.IdentityAsked(by="person")).clock == ()


def test_nobody_says_yes_to_a_plan_with_a_gap():
    gap = play(begun(Right.ERASURE, by_session()), located(plan_note(searched=1, systems=2)))
    with pytest.raises(IllegalMove):
        advance(gap, YES, NOW)
