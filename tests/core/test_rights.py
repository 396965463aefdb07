"""One row per right, the gate before every act, and who among staff may decide what."""

import itertools
from dataclasses import replace

import pytest

from bot.core.model import Approval, Flag, Level, Right, Status
from bot.core.plans import ERASING, MARKING, Verb
from bot.core.rights import (
    CORRECTIONS,
    GROUNDS,
    ROWS,
    Decision,
    Verdict,
    approvals_needed,
    approvers,
    has_waited,
    is_approved,
    is_confirmed,
    is_verified,
    level_of,
    may_act,
    may_decide,
    may_replay,
)
from tests.core.builders import DAY, LOTTE, ME, MINA, NOAH, NOW, by_mailbox, by_session, plan_note, ticket

PLAN = plan_note()
BY_HAND = [right for right in Right if ROWS[right].verb is None]


def approved_by(*names: str, digest: str = PLAN.hash) -> tuple[Approval, ...]:
    return tuple(Approval(by=name, at=NOW, plan_hash=digest) for name in names)


READY = ticket(
    status=Status.WORKING,
    identity=by_session(),
    plan=PLAN,
    confirmed_at=NOW,
    approvals=approved_by("T1:U1", "T1:U2"),
    waits_until=NOW - DAY,
)


def gate(one=READY, verb=Verb.ERASURE, digest=PLAN.hash) -> Verdict:
    return may_act(one, verb, plan_hash=digest, now=NOW)


@pytest.mark.parametrize("right", Right)
def test_every_right_has_a_row_and_a_closed_list_of_grounds(right):
    assert ROWS[right].article
    assert right in GROUNDS


def test_a_marketing_objection_needs_nothing_and_can_never_be_refused():
    assert is_verified(ticket(Right.OBJECTION_MARKETING))
    assert approvals_needed(ticket(Right.OBJECTION_MARKETING)) == 0
    assert GROUNDS[Right.OBJECTION_MARKETING] == ()


@pytest.mark.parametrize("right", [right for right in Right if ROWS[right].proofs])
def test_nothing_that_is_claimed_is_a_proof(right):
    assert Level.CLAIMED not in ROWS[right].proofs
    assert not is_verified(ticket(right))


@pytest.mark.parametrize("identity", [by_session(), by_mailbox()])
def test_a_contact_change_needs_the_new_mailbox_besides(identity):
    one = ticket(Right.RECTIFICATION_CONTACT, identity=identity)
    assert not is_verified(one)
    assert is_verified(replace(one, new_mailbox_at=NOW))


def test_the_new_mailbox_alone_proves_nothing():
    assert not is_verified(ticket(Right.RECTIFICATION_CONTACT, new_mailbox_at=NOW))


@pytest.mark.parametrize(
    ("right", "identity", "number"),
    [
        (Right.ERASURE, by_session(), 2),
        (Right.ERASURE, by_mailbox(), 2),
        (Right.RECTIFICATION_CONTACT, by_mailbox(), 2),
        (Right.RECTIFICATION_CONTACT, by_session(), 1),
        (Right.RECTIFICATION_CONTACT, None, 2),
        (Right.ACCESS, by_mailbox(), 1),
        (Right.COMPLAINT, None, 0),
    ],
)
def test_how_many_different_colleagues_approve(right, identity, number):
    assert approvals_needed(ticket(right, identity=identity)) == number


def test_where_only_marketing_data_goes_nobody_approves():
    assert approvals_needed(ticket(flags=frozenset({Flag.MARKETING_ONLY}))) == 0
    assert approvals_needed(ticket(Right.ACCESS, flags=frozenset({Flag.MARKETING_ONLY}))) == 1


def test_approvals_count_by_colleague_and_for_this_plan_only():
    twice = replace(READY, approvals=approved_by("T1:U1", "T1:U1"))
    assert approvers(twice) == {"T1:U1"}
    assert not is_approved(twice)
    assert not is_approved(replace(READY, approvals=approved_by("T1:U1", "T1:U2", digest="b" * 64)))
    assert is_approved(READY)


