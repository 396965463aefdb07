"""A conversation by mail: its address is known, so a code goes there before anything is said of older requests."""

from dataclasses import replace

import pytest

from bot.core.identity import CODE_LIFE, from_now, is_proved_to, typed_code
from bot.core.mail import is_plain_id
from bot.core.model import Challenge, Door, Purpose
from tests.core.builders import DAY, ME, NOW, Parlour, by_mailbox, by_session, ticket

OWN = ("sanne@example.nl", "hash of sanne@example.nl")


class ByMail(Parlour):
    """A conversation with the place that mails come from."""

    def __init__(self) -> None:
        super().__init__()
        self.talk = replace(self.talk, door=Door.MAIL)

    def scene(self):
        return replace(super().scene(), own_address=OWN, reached_at=NOW - DAY)


@pytest.mark.parametrize("wish", ["status", "cancel"])
def test_who_asks_by_mail_about_an_older_request_gets_a_code_first(wish):
    parlour = ByMail()
    parlour.hear("and my request?", wish)
    (sent,) = parlour.steps[-1].codes
    assert sent.address == OWN[0]
    assert parlour.names() == ["code_sent"]


@pytest.mark.parametrize("wish", ["status", "cancel"])
def test_who_is_known_in_the_conversation_is_answered_at_once(wish):
    parlour = ByMail()
    parlour.talk = replace(parlour.talk, identity=by_mailbox())
    parlour.hear("and my request?", wish)
    assert parlour.steps[-1].codes == ()


def test_the_clock_of_a_mail_runs_from_its_arrival():
    parlour = ByMail()
    parlour.hear("delete my data", "erasure")
    (made,) = parlour.tickets.values()
    assert made.received_at == NOW - DAY


def test_a_mailbox_finds_what_a_login_asked_for_when_the_answer_goes_there():
    parlour = Parlour()
    asked = ticket(identity=by_session(), mailbox="m-1")
    assert is_proved_to(replace(parlour.talk, identity=by_mailbox(mailbox="m-1")), asked)
    assert not is_proved_to(replace(parlour.talk, identity=by_mailbox(mailbox="m-2")), asked)
    assert not is_proved_to(parlour.talk, asked)


def test_a_login_that_was_carried_to_another_door_stands_for_its_account():
    carried = replace(Parlour().talk, identity=by_session())
    assert is_proved_to(carried, ticket(identity=by_session()))
    assert is_proved_to(carried, ticket(identity=by_mailbox(), subjects=frozenset({ME})))
    assert not is_proved_to(carried, ticket(identity=by_mailbox()))


def test_a_code_whose_mail_had_to_wait_has_its_whole_life_before_it():
    old = Challenge(
        id="c", talk="t", purpose=Purpose.IDENTITY, nonce="n", mailbox="m", made_at=NOW, ends_at=NOW + CODE_LIFE
    )
    assert from_now(old, NOW + DAY).ends_at == NOW + DAY + CODE_LIFE


def test_words_are_no_code():
    assert typed_code("please delete my data") is None
    assert typed_code("o1il-abcd") == "0111ABCD"


@pytest.mark.parametrize(
    ("text", "is_plain"),
    [("<a.b@x.example>", True), ("<=?utf-8?q?a=0D=0ABcc:x?=@x>", False), ("<a b@x>", False), ("a@x", False)],
)
def test_only_a_plain_message_id_stands_in_a_head_of_ours(text, is_plain):
    assert is_plain_id(text) is is_plain
