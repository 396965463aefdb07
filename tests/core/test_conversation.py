"""Whole conversations: what is unclear, people and alarms, and what never dead-ends."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core import events as e
from bot.core import linking
from bot.core.conversation import ANSWERS, BUTTONS, INTENTS, REQUESTS, wakes_at
from bot.core.model import Asking, Flag, Right
from bot.core.turn import Opened
from tests.core.builders import DAY, LOTTE, NOW, Parlour


def test_the_first_bubble_offers_what_the_desk_does_and_a_person(stranger):
    stranger.take(Opened())
    assert stranger.names() == ["hello"]
    assert stranger.offers()[-1] == "person"


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


def test_two_questions_are_answered_in_two_bubbles_and_the_buttons_stand_under_the_last(stranger):
    stranger.hear("sold? kept? where?", "inform", topics=("sold", "kept", "where"))
    assert [(fact.topic, bool(fact.buttons)) for fact in stranger.said] == [("sold", False), ("kept", True)]


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
    assert acts - meant - {"policy", "where_home", "where_ap"} - linking.ANSWERS == set(BUTTONS) - {"not_me"}
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


def test_an_earlier_conversation_that_is_not_for_this_visitor_is_named_and_not_shown():
    parlour = Parlour()
    parlour.take(Opened(hidden=True))
    assert parlour.names() == ["earlier_hidden", "hello"]
