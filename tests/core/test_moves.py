"""What each event changes by itself."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core import events as e
from bot.core.clock import copy_until, legal_dates, rungs
from bot.core.lifecycle import advance
from bot.core.messages import Looking
from bot.core.model import Copy, Flag, Level, Right, Status
from bot.core.moves import FOUND, IllegalMove
from bot.core.rights import GROUNDS, ROWS, is_verified
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
OTHER = plan_note("b" * 64)
SAID = Looking(ref="SEL-2026-00001", latest=(NOW + DAY).date())
YES = e.Confirmed(by="person")
TICK = e.Ticked(by="clock")
COPY = Copy(object_id="o-1", size=10, until=copy_until(NOW))
ONLY_MARKETING = frozenset({Flag.MARKETING_ONLY})


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


# ---- proofs


def test_a_proof_is_written_to_the_ticket_with_its_flag_and_ends_the_pause():
    result = advance(begun(Right.ACCESS), e.Proved(by="person", identity=by_mailbox()), NOW)
    assert result.ticket.identity == by_mailbox()
    assert result.ticket.flags == {Flag.MAILBOX_ONLY}
    assert [fact.type for fact in result.ticket.clock] == ["identity_answered"]
    assert result.entries[0].facts == {"level": "L1", "door": "web"}


def test_somebody_signed_in_is_no_mailbox():
    assert play(begun(Right.ACCESS), e.Proved(by="person", identity=by_session())).flags == frozenset()


def test_a_second_proof_never_widens_the_first():
    one = begun(Right.ACCESS, by_mailbox())
    again = advance(one, e.Proved(by="person", identity=by_session()), NOW)
    assert again.ticket.identity == by_mailbox()
    assert again.entries[0].facts == {"level": "L2", "ignored": "already verified"}


def test_a_claim_opens_no_gate():
    claim = replace(by_session(), level=Level.CLAIMED)
    assert play(begun(Right.ACCESS), e.Proved(by="person", identity=claim)).status is Status.VERIFYING


def test_the_new_mailbox_is_proved_once():
    one = play(begun(Right.RECTIFICATION_CONTACT, by_session()), e.MailboxProved(by="person"))
    assert (one.new_mailbox_at, one.status) == (NOW, Status.LOCATING)
    assert play(one, e.MailboxProved(by="person"), now=NOW + DAY).new_mailbox_at == NOW


# ---- the person's yes


def test_a_yes_to_an_erasure_says_what_happens_next_and_until_when_it_can_be_stopped():
    assert told(SHOWN, YES) == ["erasure_in_hand"]
    assert play(SHOWN, YES).confirmed_at == NOW


def test_a_second_yes_changes_nothing_and_is_not_logged():
    once = play(SHOWN, YES)
    again = advance(once, YES, NOW + DAY)
    assert (again.ticket.confirmed_at, again.entries, again.effects) == (NOW, (), ())


@pytest.mark.parametrize("identity", [None, by_mailbox()])
def test_nobody_says_yes_to_a_plan_that_was_not_shown(identity):
    with pytest.raises(IllegalMove):
        advance(begun(Right.ERASURE, identity), YES, NOW)


def test_a_button_of_the_earlier_plan_is_no_yes_to_the_next_one():
    looking = play(WORKING, e.PlanMoved(by="source"))
    with pytest.raises(IllegalMove):
        advance(looking, YES, NOW)


def test_a_yes_to_a_correction_names_the_date_once_the_check_is_passed():
    assert told(begun(Right.RECTIFICATION, by_session()), YES) == ["change_in_hand"]
    assert told(begun(Right.RECTIFICATION), YES) == []
    assert told(begun(Right.RECTIFICATION_CONTACT, by_session()), YES) == []


def test_a_yes_where_only_marketing_data_goes_is_answered_by_the_result():
    one = play(begun(Right.ERASURE, by_mailbox()), located(flags=ONLY_MARKETING))
    assert told(one, YES) == []


# ---- other values


def test_other_values_void_the_plan_the_yes_and_the_approvals():
    one = play(begun(Right.RECTIFICATION, by_session()), located(), approved(), e.Amended(by="person"))
    assert (one.status, one.plan, one.approvals, one.confirmed_at) == (Status.LOCATING, None, (), None)


def test_the_sources_are_asked_again_for_other_values():
    one = play(begun(Right.RECTIFICATION, by_session()), located())
    assert advance(one, e.Amended(by="person"), NOW).effects == (e.Call(verb="find"),)


def test_an_address_among_the_values_makes_it_a_contact_change_that_waits_for_the_new_mailbox():
    one = play(begun(Right.RECTIFICATION, by_session()), located(), e.Amended(by="person", contact=True))
    assert (one.right, one.status) == (Right.RECTIFICATION_CONTACT, Status.VERIFYING)
    assert play(one, e.MailboxProved(by="person")).status is Status.LOCATING


def test_a_contact_change_stays_one_and_another_address_needs_its_own_proof():
    one = play(begun(Right.RECTIFICATION_CONTACT, by_session()), e.MailboxProved(by="person"))
    again = play(one, e.Amended(by="person"))
    assert (again.right, again.new_mailbox_at, is_verified(again)) == (Right.RECTIFICATION_CONTACT, None, False)


@pytest.mark.parametrize("right", [right for right in Right if not right.value.startswith("rectification")])
def test_only_a_correction_is_given_other_values(right):
    with pytest.raises(IllegalMove):
        advance(ticket(right), e.Amended(by="person", contact=True), NOW)


# ---- found


def test_a_plan_is_remembered_told_and_logged_without_values():
    result = advance(begun(Right.ACCESS, by_session()), located(), NOW)
    assert result.ticket.plan == PLAN
    assert result.entries[0].facts == {"rows": "12", "groups": "3", "plan": "aaaa"}
    assert [effect.durable for effect in result.effects if isinstance(effect, e.Tell)] == [False]


def test_nothing_held_is_a_full_answer_and_goes_by_mail_too():
    result = advance(begun(Right.ERASURE, by_mailbox()), located(nothing=True), NOW)
    assert (result.ticket.status, result.ticket.closed_at, result.ticket.waits_until) == (Status.DONE, NOW, None)
    assert [effect.durable for effect in result.effects if isinstance(effect, e.Tell)] == [True]


@pytest.mark.parametrize("flag", sorted(FOUND))
def test_what_a_search_found_does_not_outlive_the_next_search(flag):
    one = ticket(Right.ACCESS, status=Status.LOCATING, identity=by_session(), flags=frozenset({flag}))
    assert play(one, located()).flags == frozenset()


@pytest.mark.parametrize("flag", sorted(set(Flag) - FOUND - {Flag.UNSORTED}))
def test_what_people_said_outlives_every_search(flag):
    one = ticket(Right.ACCESS, status=Status.LOCATING, identity=by_session(), flags=frozenset({flag}))
    assert play(one, located()).flags == {flag}


def test_an_account_that_turns_up_later_brings_back_approvals_and_waiting_time():
    one = play(begun(Right.ERASURE, by_mailbox()), located(flags=ONLY_MARKETING), YES)
    assert one.status is Status.WORKING
    moved = play(one, e.PlanMoved(by="source"), now=NOW + DAY)
    found = advance(moved, located(OTHER), NOW + DAY)
    assert found.ticket.waits_until == NOW + DAY + timedelta(hours=72)
    assert e.Notify(until=found.ticket.waits_until) in found.effects
    ready = play(found.ticket, YES, now=NOW + DAY)
    assert ready.status is Status.REVIEW


# ---- sources


def test_a_source_that_refuses_for_good_is_told_to_staff_every_time():
    refused = e.SourceFailed(by="source", source="platform", reason="too_many_rows", final=True)
    one = begun(Right.ACCESS, by_session())
    assert nudges(one, refused) == [("source_refused", "channel")]
    again = play(one, refused)
    assert nudges(again, refused) == [("source_refused", "channel")], "after each retry"
    assert again.failures[0].reason == "too_many_rows"
    assert advance(one, refused, NOW).entries[0].facts["again"] == "no"


def test_a_source_that_fails_is_named_and_counted_and_staff_hear_of_it_once():
    failed = e.SourceFailed(by="source", source="platform", reason="down")
    one = begun(Right.ACCESS, by_session())
    heard = []
    for _ in range(5):
        heard += nudges(one, failed)
        one = play(one, failed)
    assert heard == [("source_failed", "channel")]
    assert [(failure.source, failure.tries) for failure in one.failures] == [("platform", 5)]
    assert one.flags == {Flag.UNREACHABLE}
    assert one.status is Status.LOCATING


def test_failures_of_two_sources_are_counted_apart_and_gone_with_the_answer():
    one = begun(Right.ACCESS, by_session())
    for source in ("platform", "crm", "platform"):
        one = play(one, e.SourceFailed(by="source", source=source, reason="down"))
    assert {failure.source: failure.tries for failure in one.failures} == {"platform": 2, "crm": 1}
    assert play(one, located()).failures == ()


def test_a_plan_that_moved_voids_approvals_and_the_yes_and_leaves_the_data_alone():
    result = advance(WORKING, e.PlanMoved(by="source"), NOW + DAY)
    one = result.ticket
    assert (one.status, one.plan, one.approvals, one.confirmed_at) == (Status.LOCATING, None, (), None)
    assert one.flags == {Flag.PLAN_CHANGED}
    assert result.effects == (e.Call(verb="find"), e.Nudge(rung="plan_changed"))


def test_the_reminder_for_a_new_plan_counts_from_the_new_plan():
    later = NOW + 5 * DAY
    again = play(play(WORKING, e.PlanMoved(by="source")), located(OTHER), now=later)
    assert again.located_at == later
    assert [due.at for due in rungs(again) if due.name == "confirm"] == [later + DAY]


def test_what_somebody_typed_themselves_stays_confirmed_when_the_plan_moves():
    one = play(begun(Right.RECTIFICATION, by_session()), YES, located(), approved())
    assert one.status is Status.WORKING
    assert play(one, e.PlanMoved(by="source")).confirmed_at == NOW


def test_the_result_closes_the_ticket_keeps_the_copy_and_forgets_the_values():
    one = play(REVIEW, approved())
    result = advance(
        replace(one, flags=frozenset({Flag.UNREACHABLE})), e.Acted(by="source", message=SAID, copy=COPY), NOW
    )
    assert (result.ticket.status, result.ticket.copy, result.ticket.flags) == (Status.DONE, COPY, frozenset())
    assert result.effects == (e.Tell(message=SAID, durable=True), e.Forget(kinds=("changes",)))


# ---- staff


def test_an_approval_is_logged_with_the_plan_and_the_count():
    result = advance(SHOWN, approved(), NOW)
    assert result.entries[0].facts == {"plan": "aaaa", "count": "1/2"}
    again = advance(result.ticket, approved(), NOW)
    assert again.entries[0].facts["count"] == "1/2"
    assert advance(again.ticket, approved(MINA.key), NOW).entries[0].facts["count"] == "2/2"


@pytest.mark.parametrize("plan", [None, OTHER])
def test_an_approval_is_for_the_plan_that_stands(plan):
    with pytest.raises(IllegalMove):
        advance(replace(SHOWN, plan=plan), approved(), NOW)


def test_approvals_of_an_earlier_search_count_no_more():
    one = play(SHOWN, approved(), approved(MINA.key))
    again = play(replace(one, status=Status.LOCATING), located())
    assert again.approvals == ()


@pytest.mark.parametrize("right", [right for right in Right if GROUNDS[right]])
def test_a_refusal_names_its_ground_and_who_decided(right):
    letter = e.Refused(by=LOTTE.key, ground=GROUNDS[right][0], letter=SAID)
    result = advance(ticket(right), letter, NOW)
    assert (result.ticket.status, result.ticket.decided_by) == (Status.REFUSED, LOTTE.key)
    assert result.ticket.ground == GROUNDS[right][0]
    assert result.effects[0] == e.Tell(message=SAID, durable=True)


@pytest.mark.parametrize("right", Right)
def test_no_right_is_refused_on_a_ground_outside_its_list(right):
    for ground in ("", "busy", "art_15_4" if right is not Right.ACCESS else "art_17_3_b"):
        with pytest.raises(IllegalMove):
            advance(ticket(right), e.Refused(by=LOTTE.key, ground=ground, letter=SAID), NOW)


def extended(*reasons: str) -> e.Extended:
    return e.Extended(by=LOTTE.key, reasons=reasons, letter=SAID)


def test_an_extension_adds_two_months_and_tells_the_person():
    result = advance(REVIEW, extended("complexity"), NOW + DAY)
    assert legal_dates(result.ticket).desk_due.isoformat() == "2027-02-02"
    assert result.entries[0].facts == {"until": "2027-02-02"}
    assert result.effects == (e.Tell(message=SAID, durable=True),)


@pytest.mark.parametrize("reasons", [(), ("workload",), ("holidays",)])
def test_an_extension_without_a_ground_of_the_law_is_none(reasons):
    with pytest.raises(IllegalMove):
        advance(REVIEW, extended(*reasons), NOW)


def test_an_extension_comes_in_time_and_once():
    with pytest.raises(IllegalMove):
        advance(REVIEW, extended("complexity"), NOW + 31 * DAY)
    once = play(REVIEW, extended("complexity"))
    with pytest.raises(IllegalMove):
        advance(once, extended("complexity"), NOW)


def test_a_question_of_staff_waits_for_its_answer_and_stops_no_clock():
    one = play(REVIEW, e.Asked(by=LOTTE.key, message=SAID))
    assert one.asked_at == NOW
    assert legal_dates(one) == legal_dates(REVIEW)
    assert play(one, e.AnswerCame(by="person")).asked_at is None
    assert nudges(one, e.AnswerCame(by="person")) == [("answer_came", "channel")]


@pytest.mark.parametrize("right", [right for right in Right if ROWS[right].verb])
def test_what_a_source_carries_out_is_not_settled_by_hand(right):
    with pytest.raises(IllegalMove):
        advance(ticket(right, status=Status.REVIEW), e.Settled(by=LOTTE.key, message=SAID), NOW)


def test_what_is_settled_by_hand_names_who_did_it():
    one = play(begun(Right.COMPLAINT), e.Settled(by=LOTTE.key, message=SAID))
    assert (one.status, one.decided_by, one.closed_at) == (Status.DONE, LOTTE.key, NOW)


def test_a_failed_call_is_owed_again_when_a_colleague_asks():
    assert advance(begun(Right.ACCESS, by_session()), e.Retried(by=LOTTE.key), NOW).effects == (e.Call(verb="retry"),)
