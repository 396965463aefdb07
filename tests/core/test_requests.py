"""Each right asked for in a conversation: signed in and as a stranger, alone and together."""

from datetime import timedelta

import pytest

from bot.core import events as e
from bot.core.filing import OF_INTENT
from bot.core.model import Asking, Right, Status
from bot.core.rights import ROWS
from tests.core.builders import DAY, MINUTE, NOW, Parlour, located

PROVED = [intent for intent, right in OF_INTENT.items() if ROWS[right].proofs and intent != "rectification"]


# ---- each right


@pytest.mark.parametrize("intent", PROVED)
def test_somebody_signed_in_is_filed_in_one_turn_and_asked_nothing(member, intent):
    member.hear("please", intent)
    assert member.names() == ["filed"]
    assert member.said[0].need == "nothing"
    assert member.only().identity is not None
    assert member.talk.asking is Asking.NOTHING


@pytest.mark.parametrize("intent", PROVED)
def test_a_stranger_is_filed_at_once_and_asked_for_an_address_then_a_code(stranger, intent):
    stranger.hear("please", intent)
    assert stranger.names() == ["filed"]
    assert stranger.said[0].need == "identity"
    assert stranger.only().status is Status.VERIFYING
    stranger.address()
    assert stranger.names() == ["code_sent"]
    (code,) = stranger.steps[-1].codes
    assert (code.address, code.tickets) == ("sanne@example.nl", (stranger.only().id,))
    assert code.challenge.ends_at == NOW + 10 * MINUTE
    stranger.code()
    assert stranger.names() == ["thanks"]
    assert stranger.only().identity.mailbox == "hash of sanne@example.nl"
    assert stranger.only().status is not Status.VERIFYING
    assert stranger.talk.asking is Asking.NOTHING


@pytest.mark.parametrize("intent", PROVED)
def test_an_address_in_the_first_message_gets_its_code_at_once(stranger, intent):
    stranger.hear("please", intent, address="sanne@example.nl", mailbox="m")
    assert stranger.names() == ["filed", "code_sent"]
    assert stranger.said[0].need == "nothing"
    assert stranger.talk.asking is Asking.CODE


def test_a_first_address_that_had_its_codes_today_may_be_followed_by_another(stranger):
    stranger.codes_left = False
    stranger.hear("please", "access", address="sanne@example.nl", mailbox="m")
    assert stranger.names() == ["filed", "codes_spent"]
    stranger.codes_left = True
    stranger.address("jan@example.nl")
    assert stranger.names() == ["code_sent"]


@pytest.mark.parametrize("intent", ["testimonial_removal", "complaint"])
def test_what_needs_no_proof_asks_for_none(stranger, intent):
    stranger.hear("please", intent)
    assert stranger.names() == ["complaint_help" if intent == "complaint" else "filed"]
    assert stranger.only().status is Status.REVIEW
    assert stranger.talk.asking is Asking.NOTHING


def test_a_complaint_from_france_names_the_french_authority_and_the_dutch_one(stranger):
    stranger.hear("I live in France and want to complain about you", "complaint")
    help_ = stranger.said[0]
    assert (help_.authority, help_.lacks_land) == ("CNIL", False)
    links = [one.href for one in help_.buttons if one.href]
    assert "cnil.fr" in links[0]
    assert "autoriteitpersoonsgegevens.nl" in links[1]


def test_a_complaint_from_germany_says_that_each_land_has_its_own_authority(stranger):
    stranger.hear("I live in Germany and want to complain about you", "complaint")
    assert stranger.said[0].lacks_land
    assert len([one for one in stranger.said[0].buttons if one.href]) == 1


def test_a_complaint_beside_a_request_is_acknowledged_with_it(member):
    member.hear("both", "complaint", "access")
    assert member.names() == ["filed"]
    assert len(member.said[0].items) == 2


# ---- marketing