def test_without_a_plan_there_is_nothing_to_approve():
    assert approvers(replace(READY, plan=None)) == frozenset()


def test_an_erasure_and_a_correction_need_the_persons_yes_and_others_do_not():
    needs = {right for right in Right if not is_confirmed(ticket(right))}
    assert needs == {Right.ERASURE} | CORRECTIONS


def test_a_waiting_time_is_over_at_its_instant():
    one = ticket(waits_until=NOW)
    assert has_waited(one, NOW)
    assert not has_waited(one, NOW - DAY)
    assert has_waited(ticket(), NOW)


def test_the_level_is_claimed_until_something_is_proved():
    assert level_of(ticket()) is Level.CLAIMED
    assert level_of(ticket(identity=by_mailbox())) is Level.MAILBOX


# ---- the gate


def test_the_gate_opens_when_everything_is_there():
    assert gate() is Verdict.YES


@pytest.mark.parametrize(
    ("missing", "verdict"),
    [
        ({"status": Status.DONE}, Verdict.NOT_OPEN),
        ({"status": Status.LAPSED}, Verdict.NOT_OPEN),
        ({"identity": None}, Verdict.NOT_VERIFIED),
        ({"flags": frozenset({Flag.STOPPED})}, Verdict.HELD),
        ({"flags": frozenset({Flag.LEGAL_HOLD})}, Verdict.HELD),
        ({"flags": frozenset({Flag.ALARM})}, Verdict.HELD),
        ({"status": Status.SCHEDULED}, Verdict.WRONG_STATE),
        ({"plan": None}, Verdict.NO_PLAN),
        ({"plan": plan_note("b" * 64)}, Verdict.PLAN_DIFFERS),
        ({"confirmed_at": None}, Verdict.NOT_CONFIRMED),
        ({"approvals": approved_by("T1:U1")}, Verdict.NOT_APPROVED),
        ({"approvals": approved_by("T1:U1", "T1:U1")}, Verdict.NOT_APPROVED),
        ({"waits_until": NOW + DAY}, Verdict.WAITING),
    ],
)
def test_the_gate_is_shut_while_one_thing_is_missing(missing, verdict):
    assert gate(replace(READY, **missing)) is verdict


@pytest.mark.parametrize("verb", [verb for verb in Verb if verb not in {Verb.ERASURE, Verb.OBJECTION_MARKETING}])
def test_the_gate_opens_for_the_verb_of_the_right_only(verb):
    assert gate(verb=verb) is Verdict.WRONG_VERB


def test_marketing_stops_at_once_for_an_erasure_and_is_held_like_any_act():
    early = replace(READY, status=Status.LOCATING, plan=None, approvals=(), confirmed_at=None)
    assert gate(early, Verb.OBJECTION_MARKETING) is Verdict.YES
    assert gate(replace(early, identity=None), Verb.OBJECTION_MARKETING) is Verdict.NOT_VERIFIED
    assert gate(replace(early, flags=frozenset({Flag.STOPPED})), Verb.OBJECTION_MARKETING) is Verdict.HELD
    assert gate(replace(early, status=Status.VERIFYING), Verb.OBJECTION_MARKETING) is Verdict.WRONG_VERB


def test_a_purpose_is_restricted_at_once_while_an_objection_is_weighed():
    one = ticket(Right.OBJECTION, status=Status.REVIEW, identity=by_mailbox())
    assert gate(one, Verb.RESTRICTION) is Verdict.YES
    assert gate(one, Verb.OBJECTION_INTEREST) is Verdict.WRONG_STATE


def test_a_marketing_objection_passes_without_a_plan_once_it_is_being_done():
    one = ticket(Right.OBJECTION_MARKETING, status=Status.WORKING)
    assert gate(one, Verb.OBJECTION_MARKETING) is Verdict.YES
    assert gate(replace(one, status=Status.REVIEW), Verb.OBJECTION_MARKETING) is Verdict.WRONG_STATE


