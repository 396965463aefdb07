"""Corrections in a conversation: read back, typed again, and an address that needs both mailboxes."""

from dataclasses import replace

from bot.core import events as e
from bot.core.model import Asking, Right, Status
from bot.core.plans import Change
from tests.core.builders import NOW

BERG = (Change(name="last_name", old="Berg", new="van den Berg"),)
NEW_MAIL = (Change(name="email", new="new@example.nl"),)


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