@pytest.mark.parametrize("intent", ["objection_marketing", "unsubscribe"])
def test_marketing_is_stopped_for_somebody_signed_in_without_a_question(member, intent):
    member.hear("stop", intent)
    assert member.names() == ["filed"]
    assert member.only().status is Status.WORKING
    assert member.only().identity is not None
    assert member.effects == [e.Call(verb="act")]


def test_a_stranger_is_asked_one_thing_the_address_and_never_for_a_code(stranger):
    stranger.hear("stop", "objection_marketing")
    assert stranger.names() == ["ask_address"]
    assert stranger.said[0].purpose == "marketing"
    assert stranger.tickets == {}
    stranger.wait(timedelta(hours=1))
    stranger.address()
    assert stranger.steps[-1].codes == ()
    assert stranger.only().received_at == NOW
    assert stranger.only().status is Status.WORKING
    assert stranger.steps[-1].opened[0].address == "sanne@example.nl"


def test_an_address_in_the_message_stops_marketing_at_once(stranger):
    stranger.hear("stop", "unsubscribe", address="sanne@example.nl", mailbox="m")
    assert stranger.names() == ["filed"]
    assert stranger.only().status is Status.WORKING


def test_signing_in_instead_of_typing_the_address_stops_marketing_for_that_account(stranger):
    stranger.hear("stop", "objection_marketing")
    stranger.wait(MINUTE)
    stranger.sign_in()
    assert stranger.names() == ["filed"]
    assert (stranger.only().status, stranger.only().received_at) == (Status.WORKING, NOW)


def test_a_code_given_earlier_does_not_say_which_address_is_to_hear_nothing(stranger):
    stranger.hear("please", "access")
    stranger.address()
    stranger.code()
    stranger.hear("stop", "objection_marketing")
    assert stranger.names() == ["ask_address"]


def test_a_stranger_who_answers_something_else_keeps_the_first_date_and_a_colleague_reads_it(stranger):
    stranger.hear("stop", "objection_marketing")
    stranger.hear("what?", offers=("inform", "access"))
    assert stranger.names() == ["ask_meaning"]
    stranger.wait(DAY)
    stranger.silence()
    assert stranger.only().right is Right.UNCLEAR
    assert stranger.only().received_at == NOW


# ---- two rights in one message


def test_two_rights_are_two_tickets_one_answer_one_code(stranger):
    stranger.hear("copy, then delete", "erasure", "access")
    assert stranger.names() == ["filed"]
    assert [one.right for one in stranger.said[0].items] == ["access", "erasure"]
    assert len({one.ref for one in stranger.tickets.values()}) == 2
    stranger.address()
    assert len(stranger.steps[-1].codes) == 1
    assert len(stranger.steps[-1].codes[0].tickets) == 2
    stranger.code()
    assert stranger.names() == ["thanks"]
    assert set(stranger.statuses().values()) == {Status.LOCATING}


def test_marketing_beside_another_right_waits_for_the_one_address_that_serves_both(stranger):
    stranger.hear("delete me and stop the newsletter", "erasure", "unsubscribe")
    assert stranger.names() == ["filed"]
    assert stranger.said[0].need == "objection_mail"
    assert stranger.offers() == ["sign_in", "meant_else", "person"]
    assert list(stranger.statuses()) == [Right.ERASURE]
    stranger.address()
    assert stranger.names() == ["code_sent"]
    assert stranger.of(Right.OBJECTION_MARKETING).status is Status.WORKING
    assert stranger.steps[-1].opened[0].address == "sanne@example.nl"
    stranger.code()
    assert stranger.of(Right.ERASURE).status is Status.LOCATING


def test_marketing_beside_another_right_by_login_is_proved_together(stranger):
    stranger.hear("delete me and stop the newsletter", "erasure", "unsubscribe")
    stranger.sign_in()
    assert stranger.names() == ["filed", "thanks"]
    assert stranger.of(Right.OBJECTION_MARKETING).status is Status.WORKING
    assert stranger.of(Right.ERASURE).status is Status.LOCATING


