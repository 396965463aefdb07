"""The road with gates: every state and every event, every actor, and the diagram."""

import itertools
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core import events as e
from bot.core.events import Actor
from bot.core.lifecycle import ENDS, GATES, MOVES, OPEN, WHO, actor_of, advance, mermaid, name_of, opened
from bot.core.messages import Looking, Withdrawn
from bot.core.model import CLOSED, Copy, Errand, Flag, Notice, Right, Status, Task, Way
from bot.core.moves import IllegalMove
from bot.core.rights import ROWS
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
SAID = Looking(ref="SEL-2026-00001", latest=(NOW + DAY).date())
BY = {Actor.PERSON: "person", Actor.CLOCK: "clock", Actor.SOURCE: "source:platform", Actor.STAFF: LOTTE.key}
ONE_OF_EACH = {
    type(event): event
    for event in (
        e.Proved(by="person", identity=by_session()),
        e.MailboxProved(by="person"),
        e.IdentityAsked(by="person"),
        e.Confirmed(by="person"),
        e.Amended(by="person"),
        located(),
        e.Recognised(by="source"),
        e.SourceFailed(by="source", source="platform", reason="down"),
        e.PlanMoved(by="source"),
        e.Acted(by="source", message=SAID),
        e.Informed(by="source", recipient="crm"),
        e.NotInformed(by="source", recipient="crm", reason="down"),
        e.Approved(by=LOTTE.key, plan_hash=PLAN.hash),
        e.Refused(by=LOTTE.key, ground="art_12_5_excessive", letter=SAID),
        e.Extended(by=LOTTE.key, reasons=("complexity",), letter=SAID),
        e.Asked(by=LOTTE.key, message=SAID),
        e.AnswerCame(by="person"),
        e.Settled(by=LOTTE.key, message=SAID),
        e.ErrandSet(by="source", errand="k-2", what="erasure", about="archive"),
        e.ErrandDone(by=LOTTE.key, errand="k-1"),
        e.Withdrew(by="person"),
        e.Stopped(by="person"),
        e.HoldSet(by=LOTTE.key),
        e.HoldLifted(by=LOTTE.key),
        e.Assigned(by=LOTTE.key, to=MINA.key),
        e.ProofNoted(by=LOTTE.key, task=Task.TELL_RECIPIENTS, note="n-1"),
        e.ContactGiven(by=LOTTE.key),
        e.Undelivered(by="source:mail", what="mail"),
        e.Alarmed(by="person", kind="wrong_person"),
        e.Retried(by=LOTTE.key),
        e.Fetched(by="person"),
        e.Ticked(by="clock"),
    )
}
RIGHT_FOR = {e.Amended: Right.RECTIFICATION, e.Settled: Right.COMPLAINT, e.Recognised: Right.CONSENT_WITHDRAWAL}
OVER = Status.DONE
YES = e.Confirmed(by="person")
APPROVED = tuple(e.Approved(by=one.key, plan_hash=PLAN.hash) for one in (LOTTE, MINA))
TICK = e.Ticked(by="clock")


def standing(status: Status, event: type[e.Event]):
    """A ticket that stands at `status`, of a right for which `event` makes sense, and not ready for the next gate."""
    copy = Copy(object_id="o-1", size=1, until=NOW + 14 * DAY)
    return ticket(
        RIGHT_FOR.get(event, Right.RECTIFICATION),
        status=status,
        identity=None if status is Status.VERIFYING else by_session(),
        plan=None if status is Status.LOCATING else PLAN,
        waits_until=NOW + DAY,
        copy=copy,
        notices=(Notice(recipient="crm", name="CRM", way=Way.MAIL),),
        errands=(Errand(id="k-1", what="erasure", due=NOW.date()),),
        tasks=frozenset(Task),
    )


@pytest.mark.parametrize(("status", "event"), list(itertools.product(Status, MOVES)))
def test_an_event_happens_in_the_states_of_its_row_and_in_no_other(status, event):
    before = standing(status, event)
    if status in MOVES[event].states:
        after = advance(before, ONE_OF_EACH[event], NOW).ticket
        assert after.version == before.version + 1
    else:
        with pytest.raises(IllegalMove, match=status):
            advance(before, ONE_OF_EACH[event], NOW)