@pytest.mark.parametrize(("right", "verb"), list(itertools.product(BY_HAND, Verb)))
def test_what_is_done_by_hand_passes_the_gate_with_no_verb(right, verb):
    one = replace(READY, right=right)
    assert gate(one, verb) is Verdict.WRONG_VERB


@pytest.mark.parametrize("bits", list(itertools.product([True, False], repeat=6)))
def test_the_gate_says_yes_only_when_nothing_is_missing(bits):
    verified, unheld, same_plan, confirmed, approved, waited = bits
    one = replace(
        READY,
        identity=by_session() if verified else None,
        flags=frozenset() if unheld else frozenset({Flag.ALARM}),
        confirmed_at=NOW if confirmed else None,
        approvals=approved_by("T1:U1", "T1:U2") if approved else approved_by("T1:U2"),
        waits_until=NOW if waited else NOW + DAY,
    )
    assert (gate(one, digest=PLAN.hash if same_plan else "c" * 64) is Verdict.YES) is all(bits)


# ---- staff

REVIEW = replace(READY, status=Status.REVIEW, approvals=())


@pytest.mark.parametrize("decision", Decision)
def test_somebody_unknown_and_somebody_without_a_role_decide_nothing(decision):
    assert may_decide(REVIEW, None, decision) is Verdict.NOT_STAFF
    assert may_decide(REVIEW, NOAH, decision) is Verdict.NOT_STAFF


@pytest.mark.parametrize("decision", Decision)
def test_the_person_who_asks_decides_nothing_about_it(decision):
    self = replace(LOTTE, subjects=frozenset({ME}))
    assert may_decide(REVIEW, self, decision) is Verdict.IS_REQUESTER
    by_code = replace(REVIEW, identity=by_mailbox(), subjects=frozenset({ME}))
    assert may_decide(by_code, self, decision) is Verdict.IS_REQUESTER


def test_refusing_needs_the_legal_role():
    assert may_decide(REVIEW, MINA, Decision.REFUSE) is Verdict.NO_ROLE
    assert may_decide(REVIEW, LOTTE, Decision.REFUSE) is Verdict.YES


def test_approving_needs_the_approver_role():
    lawyer = replace(LOTTE, roles=LOTTE.roles - MINA.roles)
    assert may_decide(REVIEW, lawyer, Decision.APPROVE) is Verdict.NO_ROLE
    assert may_decide(REVIEW, MINA, Decision.APPROVE) is Verdict.YES


@pytest.mark.parametrize("missing", [{"status": Status.LOCATING}, {"plan": None}])
def test_there_is_nothing_to_approve_outside_the_review(missing):
    assert may_decide(replace(REVIEW, **missing), MINA, Decision.APPROVE) is Verdict.WRONG_STATE


def test_nobody_approves_one_plan_twice():
    once = replace(REVIEW, approvals=approved_by(MINA.key))
    assert may_decide(once, MINA, Decision.APPROVE) is Verdict.TWICE
    assert may_decide(once, LOTTE, Decision.APPROVE) is Verdict.YES


@pytest.mark.parametrize("decision", sorted(set(Decision) - {Decision.APPROVE, Decision.REFUSE}))
def test_a_colleague_with_a_role_may_do_the_rest(decision):
    assert may_decide(ticket(Right.COMPLAINT), MINA, decision) is Verdict.YES


@pytest.mark.parametrize("verb", sorted(MARKING))
@pytest.mark.parametrize("fits", [True, False])
def test_on_a_restored_database_marks_follow_the_data_as_it_is(verb, fits):
    assert may_replay(verb, plan_fits=fits) is Verdict.YES


@pytest.mark.parametrize("verb", sorted(ERASING))
def test_on_a_restored_database_an_erasure_is_done_again_only_under_the_plan_that_was_approved(verb):
    assert may_replay(verb, plan_fits=True) is Verdict.YES
    assert may_replay(verb, plan_fits=False) is Verdict.PLAN_DIFFERS


@pytest.mark.parametrize("verb", sorted(set(Verb) - ERASING - MARKING))
def test_neither_corrections_nor_copies_can_be_done_again(verb):
    assert may_replay(verb, plan_fits=True) is Verdict.WRONG_VERB