def test_marketing_beside_a_correction_asks_the_address_first_and_then_the_value(stranger):
    stranger.hear("both", "rectification", "unsubscribe")
    stranger.address()
    assert stranger.names() == ["ask_change"]
    assert stranger.of(Right.OBJECTION_MARKETING).status is Status.WORKING


def test_marketing_beside_a_complaint_needs_no_code(stranger):
    stranger.hear("both", "complaint", "unsubscribe")
    stranger.address()
    assert stranger.steps[-1].codes == ()
    assert stranger.talk.asking is Asking.NOTHING


def test_a_question_in_the_same_message_is_answered_first(stranger):
    stranger.hear("what do you know and who did you sell it to?", "access", "inform", topics=("sold",))
    assert stranger.names() == ["fact", "filed"]
    assert stranger.said[0].topic == "sold"


def test_a_person_asked_for_in_the_same_message_comes_last(member):
    member.hear("my data, from a human", "access", "human")
    assert member.names() == ["filed", "handed_over"]
    assert member.said[1].ref == member.only().ref


# ---- an erasure's plan


@pytest.fixture
def shown(member) -> Parlour:
    member.hear("delete me", "erasure")
    member.happen(member.only().id, located())
    return member


def test_a_yes_to_the_plan_sets_the_erasure_in_motion(shown):
    shown.press("delete_all", shown.only().id)
    assert shown.names() == ["erasure_in_hand"]
    assert shown.only().confirmed_at == NOW


def test_a_copy_first_confirms_and_files_the_copy(shown):
    erasure = shown.only().id
    shown.press("copy_first", erasure)
    assert shown.names() == ["filed", "erasure_in_hand"]
    assert shown.tickets[erasure].confirmed_at == NOW
    assert shown.of(Right.ACCESS).identity is not None


def test_stop_keeps_everything(shown):
    shown.press("stop_keep", shown.only().id)
    assert shown.names() == ["withdrawn"]


@pytest.mark.parametrize("act", ["yes_change", "retype", "delete_all", "copy_first", "stop_keep", "withdraw"])
@pytest.mark.parametrize("closed", [True, False])
def test_a_button_of_something_that_is_over_or_not_theirs_says_so_and_where_things_stand(shown, act, closed):
    about = shown.only().id if closed else "somebody else's"
    if closed:
        shown.happen(about, e.Withdrew(by="person"))
    shown.press(act, about)
    assert shown.names() == ["pressed_too_late", "standing"]
    assert (shown.steps[-1].moves, shown.steps[-1].opened) == ((), ())


# ---- copies


def test_a_new_copy_is_one_button_away(stranger, member):
    stranger.press("new_copy")
    assert stranger.said[0].need == "identity"
    assert stranger.talk.asking is Asking.ADDRESS
    member.press("new_copy")
    assert member.said[0].need == "nothing"


# ---- another address


def test_nothing_held_under_one_address_is_asked_once_more_under_another(stranger):
    stranger.hear("please", "access")
    stranger.address()
    stranger.code()
    first = stranger.only().id
    stranger.happen(first, located(nothing=True))
    stranger.press("other_address", first)
    assert stranger.names() == ["filed"]
    again = stranger.of(Right.ACCESS)
    assert (again.identity, again.status) == (None, Status.VERIFYING)
    stranger.address("other@example.nl")
    stranger.code(mailbox="hash of other@example.nl")
    assert stranger.of(Right.ACCESS).identity.mailbox == "hash of other@example.nl"


def test_another_address_for_what_still_waits_just_asks_for_it(stranger):
    stranger.press("other_address")
    assert stranger.names() == ["ask_address"]
    stranger.hear("please", "access")
    stranger.press("other_address", stranger.only().id)
    assert stranger.names() == ["ask_address"]
    assert len(stranger.tickets) == 1