@pytest.mark.parametrize(("event", "actor"), list(itertools.product(MOVES, Actor)))
def test_an_event_is_caused_by_the_actors_of_its_row_and_by_no_other(event, actor):
    state = min(MOVES[event].states)
    caused = replace(ONE_OF_EACH[event], by=BY[actor])
    if actor in WHO[event]:
        assert advance(standing(state, event), caused, NOW)
    else:
        with pytest.raises(IllegalMove, match=actor):
            advance(standing(state, event), caused, NOW)


def test_the_tables_have_a_row_for_every_event():
    kinds = {kind for kind in vars(e).values() if isinstance(kind, type) and issubclass(kind, e.Event)} - {e.Event}
    assert set(MOVES) == set(WHO) == set(ONE_OF_EACH) == kinds


def test_the_clock_only_ticks_so_silence_approves_refuses_and_extends_nothing():
    assert {event for event in WHO if Actor.CLOCK in WHO[event]} == {e.Ticked}


@pytest.mark.parametrize("by", ["", ":", ":U1", "U1", "persona", "clocks", "PERSON", "sources", "Source"])
def test_somebody_the_desk_does_not_know_causes_nothing(by):
    with pytest.raises(IllegalMove):
        advance(begun(Right.ACCESS, by_session()), e.HoldSet(by=by), NOW)


def test_actors_are_told_by_their_names():
    assert {actor: actor_of(by) for actor, by in BY.items()} == {actor: actor for actor in Actor}
    assert actor_of("source") is Actor.SOURCE


def test_an_event_is_logged_under_its_name_in_small_letters():
    assert name_of(e.MailboxProved(by="person")) == "mailbox_proved"


def test_the_same_event_at_the_same_instant_gives_the_same_result():
    one = begun(Right.ERASURE, by_mailbox())
    assert advance(one, located(), NOW) == advance(one, located(), NOW)


# ---- how each right runs


def stood(right: Right, identity=None) -> Status:
    return begun(right, identity).status


@pytest.mark.parametrize("right", [right for right in Right if ROWS[right].proofs])
def test_a_stranger_waits_at_the_first_gate(right):
    assert stood(right) is Status.VERIFYING


@pytest.mark.parametrize(
    ("right", "status"),
    [
        (Right.OBJECTION_MARKETING, Status.WORKING),
        (Right.COMPLAINT, Status.REVIEW),
        (Right.TESTIMONIAL_REMOVAL, Status.REVIEW),
        (Right.UNCLEAR, Status.REVIEW),
    ],
)
def test_what_needs_no_proof_runs_as_far_as_it_can_by_itself(right, status):
    assert stood(right) is status


@pytest.mark.parametrize(
    ("right", "status"),
    [
        (Right.ACCESS, Status.LOCATING),
        (Right.ERASURE, Status.LOCATING),
        (Right.RECTIFICATION_CONTACT, Status.VERIFYING),
        (Right.POST_MORTEM, Status.LOCATING),
        (Right.CONSENT_WITHDRAWAL, Status.LOCATING),
    ],
)
def test_somebody_signed_in_passes_the_first_gate(right, status):
    assert stood(right, by_session()) is status


def test_receipt_and_gates_are_logged_and_the_sources_are_asked():
    result = opened(ticket(Right.ACCESS, identity=by_session()), NOW)
    assert [entry.what for entry in result.entries] == ["received", "gate_locating"]
    assert result.entries[0].facts == {"door": "web", "right": "access"}
    assert result.effects == (e.Call(verb="find"),)


def test_an_erasure_asks_the_sources_stops_marketing_and_warns_every_contact_when_it_is_verified():
    result = opened(ticket(identity=by_mailbox()), NOW)
    assert result.ticket.waits_until == NOW + timedelta(hours=72)
    assert result.effects == (
        e.Call(verb="find"),
        e.Call(verb="at_once"),
        e.Notify(until=NOW + timedelta(hours=72)),
    )


def test_a_wait_that_passes_the_last_working_day_is_shown_to_staff():
    late = NOW + 30 * DAY
    result = opened(ticket(identity=by_session(late)), late)
    assert result.effects[-1] == e.Nudge(rung="wait_past_work_by")


