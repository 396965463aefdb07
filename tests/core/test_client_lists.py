"""A request of somebody on a client's list: what is done here, what goes to the client, and what staff are told."""

from dataclasses import replace

import pytest

from bot.core import events as e
from bot.core.lifecycle import advance
from bot.core.messages import NothingHeld
from bot.core.model import Flag, Right, Status
from bot.core.rights import approvals_needed, is_confirmed
from tests.core.builders import LOTTE, MINA, NOW, begun, by_mailbox, by_session, located, plan_note, play

LIST_ONLY = plan_note(groups=0, rows=0, processor_rows=3)
FLAGS = frozenset({Flag.PROCESSOR})
NOTHING = NothingHeld(ref="SEL-2026-00001", searched=1)
FOUND = replace(located(LIST_ONLY, flags=FLAGS, nothing=True), message=NOTHING)
DONE = e.Acted(by="source", message=NOTHING)
FROM_LIST = e.Approved(by=LOTTE.key, plan_hash=LIST_ONLY.hash)


def rungs(one, event):
    return [effect.rung for effect in advance(one, event, NOW).effects if isinstance(effect, e.Nudge)]


def located_ticket(right):
    return begun(right, by_mailbox())


def test_an_erasure_on_a_clients_list_needs_one_colleague_no_waiting_and_no_second_yes():
    shown = play(located_ticket(Right.ERASURE), FOUND)
    assert (shown.status, shown.waits_until) == (Status.REVIEW, None)
    assert is_confirmed(shown)
    assert approvals_needed(shown) == 1
    assert play(shown, FROM_LIST).status is Status.WORKING
    assert rungs(play(shown, FROM_LIST), DONE) == ["tell_client"]


def test_the_person_reads_the_words_of_one_whom_nobody_holds():
    told = [one for one in advance(located_ticket(Right.ERASURE), FOUND, NOW).effects if isinstance(one, e.Tell)]
    assert [(one.message, one.durable) for one in told] == [(NOTHING, True)]


@pytest.mark.parametrize("right", [Right.ACCESS, Right.PORTABILITY, Right.RESTRICTION, Right.OBJECTION])
def test_what_the_client_decides_is_closed_here_and_forwarded_by_staff(right):
    moved = advance(located_ticket(right), FOUND, NOW)
    assert moved.ticket.status is Status.DONE
    assert [one.rung for one in moved.effects if isinstance(one, e.Nudge)] == ["forward"]


def test_nothing_anywhere_is_forwarded_to_nobody():
    moved = advance(located_ticket(Right.ERASURE), replace(FOUND, plan=plan_note(groups=0, rows=0), flags=FLAGS), NOW)
    assert moved.ticket.status is Status.DONE
    assert not [one for one in moved.effects if isinstance(one, e.Nudge)]


# ---- what staff still have to do by hand


@pytest.mark.parametrize(
    ("right", "rung"), [(Right.RESTRICTION, ["tell_recipients"]), (Right.ACCESS, []), (Right.PORTABILITY, [])]
)
def test_staff_are_told_to_pass_on_what_was_changed(right, rung):
    plan = plan_note(recipients=2)
    working = play(begun(right, by_session()), located(plan), e.Approved(by=LOTTE.key, plan_hash=plan.hash))
    assert rungs(working, DONE) == rung


def test_an_act_without_a_plan_has_nobody_to_tell():
    assert rungs(begun(Right.OBJECTION_MARKETING), DONE) == []


def test_the_evidence_of_an_act_stands_in_the_log():
    plan = plan_note()
    working = play(begun(Right.RESTRICTION, by_session()), located(plan), e.Approved(by=LOTTE.key, plan_hash=plan.hash))
    facts = {"restrict": "4", "proof": "ab12", "cleared": "yes"}
    entries = advance(working, replace(DONE, facts=facts), NOW).entries
    assert next(one for one in entries if one.what == "acted").facts == facts


@pytest.mark.parametrize(
    "ends",
    [
        e.Withdrew(by="person"),
        e.Refused(by=MINA.key, ground="art_21_1_claims", letter=NOTHING),
    ],
)
def test_an_objection_that_ends_without_an_act_leaves_a_restriction_to_lift(ends):
    assert rungs(play(begun(Right.OBJECTION, by_session()), located()), ends) == ["lift_restriction"]
    assert rungs(begun(Right.OBJECTION), ends) == [], "unverified, nothing was restricted"
