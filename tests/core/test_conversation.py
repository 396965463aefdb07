"""Whole conversations: each right signed in and as a stranger, what is unclear, and what never dead-ends."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core import events as e
from bot.core.conversation import ANSWERS, BUTTONS, INTENTS, REQUESTS, wakes_at
from bot.core.filing import OF_INTENT
from bot.core.identity import Check
from bot.core.model import Asking, Flag, Right, Status
from bot.core.plans import Change
from bot.core.rights import ROWS
from bot.core.turn import Opened, SignedIn, SignedOut
from tests.core.builders import DAY, LOTTE, MINUTE, NOW, Parlour, located, session

BERG = (Change(name="last_name", old="Berg", new="van den Berg"),)
NEW_MAIL = (Change(name="email", new="new@example.nl"),)
PROVED = [intent for intent, right in OF_INTENT.items() if ROWS[right].proofs and intent != "rectification"]


@pytest.fixture
def stranger() -> Parlour:
    return Parlour()


@pytest.fixture
def member() -> Parlour:
    return Parlour(signed_in=True)


def test_the_first_bubble_offers_what_the_desk_does_and_a_person(stranger):
    stranger.take(Opened())
    assert stranger.names() == ["hello"]
    assert stranger.offers()[-1] == "person"


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


# ---- corrections


def test_a_correction_is_read_back_and_done_after_a_yes(member):
    member.hear("my surname", "rectification", changes=BERG)
    assert member.names() == ["filed", "change_read"]
    assert member.said[0].need == "confirm_change"
    assert (member.said[1].changes[0].old, member.said[1].changes[0].new) == ("Berg", "van den Berg")
    member.press_said("yes_change")
    assert member.names() == ["change_in_hand"]
    assert member.only().confirmed_at == NOW


def test_a_correction_without_a_value_asks_which_and_takes_it(member):
    member.hear("my surname is wrong", "rectification")
    assert member.names() == ["filed", "ask_change"]
    member.hear("van den Berg", changes=(replace(BERG[0], old=None),))
    assert member.names() == ["change_read"]
    assert member.said[0].changes[0].old == ""
    assert member.steps[-1].amended[0][0] == member.only().id


def test_a_value_typed_again_replaces_the_first(member):
    member.hear("my surname", "rectification", changes=BERG)
    member.press_said("retype")
    assert member.names() == ["ask_change"]
    member.hear("Bergman", changes=(Change(name="last_name", new="Bergman"),))
    assert member.said[0].changes[0].new == "Bergman"
    member.hear("I mean something else", offers=("access", "erasure"))
    assert member.names() == ["ask_meaning"]


def test_a_value_for_a_request_that_is_over_is_understood_afresh(member):
    member.hear("my surname is wrong", "rectification")
    member.happen(member.only().id, e.Withdrew(by="person"))
    member.hear("Bergman", changes=BERG, offers=("rectification", "access"))
    assert member.names() == ["ask_meaning"]


def test_a_strangers_correction_asks_for_the_change_first_then_who_is_asking(stranger):
    stranger.hear("my surname", "rectification", changes=BERG)
    assert stranger.names() == ["filed", "change_read"]
    stranger.press_said("yes_change")
    assert stranger.names() == ["ask_address"]
    stranger.address()
    stranger.code()
    assert stranger.only().status is Status.LOCATING


# ---- a change of address


def test_a_contact_change_signed_in_needs_a_code_to_the_new_mailbox(member):
    member.hear("my mail", "rectification", changes=NEW_MAIL)
    assert member.only().right is Right.RECTIFICATION_CONTACT
    member.press_said("yes_change")
    assert member.names() == ["new_mailbox_asked"]
    assert member.steps[-1].codes[0].address == "new@example.nl"
    assert member.only().status is Status.VERIFYING
    member.code()
    assert member.names() == ["thanks"]
    assert member.only().status is Status.LOCATING


def test_a_contact_change_of_a_stranger_needs_both_mailboxes(stranger):
    stranger.hear("my mail", "rectification", changes=NEW_MAIL)
    stranger.press_said("yes_change")
    stranger.address("old@example.nl")
    assert stranger.steps[-1].codes[0].challenge.purpose == "identity"
    stranger.code(mailbox="hash of old@example.nl")
    assert stranger.names() == ["thanks", "new_mailbox_asked"]
    assert stranger.only().status is Status.VERIFYING
    (code,) = stranger.steps[-1].codes
    assert (code.address, code.challenge.purpose) == ("new@example.nl", "new_mailbox")
    stranger.code(mailbox="hash of new@example.nl")
    assert stranger.only().status is Status.LOCATING
    assert stranger.only().identity.mailbox == "hash of old@example.nl"


def test_the_new_mailbox_alone_is_not_enough(stranger):
    stranger.hear("my mail", "rectification", changes=NEW_MAIL)
    stranger.happen(stranger.only().id, e.MailboxProved(by="person"))
    assert stranger.only().status is Status.VERIFYING


def test_a_new_mailbox_is_proved_for_its_own_change_only(member):
    member.hear("my mail", "rectification", changes=NEW_MAIL)
    first = member.only().id
    member.press_said("yes_change")
    member.hear("my mail", "rectification", changes=(Change(name="email", new="other@example.nl"),))
    second = member.of(Right.RECTIFICATION_CONTACT).id
    member.press("yes_change", second)
    assert member.steps[-1].codes[0].tickets == (second,)
    member.code()
    assert member.tickets[second].new_mailbox_at == NOW
    assert member.tickets[first].new_mailbox_at is None


def test_a_correction_that_becomes_a_contact_change_needs_the_new_mailbox_too(member):
    member.hear("my name", "rectification", changes=BERG)
    member.press_said("retype")
    member.hear("my mail", changes=NEW_MAIL)
    assert member.only().right is Right.RECTIFICATION_CONTACT
    member.press_said("yes_change")
    assert member.names() == ["new_mailbox_asked"]


def test_a_contact_change_without_an_address_yet_sends_no_code(member):
    member.hear("my mail", "rectification", changes=NEW_MAIL)
    member.new_addresses = {}
    member.press_said("yes_change")
    assert member.steps[-1].codes == ()


def test_another_code_to_the_new_mailbox_is_not_sent_once_it_answered(member):
    member.hear("my mail", "rectification", changes=NEW_MAIL)
    member.press_said("yes_change")
    member.code()
    member.press("yes_change", member.only().id)
    assert member.steps[-1].codes == ()


def test_a_code_to_the_new_mailbox_of_a_request_taken_back_opens_nothing(member):
    member.hear("my mail", "rectification", changes=NEW_MAIL)
    member.press_said("yes_change")
    member.happen(member.only().id, e.Withdrew(by="person"))
    member.code()
    assert member.steps[-1].moves == ()
    assert member.talk.asking is Asking.NOTHING


# ---- codes


@pytest.fixture
def coded(stranger) -> Parlour:
    stranger.hear("please", "access")
    stranger.address()
    return stranger


@pytest.mark.parametrize(
    ("check", "name"),
    [(Check.WRONG, "code_wrong"), (Check.OVER, "code_over"), (Check.SPENT, "codes_spent")],
)
def test_a_wrong_a_late_and_a_spent_code_open_nothing_and_name_other_ways(coded, check, name):
    coded.code(check)
    assert coded.names() == [name]
    assert coded.steps[-1].moves == ()
    assert coded.talk.identity is None
    assert coded.offers()[-1] == "person"
    assert coded.talk.asking is Asking.CODE


def test_an_address_that_had_its_codes_today_gets_no_more(stranger):
    stranger.hear("please", "access")
    stranger.codes_left = False
    stranger.address()
    assert stranger.names() == ["codes_spent"]
    assert stranger.steps[-1].codes == ()


def test_another_address_instead_of_the_code_gets_a_code_of_its_own(coded):
    coded.address("jan@example.nl")
    assert coded.names() == ["code_sent"]
    assert coded.talk.challenge == coded.steps[-1].codes[0].challenge.id


def test_words_instead_of_the_code_are_answered_with_other_ways(coded):
    coded.hear("it does not arrive")
    assert coded.names() == ["no_mailbox"]


@pytest.mark.parametrize("act", ["new_code", "no_mailbox"])
def test_the_buttons_under_a_code_lead_on(coded, act):
    coded.press(act)
    assert coded.names() == ["ask_address" if act == "new_code" else "no_mailbox"]


def test_words_instead_of_the_address_ask_again(stranger):
    stranger.hear("please", "access")
    stranger.hear("why?")
    assert stranger.names() == ["ask_address"]


@pytest.mark.parametrize("asked", ["address", "code"])
@pytest.mark.parametrize(
    ("intent", "name"),
    [("erasure", "filed"), ("inform", "fact"), ("status", "standing"), ("human", "handed_over")],
)
def test_a_clear_other_wish_goes_its_own_way(stranger, asked, intent, name):
    stranger.hear("please", "access")
    if asked == "code":
        stranger.address()
    stranger.hear("and also", intent)
    assert stranger.names() == [name]


def test_a_right_code_when_nothing_waits_any_more_says_where_things_stand(coded):
    coded.happen(coded.only().id, e.Withdrew(by="person"))
    coded.code()
    assert coded.names() == ["standing"]
    assert coded.talk.asking is Asking.NOTHING


def test_a_code_serves_what_is_asked_within_its_ten_minutes(coded):
    coded.code()
    coded.hear("and delete me", "erasure")
    assert coded.said[0].need == "nothing"
    coded.wait(timedelta(minutes=11))
    coded.hear("and restrict", "restriction")
    assert coded.said[0].need == "identity"


# ---- signing in and out


def test_signing_in_proves_what_waits(stranger):
    stranger.hear("please", "access", "erasure")
    stranger.sign_in()
    assert stranger.names() == ["thanks"]
    assert set(stranger.statuses().values()) == {Status.LOCATING}


def test_a_login_that_is_too_old_proves_nothing(stranger):
    stranger.hear("please", "access")
    stranger.take(SignedIn(session=session(at=NOW - timedelta(hours=1))))
    assert stranger.only().identity is None
    assert stranger.talk.asking is Asking.ADDRESS


def test_signing_in_keeps_another_open_question_open(stranger):
    stranger.hear("my surname", "rectification", changes=BERG)
    stranger.sign_in()
    assert stranger.talk.asking is Asking.CONFIRM_CHANGE
    stranger.press("yes_change", stranger.only().id)
    assert stranger.names() == ["change_in_hand"]


def test_signing_in_with_nothing_open_says_nothing(stranger):
    stranger.sign_in()
    assert stranger.names() == []


def test_signing_in_sends_the_code_to_the_new_mailbox_that_a_confirmed_change_needs(stranger):
    stranger.hear("my mail", "rectification", changes=NEW_MAIL)
    stranger.press_said("yes_change")
    stranger.sign_in()
    assert stranger.names() == ["thanks", "new_mailbox_asked"]
    assert stranger.talk.asking is Asking.NEW_ADDRESS_CODE


def test_logging_out_drops_every_proof_of_the_conversation(member):
    member.take(SignedOut())
    assert (member.talk.session, member.talk.identity) == (None, None)
    member.hear("please", "access")
    assert member.said[0].need == "identity"


def test_the_button_asks_the_page_for_a_login(stranger):
    stranger.press("sign_in")
    assert stranger.steps[-1].wants_sign_in


# ---- unclear


def test_an_unclear_message_is_asked_once_with_the_likely_meanings(stranger):
    stranger.hear("my data", offers=("access", "erasure", "other", "human", "rectification", "status"))
    assert stranger.names() == ["ask_meaning"]
    acts = ["mean_access", "mean_erasure", "mean_rectification", "mean_other", "person"]
    assert stranger.offers() == acts
    assert wakes_at(stranger.talk) == NOW + DAY


def test_an_answer_to_the_question_is_filed_with_the_first_messages_clock(stranger):
    stranger.hear("my data", offers=("access", "erasure"))
    stranger.wait(timedelta(hours=3))
    stranger.press_said("mean_erasure")
    assert (stranger.only().right, stranger.only().received_at) == (Right.ERASURE, NOW)
    assert wakes_at(stranger.talk) is None


def test_silence_for_a_day_makes_it_a_ticket_with_the_first_messages_clock(stranger):
    stranger.hear("my data", offers=("access", "erasure"))
    stranger.wait(timedelta(hours=5))
    stranger.hear("well", offers=("access", "erasure"))
    stranger.wait(timedelta(hours=19))
    stranger.silence()
    assert stranger.names() == ["unclear"]
    assert (stranger.only().right, stranger.only().received_at) == (Right.UNCLEAR, NOW)
    assert stranger.said[0].latest.isoformat() == "2026-12-02"
    stranger.silence()
    assert stranger.names() == []


def test_something_else_keeps_the_clock_of_what_could_be_a_request(stranger):
    stranger.hear("my data", offers=("access", "erasure"))
    stranger.press_said("mean_other")
    assert stranger.names() == ["menu"]
    assert wakes_at(stranger.talk) == NOW + DAY


def test_what_can_be_no_request_starts_no_clock(stranger):
    stranger.hear("well", offers=("status", "inform"))
    assert stranger.names() == ["ask_meaning"]
    assert wakes_at(stranger.talk) is None
    stranger.hear("hm")
    assert stranger.offers() == ["mean_access", "mean_erasure", "mean_other", "person"]


def test_what_is_nothing_gets_the_menu(stranger):
    stranger.hear("hello", "other")
    assert stranger.names() == ["menu"]
    stranger.hear("hello?", offers=("other", "status", "access"))
    assert stranger.names() == ["menu"]
    assert wakes_at(stranger.talk) is None


def test_what_is_probably_nothing_but_may_be_a_request_is_asked(stranger):
    stranger.hear("hello?", offers=("other", "access"))
    assert stranger.names() == ["ask_meaning"]


def test_a_question_about_privacy_is_answered_with_its_policy(stranger):
    stranger.hear("cookies?", "inform", topics=("cookies",))
    assert stranger.names() == ["fact"]
    assert stranger.offers() == ["mean_access", "policy", "person"]
    assert stranger.said[0].buttons[1].href == "https://seleqt.example/privacy"


def test_a_language_the_desk_does_not_offer_reaches_a_colleague_at_once(stranger):
    stranger.hear("Bonjour", lang_known=False)
    assert stranger.names() == ["not_our_language"]
    assert stranger.only().right is Right.UNCLEAR
    stranger.hear("Allo", lang_known=False)
    assert stranger.steps[-1].passed_on == (stranger.only().id,)


def test_the_conversation_follows_the_persons_language_until_something_is_filed(stranger):
    stranger.hear("hallo", "other", lang="nl")
    assert stranger.talk.lang == "nl"
    stranger.hear("alles", "access", lang="nl")
    stranger.hear("hello", "other", lang="en")
    assert stranger.talk.lang == "nl"
    stranger.hear("x", "other", lang="de", lang_known=False)
    assert stranger.talk.lang == "nl"


def test_a_hidden_number_is_said_first(stranger):
    stranger.hear("my number is ...", "access", hidden=True)
    assert stranger.names() == ["number_hidden", "filed"]


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


# ---- people and alarms


def test_a_colleague_takes_over_with_hours_and_a_day_and_there_is_always_a_ticket(stranger):
    stranger.hear("a person please", "human")
    assert stranger.names() == ["handed_over"]
    said = stranger.said[0]
    assert (said.opens, said.closes, said.answer_by) == ("09:00", "17:00", NOW.date())
    assert stranger.only().ref == said.ref
    assert stranger.talk.with_staff


def test_with_a_colleague_unclear_words_go_to_them_and_clear_wishes_are_still_filed(stranger):
    stranger.press("person")
    one = stranger.only().id
    for text, intents in (("hm", ()), ("thanks", ("other",))):
        stranger.hear(text, *intents)
        assert stranger.names() == []
        assert stranger.steps[-1].passed_on == (one,)
    stranger.hear("delete me", "erasure")
    assert stranger.names() == ["filed"]


def test_words_to_a_colleague_after_everything_is_closed_make_a_new_ticket(stranger):
    stranger.press("person")
    stranger.happen(stranger.only().id, e.Withdrew(by="person"))
    stranger.hear("are you there")
    assert len(stranger.tickets) == 2


def test_an_answer_to_a_colleagues_question_is_passed_on(member):
    member.hear("please", "access")
    one = member.only().id
    member.talk = replace(member.talk, asking=Asking.STAFF_QUESTION, about=one)
    member.hear("the invoice of May")
    assert member.names() == ["passed_on"]
    assert member.steps[-1].moves == ((one, e.AnswerCame(by="person")),)
    assert member.talk.asking is Asking.NOTHING


def test_an_answer_about_a_request_that_is_over_is_understood_afresh(member):
    member.talk = replace(member.talk, asking=Asking.STAFF_QUESTION, about="gone")
    member.hear("the invoice of May", "inform")
    assert member.names() == ["fact"]


@pytest.mark.parametrize("act", ["wrong_person", "not_me"])
def test_an_alarm_freezes_every_open_request_and_thanks(member, act):
    member.hear("please", "access", "erasure")
    member.press(act)
    assert member.names() == ["alarm_taken"]
    assert all(Flag.ALARM in one.flags for one in member.tickets.values())
    assert member.talk.with_staff


def test_an_alarm_after_the_answer_freezes_the_newest_request(member):
    member.hear("please", "complaint")
    member.happen(member.only().id, e.Settled(by=LOTTE.key, message=member.said[0]))
    member.hear("this is somebody else", alarm="wrong_person")
    assert Flag.ALARM in member.only().flags
    assert len(member.tickets) == 1


def test_an_alarm_without_any_request_makes_one_for_staff(stranger):
    stranger.hear("I got somebody else's data", "access", alarm="wrong_person")
    assert stranger.names() == ["alarm_taken"]
    assert stranger.only().right is Right.UNCLEAR
    assert stranger.only().breach_due == NOW + 3 * DAY


# ---- known and unknown


@pytest.mark.parametrize("intent", sorted(REQUESTS))
def test_every_address_gets_the_same_steps_whether_it_is_known_or_not(intent):
    """The desk cannot tell before the code: for two addresses, all it says, opens and sends is the same."""

    def steps(address: str) -> list[object]:
        parlour = Parlour()
        parlour.hear("please", intent)
        parlour.address(address)
        parlour.code(Check.WRONG)
        return [without(step, address) for step in parlour.steps]

    def without(step, address):
        codes = [replace(one, address="", challenge=replace(one.challenge, mailbox="")) for one in step.codes]
        opened = [replace(one, address=None, words="") for one in step.opened]
        return replace(step, codes=tuple(codes), opened=tuple(opened))

    assert steps("sanne@example.nl") == steps("nobody@example.org")


# ---- the tables


def test_every_question_has_an_answer_and_every_intent_a_way():
    assert set(ANSWERS) == set(Asking)
    assert set(INTENTS) & REQUESTS == set()


def test_every_button_that_is_offered_does_something():
    """Acts named in the core are links, meanings, or rows of the table, and the table has no others."""
    core = Path(__file__).parents[2] / "bot" / "core"
    source = "".join(path.read_text("utf-8") for path in core.glob("*.py"))
    acts = set(re.findall(r'act="(\w+)"', source))
    meant = {act for act in acts if act.startswith("mean_")}
    assert acts - meant - {"policy"} == set(BUTTONS) - {"not_me"}
    for act in meant:
        assert act.removeprefix("mean_") in REQUESTS | set(INTENTS)


def test_a_button_the_desk_does_not_know_shows_the_menu(stranger):
    stranger.press("no_such_act")
    assert stranger.names() == ["menu"]


@pytest.mark.parametrize("intent", sorted(REQUESTS | set(INTENTS)))
@pytest.mark.parametrize("asking", Asking)
@pytest.mark.parametrize("signed_in", [True, False])
def test_nothing_dead_ends(intent, asking, signed_in):
    """Whatever is open, whatever is clearly wanted: the person hears something, or it is being done or read."""
    parlour = Parlour(signed_in=signed_in)
    parlour.talk = replace(parlour.talk, asking=asking)
    parlour.hear("please", intent)
    step = parlour.steps[-1]
    assert step.says or step.opened or step.moves or step.passed_on
