"""Codes and logins in a conversation: what they open, and what follows when they do not fit."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core import events as e
from bot.core.conversation import REQUESTS, step
from bot.core.identity import Check
from bot.core.model import Asking, Status
from bot.core.plans import Change
from bot.core.turn import Pressed, SignedIn, SignedOut
from tests.core.builders import NOW, Parlour, session

BERG = (Change(name="last_name", old="Berg", new="van den Berg"),)
NEW_MAIL = (Change(name="email", new="new@example.nl"),)


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


def test_a_new_mailbox_that_had_its_share_of_codes_today_gets_no_more():
    parlour = Parlour(signed_in=True)
    change = Change(name="email", new="new@example.nl")
    parlour.hear("my address is new", "rectification", changes=(change,))
    scene = replace(parlour.scene(), new_address_codes_left=False)
    ticket_id = parlour.only().id
    done = step(scene, Pressed(act="yes_change", arg=ticket_id))
    assert [message.name() for message in done.says] == ["codes_spent"]
    assert done.codes == ()
