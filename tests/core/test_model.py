"""Small questions the nouns answer about themselves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.deadlines import RIGHTS
from bot.core.model import CLOSED, Flag, Right, Status
from tests.core.builders import LOTTE, MINUTE, NOW, plan_note, session, ticket

QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize("right", Right)
def test_the_law_knows_every_right(right):
    assert right.legal in RIGHTS


def test_a_contact_change_is_a_rectification_to_the_law():
    assert Right.RECTIFICATION_CONTACT.legal == "rectification"


@pytest.mark.parametrize(("age", "fresh"), [(0, True), (15, True), (16, False), (-1, False)])
def test_a_login_is_fresh_for_its_time_and_never_from_the_future(age, fresh):
    assert session(at=NOW - age * MINUTE).is_fresh(NOW, QUARTER) is fresh


@pytest.mark.parametrize("status", Status)
def test_a_ticket_is_open_until_an_answer_ended_it(status):
    assert ticket(status=status).is_open is (status not in CLOSED)


@pytest.mark.parametrize("flag", Flag)
def test_only_a_stop_a_legal_hold_and_an_alarm_hold_a_ticket(flag):
    holding = {Flag.STOPPED, Flag.LEGAL_HOLD, Flag.ALARM}
    assert ticket(flags=frozenset({flag})).is_held is (flag in holding)


def test_a_plan_is_complete_when_every_system_answered():
    assert plan_note(searched=5, systems=5).is_complete
    assert not plan_note(searched=4, systems=5).is_complete


def test_a_colleague_is_named_by_team_and_user():
    assert replace(LOTTE, team="T2").key == "T2:U1"
