"""From understood wishes to tickets: which rights, which proof, which numbers."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.filing import (
    OF_INTENT,
    acknowledge,
    acknowledged,
    by_staff,
    file,
    for_colleague,
    group_of,
    identity_now,
    item,
    need_of,
    reference,
    rights_of,
)
from bot.core.messages import ComplaintHelp, Filed, Unclear
from bot.core.model import Asking, ClockFact, Level, Right, Status
from bot.core.plans import Change
from bot.core.turn import Turn
from tests.core.builders import DAY, MINUTE, NOW, Parlour, by_mailbox, by_session, session, ticket

MAIL = (Change(name="email", new="new@example.nl"),)
NAME = (Change(name="last_name", new="Berg"),)


def turn(parlour: Parlour | None = None, **talk: object) -> Turn:
    scene = (parlour or Parlour()).scene()
    return Turn(scene=scene, talk=replace(scene.talk, **talk), words="delete me")  # type: ignore[arg-type]


@pytest.mark.parametrize(("intent", "right"), OF_INTENT.items())
def test_every_intent_that_is_a_request_files_its_right(intent, right):
    assert rights_of((intent,), marketing=False, changes=()) == (right,)


def test_what_is_no_request_files_nothing():
    assert rights_of(("inform", "human", "status", "cancel", "other", "nonsense"), marketing=True, changes=()) == ()


def test_an_objection_to_marketing_is_filed_as_such_and_once():
    intents = ("objection", "unsubscribe", "objection_marketing")
    assert rights_of(intents, marketing=True, changes=()) == (Right.OBJECTION_MARKETING,)
    assert rights_of(("objection",), marketing=False, changes=()) == (Right.OBJECTION,)


def test_an_address_among_the_changes_makes_it_a_contact_change_and_a_phone_number_does_not():
    assert rights_of(("rectification",), marketing=False, changes=(*NAME, *MAIL)) == (Right.RECTIFICATION_CONTACT,)
    phone = (Change(name="phone", new="+31201234567"),)
    assert rights_of(("rectification",), marketing=False, changes=phone) == (Right.RECTIFICATION,)


def test_access_comes_before_erasure_whatever_was_said_first():
    assert rights_of(("erasure", "access"), marketing=False, changes=()) == (Right.ACCESS, Right.ERASURE)


# ---- which proof a new ticket carries


@pytest.mark.parametrize(("age", "level"), [(0, Level.SESSION), (15, Level.SESSION), (16, None)])
def test_a_login_counts_for_fifteen_minutes(age, level):
    talk = turn(session=session(at=NOW - age * MINUTE)).talk
    identity = identity_now(talk, Right.ACCESS, NOW)
    assert (identity.level if identity else None) is level


@pytest.mark.parametrize(("age", "counts"), [(0, True), (10, True), (11, False)])
def test_a_code_counts_again_for_its_ten_minutes(age, counts):
    talk = turn(identity=by_mailbox(NOW - age * MINUTE)).talk
    assert (identity_now(talk, Right.ACCESS, NOW) is not None) is counts


def test_a_code_given_for_something_else_never_changes_an_address():
    talk = turn(identity=by_mailbox()).talk
    assert identity_now(talk, Right.RECTIFICATION_CONTACT, NOW) is None


def test_a_cold_login_falls_back_to_a_fresh_code():
    talk = turn(session=session(at=NOW - DAY), identity=by_mailbox()).talk
    assert identity_now(talk, Right.ACCESS, NOW) == by_mailbox()


def test_nothing_proved_is_nothing():
    assert identity_now(turn().talk, Right.ACCESS, NOW) is None


# ---- tickets


def test_several_rights_are_several_tickets_of_one_group_with_numbers_of_their_own():
    sheet = turn()
    made = file(sheet, (Right.ACCESS, Right.ERASURE), address="sanne@example.nl")
    assert [one.ref for one in made] == ["SEL-2026-00001", "SEL-2026-00002"]
    assert len({one.group for one in made}) == 1
    assert len({one.id for one in made}) == 2
    assert [opening.words for opening in sheet.opened] == ["delete me"] * 2
    assert sheet.opened[0].address == "sanne@example.nl"


def test_every_right_at_once_finds_enough_random_ids():
    assert len(file(turn(), tuple(Right))) == len(Right)


def test_only_corrections_take_the_new_values():
    sheet = turn()
    file(sheet, (Right.ACCESS, Right.RECTIFICATION), changes=NAME)
    assert [opening.changes for opening in sheet.opened] == [(), NAME]


def test_a_stranger_is_asked_from_the_first_moment_and_somebody_signed_in_is_not():
    (stranger,) = file(turn(), (Right.ACCESS,))
    assert [fact.type for fact in stranger.clock] == ["identity_asked"]
    (known,) = file(turn(session=session()), (Right.ACCESS,))
    assert (known.clock, known.identity) == ((), by_session())


def test_nobody_is_asked_for_what_needs_no_proof_and_a_login_is_kept_all_the_same():
    (stranger,) = file(turn(), (Right.OBJECTION_MARKETING,))
    assert (stranger.clock, stranger.identity) == ((), None)
    (known,) = file(turn(session=session()), (Right.OBJECTION_MARKETING,))
    assert known.identity == by_session()


def test_a_request_about_another_address_starts_without_any_proof():
    (one,) = file(turn(session=session(), identity=by_mailbox()), (Right.ACCESS,), unproved=True)
    assert one.identity is None


def test_the_clock_starts_with_the_first_message_in_which_the_request_could_be_seen():
    (one,) = file(turn(unclear_since=NOW - DAY), (Right.ACCESS,))
    assert one.received_at == NOW - DAY


def test_a_number_has_the_local_year_and_five_digits():
    assert reference(datetime(2026, 12, 31, 22, 59, tzinfo=UTC), 7) == "SEL-2026-00007"
    assert reference(datetime(2026, 12, 31, 23, 0, tzinfo=UTC), 123456) == "SEL-2027-123456"


def test_the_acknowledgement_names_numbers_and_the_earliest_of_the_latest_dates():
    sheet = turn(unclear_since=NOW - DAY)
    made = file(sheet, (Right.ACCESS, Right.ERASURE))
    acknowledge(sheet, made, need=need_of(made))
    (filed,) = sheet.says
    assert [one.ref for one in filed.items] == [one.ref for one in made]
    assert (filed.need, filed.latest.isoformat(), filed.received_at) == ("identity", "2026-12-01", NOW - DAY)
    assert [button.act for button in filed.buttons] == ["sign_in", "meant_else", "person"]


def test_somebody_who_is_needed_no_more_can_follow_the_request():
    sheet = turn(session=session())
    made = file(sheet, (Right.ACCESS,))
    acknowledge(sheet, made, need=need_of(made))
    assert sheet.says[0].need == "nothing"
    assert [button.act for button in sheet.says[0].buttons] == ["follow", "meant_else", "person"]


def test_a_list_shows_a_date_while_a_ticket_is_open():
    assert item(ticket()).latest.isoformat() == "2026-12-02"
    assert item(ticket(status=Status.DONE)).latest is None


def test_a_ticket_for_a_colleague_takes_the_first_clock_and_closes_the_question():
    sheet = turn(unclear_since=NOW - DAY, asking=Asking.MEANING)
    made = by_staff(sheet)
    assert (made.right, made.received_at) == (Right.UNCLEAR, NOW - DAY)
    assert (sheet.talk.asking, sheet.talk.unclear_since) == (Asking.NOTHING, None)


def test_a_colleague_finds_what_was_said_under_the_newest_open_ticket_or_a_new_one():
    parlour = Parlour()
    parlour.tickets = {
        "a": ticket(id="a"),
        "b": ticket(id="b"),
        "c": ticket(id="c", status=Status.DONE),
    }
    assert for_colleague(turn(parlour)).id == "b"
    empty = turn()
    made = for_colleague(empty)
    assert made.right is Right.UNCLEAR
    assert empty.passed_on == [made.id]
    assert for_colleague(empty) == made


def test_a_message_is_undone_as_far_as_it_is_still_open():
    mine = (ticket(id="a"), ticket(id="b", status=Status.DONE), ticket(id="c", group="g-2"))
    assert [one.id for one in group_of(mine, "g-1")] == ["a"]


def test_a_code_that_is_a_moment_too_old_asks_again():
    talk = turn(identity=by_mailbox(NOW - timedelta(minutes=10, seconds=1))).talk
    assert identity_now(talk, Right.ERASURE, NOW) is None


# ---- what came by phone or post


@pytest.mark.parametrize(
    ("right", "kind"),
    [(Right.UNCLEAR, Unclear), (Right.COMPLAINT, ComplaintHelp), (Right.TESTIMONIAL_REMOVAL, Filed)],
)
def test_a_request_by_phone_that_needs_no_proof_is_acknowledged_in_its_own_words(right, kind):
    said = acknowledged(ticket(right))
    assert type(said) is kind


def test_its_acknowledgement_never_says_that_we_know_who_it_is():
    said = acknowledged(ticket(Right.TESTIMONIAL_REMOVAL))
    assert isinstance(said, Filed)
    assert said.need == "no_check"


def test_a_marketing_objection_by_phone_has_the_mail_of_its_act_alone():
    assert acknowledged(ticket(Right.OBJECTION_MARKETING)) is None


# ---- a clock that stands still


def test_a_list_says_since_when_a_request_is_paused_for_an_identity_check():
    asked = ClockFact(type="identity_asked", at=NOW)
    waits = ticket(Right.ACCESS, status=Status.VERIFYING, clock=(asked,))
    assert item(waits).paused_since == date(2026, 11, 2)
    assert item(replace(waits, status=Status.LAPSED, closed_at=NOW + DAY)).paused_since is None
    assert item(ticket(Right.ACCESS)).paused_since is None