def test_an_erasure_stops_at_each_gate():
    one = begun(Right.ERASURE, by_session())
    one = play(one, located())
    assert one.status is Status.REVIEW
    one = play(one, *APPROVED)
    assert one.status is Status.REVIEW
    one = play(one, YES)
    assert one.status is Status.SCHEDULED
    assert play(one, TICK).status is Status.SCHEDULED
    working = advance(one, TICK, NOW + DAY)
    assert working.ticket.status is Status.WORKING
    assert working.effects[-1] == e.Call(verb="act")
    done = play(working.ticket, e.Acted(by="source", message=SAID), now=NOW + DAY)
    assert (done.status, done.closed_at) == (OVER, NOW + DAY)


def test_two_approvals_of_one_colleague_are_one():
    one = play(begun(Right.ERASURE, by_session()), located(), YES, APPROVED[0], APPROVED[0])
    assert one.status is Status.REVIEW


def test_a_plan_with_a_gap_goes_no_further():
    gap = located(plan_note(searched=4, systems=5))
    assert play(begun(Right.ACCESS, by_session()), gap).status is Status.LOCATING


def test_a_held_ticket_passes_neither_the_review_nor_the_wait():
    one = play(begun(Right.ACCESS, by_session()), located(), e.HoldSet(by=LOTTE.key), APPROVED[0])
    assert one.status is Status.REVIEW
    assert play(one, e.HoldLifted(by=LOTTE.key)).status is Status.WORKING
    waits = play(begun(Right.ERASURE, by_session()), located(), YES, *APPROVED, e.Stopped(by="person"))
    assert play(waits, TICK, now=NOW + DAY).status is Status.SCHEDULED


def test_what_is_done_by_hand_waits_for_a_colleague_however_long():
    one = begun(Right.COMPLAINT)
    assert play(one, TICK, now=NOW + 400 * DAY).status is Status.REVIEW
    assert play(one, e.Settled(by=LOTTE.key, message=SAID)).status is OVER


@pytest.mark.parametrize("status", sorted(CLOSED))
def test_what_is_over_stays_over(status):
    one = ticket(status=status)
    for event in ONE_OF_EACH.values():
        try:
            assert advance(one, event, NOW).ticket.status is status
        except IllegalMove:
            continue


# ---- the diagram


@pytest.mark.parametrize("event", ENDS)
def test_the_diagram_says_where_an_event_by_itself_leads(event):
    for status in MOVES[event].states:
        change = MOVES[event].apply(standing(status, event), ONE_OF_EACH[event], NOW)
        assert change.ticket.status is ENDS[event]


@pytest.mark.parametrize("event", [event for event in MOVES if event not in {*ENDS, e.Located, e.Ticked}])
def test_no_other_event_by_itself_leads_anywhere(event):
    for status in MOVES[event].states:
        change = MOVES[event].apply(standing(status, event), ONE_OF_EACH[event], NOW)
        assert change.ticket.status is status


def test_the_diagram_shows_every_gate_every_end_and_no_unknown_state():
    drawn = mermaid()
    states = set(re.findall(r"\b([a-z]+) -->|--> ([a-z]+)\b", drawn))
    assert {name for pair in states for name in pair if name} == set(Status) - {Status.FORWARDED}
    for status, gate in GATES.items():
        assert f"    {status} --> {gate.to} : {gate.words}\n" in drawn
    assert "    working --> done : Acted\n" in drawn
    assert "    review --> verifying : Amended\n" in drawn
    assert "    verifying --> verifying" not in drawn
    assert drawn.endswith("    lapsed --> [*]\n")


def test_working_has_no_gate_and_every_other_open_state_has_one():
    assert OPEN - set(GATES) == {Status.WORKING}


def test_taking_it_back_ends_it_and_forgets_the_values():
    result = advance(begun(Right.RECTIFICATION), e.Withdrew(by="person"), NOW)
    assert result.ticket.status is Status.WITHDRAWN
    assert result.effects == (
        e.Tell(message=Withdrawn(ref="SEL-2026-00001"), durable=True),
        e.Forget(kinds=("changes",)),
    )


def test_marketing_data_alone_goes_without_staff_and_without_waiting_after_the_persons_yes():
    only = located(flags=frozenset({Flag.MARKETING_ONLY}))
    one = play(begun(Right.ERASURE, by_mailbox()), only)
    assert (one.status, one.waits_until) == (Status.REVIEW, None)
    assert play(one, YES).status is Status.WORKING
