"""Alarms and second thoughts in a conversation: all concerned is frozen, and nothing is kept that came too late."""

from dataclasses import replace

import pytest

from bot.core import events as e
from bot.core.clock import copy_until, legal_dates
from bot.core.model import Asking, Copy, Flag, Level, Right, Status
from bot.core.plans import Change
from tests.core.builders import DAY, LOTTE, NOW, located, plan_note

BERG = (Change(name="last_name", old="Berg", new="van den Berg"),)
OTHER = (Change(name="last_name", new="Bergman"),)
NEW_MAIL = (Change(name="email", new="new@example.nl"),)
COPY = Copy(object_id="o-1", size=1, until=copy_until(NOW))


def asked(ticket) -> list:
    return [fact.at for fact in ticket.clock if fact.type == "identity_asked"]


# ---- alarms


@pytest.mark.parametrize("by", ["button", "words"])
def test_somebody_elses_data_freezes_the_copy_it_was_seen_in_and_all_that_is_open(member, by):
    member.hear("my data", "access")
    copied = member.only().id
    member.tickets[copied] = replace(member.only(), status=Status.DONE, closed_at=NOW, copy=COPY)
    member.hear("and delete it", "erasure")
    member.hear("a complaint", "complaint")
    over = member.of(Right.COMPLAINT).id
    member.tickets[over] = replace(member.tickets[over], status=Status.DONE, closed_at=NOW)
    if by == "button":
        member.press("wrong_person", copied)
    else:
        member.hear("this is not me", alarm="wrong_person")
    frozen = {one.right for one in member.tickets.values() if Flag.ALARM in one.flags}
    assert frozen == {Right.ACCESS, Right.ERASURE}


# ---- a copy before the deletion


def test_a_copy_before_a_deletion_asks_nobody_who_they_are_a_second_time(stranger):
    stranger.hear("delete me", "erasure")
    stranger.address()
    stranger.code()
    erasure = stranger.only()
    stranger.happen(erasure.id, located())
    stranger.wait(DAY)
    stranger.press("copy_first", erasure.id)
    assert stranger.said[0].need == "nothing"
    copy = stranger.of(Right.ACCESS)
    assert (copy.identity, copy.status) == (erasure.identity, Status.LOCATING)
    assert copy.identity.level is Level.MAILBOX
    assert stranger.talk.asking is Asking.NOTHING


# ---- other values, too late


def test_values_that_come_after_the_decision_are_not_taken(member):
    member.hear("my surname is wrong", "rectification")
    one = member.only()
    member.tickets[one.id] = replace(one, status=Status.WORKING, plan=plan_note())
    decided = member.hear("Bergman", changes=OTHER)
    assert member.names() == ["pressed_too_late", "standing"]
    assert (decided.amended, decided.moves) == ((), ())
    assert member.talk.asking is Asking.NOTHING


def test_typing_again_is_not_offered_after_the_decision(member):
    member.hear("my surname", "rectification", changes=BERG)
    member.press_said("yes_change")
    one = member.only()
    member.happen(one.id, located())
    member.happen(one.id, e.Approved(by=LOTTE.key, plan_hash=plan_note().hash))
    member.press("retype", one.id)
    assert member.names() == ["pressed_too_late", "standing"]
    assert member.talk.asking is Asking.NOTHING


# ---- the identity question and its pause


def test_a_correction_pauses_from_the_identity_question_and_not_from_the_question_before_it(stranger):
    stranger.hear("my surname is wrong", "rectification")
    assert asked(stranger.only()) == []
    stranger.wait(DAY)
    stranger.hear("van den Berg", changes=BERG)
    assert asked(stranger.only()) == []
    stranger.press_said("yes_change")
    assert asked(stranger.only()) == [NOW + DAY]
    stranger.wait(DAY)
    stranger.address()
    assert asked(stranger.only()) == [NOW + DAY]
    assert legal_dates(stranger.only()).no_action_notice_by is not None


def test_an_address_for_marketing_is_no_identity_question_for_the_other_request(stranger):
    stranger.hear("delete me and no marketing", "erasure", "objection_marketing")
    assert asked(stranger.of(Right.ERASURE)) == []
    stranger.wait(DAY)
    stranger.address()
    assert asked(stranger.of(Right.ERASURE)) == [NOW + DAY]


def test_what_is_asked_at_once_pauses_at_once(stranger):
    stranger.hear("delete me", "erasure")
    stranger.address()
    assert asked(stranger.only()) == [NOW]
    assert stranger.steps[-1].moves == ()
