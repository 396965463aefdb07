"""The day by which colleagues answer, long lists, and who may open a copy in the chat."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from bot.core.clock import copy_until
from bot.core.deadlines import AMSTERDAM
from bot.core.model import Copy, Flag, Right, Session, Status
from bot.core.talkabout import next_answer_day
from tests.core.builders import DAY, ME, NOW, Parlour, by_mailbox, by_session, session, ticket

COPY = Copy(object_id="o-1", size=10, until=copy_until(NOW))
READY = ticket(Right.ACCESS, status=Status.DONE, copy=COPY, identity=by_session())


@pytest.mark.parametrize(
    ("local", "day"),
    [
        ("2026-11-27T08:00", date(2026, 11, 27)),  # a Friday, before the office opens
        ("2026-11-27T16:59", date(2026, 11, 27)),
        ("2026-11-27T17:00", date(2026, 11, 30)),
        ("2026-11-28T10:00", date(2026, 11, 30)),
        ("2026-12-24T18:00", date(2026, 12, 28)),  # both Christmas days and a weekend
        ("2026-12-31T18:00", date(2027, 1, 4)),
    ],
)
def test_colleagues_answer_today_before_closing_and_else_on_the_next_working_day(local, day):
    instant = datetime.fromisoformat(local).replace(tzinfo=AMSTERDAM)
    assert next_answer_day(replace(Parlour().scene(), now=instant)) == day


def test_the_status_shows_the_newest_six():
    parlour = Parlour()
    parlour.tickets = {str(n): ticket(id=str(n), ref=f"SEL-2026-{n:05d}") for n in range(9)}
    parlour.hear("and?", "status")
    assert [one.ref[-1] for one in parlour.said[0].items] == list("345678")
    assert parlour.offers() == ["person"]


def opening(one=READY, who: Session | None = None) -> Parlour:
    parlour = Parlour()
    parlour.talk = replace(parlour.talk, session=who)
    parlour.tickets = {one.id: one}
    parlour.press("open_copy", one.id)
    return parlour


def test_a_fresh_login_of_the_same_person_opens_the_copy():
    assert opening(who=session()).steps[-1].wants_copy == READY.id


def test_a_copy_asked_for_by_code_opens_for_the_login_it_is_about():
    by_code = replace(READY, identity=by_mailbox(), subjects=frozenset({ME}))
    assert opening(by_code, session()).steps[-1].wants_copy == READY.id


@pytest.mark.parametrize(
    ("who", "said"),
    [
        (None, "earlier_hidden"),
        (session(at=NOW - timedelta(minutes=16)), "copy_needs_login"),
        (Session(tenant="other", subject=ME[1], auth_time=NOW), "no_tickets"),
    ],
)
def test_nobody_else_and_no_old_login_opens_it_here(who, said):
    parlour = opening(who=who)
    assert parlour.names() == [said]
    assert parlour.steps[-1].wants_copy is None


def test_a_mailbox_is_no_login():
    by_code = replace(READY, identity=by_mailbox())
    parlour = Parlour()
    parlour.talk = replace(parlour.talk, identity=by_mailbox())
    parlour.tickets = {by_code.id: by_code}
    parlour.press("open_copy", by_code.id)
    assert parlour.names() == ["copy_needs_login"]


def test_a_login_without_a_subject_of_the_ticket_opens_nothing():
    nobody = replace(READY, identity=None)
    assert opening(nobody, session()).names() == ["copy_needs_login"]


@pytest.mark.parametrize("change", [{"copy": None}, {"flags": frozenset({Flag.ALARM})}])
def test_a_copy_that_is_gone_or_frozen_shows_where_things_stand(change):
    assert opening(replace(READY, **change), session()).names() == ["standing"]


def test_a_foreign_key_opens_nothing():
    parlour = Parlour(signed_in=True)
    parlour.press("open_copy", "somebody else's")
    assert parlour.names() == ["no_tickets"]


def test_a_stale_undo_asks_again_from_now_and_takes_nothing_back():
    parlour = Parlour()
    parlour.tickets = {"a": ticket(id="a", status=Status.DONE, received_at=NOW - DAY)}
    parlour.press("meant_else", "g-1")
    assert parlour.names() == ["ask_meaning"]
    assert parlour.steps[-1].moves == ()
    assert parlour.talk.unclear_since == NOW


def test_the_status_offers_what_can_be_done_now():
    parlour = Parlour(signed_in=True)
    waits = ticket(Right.ERASURE, id="e", ref="SEL-2026-00002", status=Status.REVIEW, located_at=NOW)
    parlour.tickets = {"e": waits, READY.id: READY}
    parlour.hear("and?", "status")
    assert parlour.offers() == ["open_copy", "delete_all", "copy_first", "stop_keep", "person"]


def test_the_status_of_a_correction_that_was_not_confirmed_asks_for_the_yes_again():
    parlour = Parlour()
    waits = ticket(Right.RECTIFICATION, id="r", status=Status.REVIEW, located_at=NOW)
    parlour.tickets = {"r": waits}
    parlour.hear("and?", "status")
    assert parlour.offers() == ["yes_change", "retype", "person"]


# ---- undoing


def test_a_misunderstanding_is_undone_with_one_button_and_the_first_date_stands(stranger):
    stranger.hear("please", "access", "erasure")
    stranger.wait(timedelta(hours=2))
    stranger.press_said("meant_else")
    assert stranger.names() == ["ask_meaning", "withdrawn", "withdrawn"]
    assert set(stranger.statuses().values()) == {Status.WITHDRAWN}
    stranger.press("mean_restriction")
    assert stranger.of(Right.RESTRICTION).received_at == NOW


def test_what_is_being_done_is_not_undone(member):
    member.hear("stop", "unsubscribe")
    member.press_said("meant_else")
    assert member.only().status is Status.WORKING


# ---- status and taking back


def test_the_status_names_every_request_and_offers_to_take_the_only_open_one_back(stranger):
    stranger.hear("please", "access")
    stranger.hear("and?", "status")
    assert stranger.names() == ["standing"]
    assert stranger.offers() == ["withdraw", "person"]
    stranger.press_said("withdraw")
    assert stranger.names() == ["withdrawn"]
    stranger.hear("and?", "status")
    assert stranger.offers() == ["person"]


def test_without_a_request_the_status_says_how_to_find_one(stranger):
    stranger.hear("and?", "status")
    assert stranger.names() == ["no_tickets"]


def test_a_number_picks_one_request_and_a_foreign_number_opens_nothing(stranger):
    stranger.hear("please", "access", "erasure")
    stranger.hear("SEL-2026-00002?", "status", ref="SEL-2026-00002")
    assert [one.right for one in stranger.said[0].items] == ["erasure"]
    stranger.hear("SEL-2026-00777?", "status", ref="SEL-2026-00777")
    assert stranger.names() == ["no_tickets"]


def test_the_only_open_request_is_taken_back(stranger):
    stranger.hear("please", "access")
    stranger.hear("forget it", "cancel")
    assert stranger.names() == ["withdrawn"]


def test_a_foreign_number_never_takes_back_a_request_of_ones_own(stranger):
    stranger.hear("please", "access")
    stranger.hear("cancel SEL-2026-00777", "cancel", ref="SEL-2026-00777")
    assert stranger.names() == ["standing"]
    assert stranger.only().is_open


def test_one_of_several_is_picked(stranger):
    stranger.hear("please", "access", "erasure")
    stranger.hear("forget it", "cancel")
    assert stranger.names() == ["which_ticket"]
    assert stranger.offers() == ["withdraw", "withdraw", "person"]
    stranger.hear("forget SEL-2026-00001", "cancel", ref="SEL-2026-00001")
    assert stranger.statuses()[Right.ACCESS] is Status.WITHDRAWN
    stranger.hear("forget it", "cancel")
    assert stranger.statuses()[Right.ERASURE] is Status.WITHDRAWN
    stranger.hear("forget it", "cancel")
    assert stranger.names() == ["standing"]


def test_what_is_being_done_cannot_be_taken_back(member):
    member.hear("stop", "unsubscribe")
    member.hear("forget it", "cancel")
    assert member.names() == ["too_late_to_withdraw"]
    assert member.only().status is Status.WORKING


def test_following_shows_one_request(stranger):
    stranger.hear("please", "access", "erasure")
    stranger.press("follow", stranger.of(Right.ERASURE).id)
    assert [one.right for one in stranger.said[0].items] == ["erasure"]
    stranger.press("follow", "somebody else's")
    assert len(stranger.said[0].items) == 2
