"""Carrying a login to Telegram: only a fresh one, only after a yes, and then as far as any proof goes."""

from datetime import timedelta

import pytest

from bot.core.linking import masked, may_give_out
from bot.core.model import Door, Level, Right, Status
from bot.core.turn import LinkAnswered, Linked, LinkOpened
from tests.core.builders import MINUTE, NOW, Parlour, session


@pytest.mark.parametrize(
    ("age", "may"), [(timedelta(), True), (15 * MINUTE, True), (16 * MINUTE, False), (-MINUTE, False)]
)
def test_only_a_fresh_login_gives_out_a_link(age, may):
    assert may_give_out(session(at=NOW - age), NOW) is may
    assert not may_give_out(None, NOW)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Anna", "A•••"), ("  élodie", "é•••"), ("<b>Mallory</b>", "b•••"), ("😀 5", "•••"), ("", "•••")],
)
def test_a_first_name_is_masked_to_one_letter(name, shown):
    assert masked(name) == shown


def test_the_question_stands_in_the_web_chat_with_a_yes_and_a_no(member):
    member.take(LinkOpened(name="Anna", claim="c-1"))
    assert member.names() == ["ask_telegram"]
    assert [(one.act, one.arg) for one in member.said[0].buttons] == [("link_yes", "c-1"), ("link_no", "c-1")]


@pytest.mark.parametrize(
    ("answer", "says", "over"),
    [
        (LinkAnswered(yes=True, talk="t-2"), "telegram_bound", None),
        (LinkAnswered(yes=True), "telegram_not_bound", True),
        (LinkAnswered(yes=False, talk="t-2"), "telegram_not_bound", False),
        (LinkAnswered(yes=False), "telegram_not_bound", False),
    ],
)
def test_the_answer_is_said_back(member, answer, says, over):
    member.take(answer)
    assert member.names() == [says]
    assert getattr(member.said[0], "over", None) is over


def test_a_yes_proves_what_waits_in_telegram():
    there = Parlour()
    there.hear("delete me", "erasure")
    there.take(Linked(session=session()))
    assert there.names()[:2] == ["telegram_known", "thanks"]
    proof = there.talk.identity
    assert (proof.level, proof.door, proof.tenant, proof.subject) == (Level.SESSION, Door.TELEGRAM, "acme", "u-1")
    assert there.talk.session is None
    assert there.of(Right.ERASURE).identity == proof
    assert there.of(Right.ERASURE).status is not Status.VERIFYING


def test_what_is_asked_soon_after_is_proved_and_an_hour_later_not():
    there = Parlour()
    there.take(Linked(session=session()))
    there.hear("my data", "access")
    assert there.only().identity is not None
    there.wait(timedelta(hours=1))
    there.hear("delete me", "erasure")
    assert there.of(Right.ERASURE).identity is None


def test_a_carried_login_never_changes_a_contact_by_itself():
    there = Parlour()
    there.take(Linked(session=session()))
    there.hear("my new address", "rectification_contact")
    assert all(one.identity is None for one in there.tickets.values())


def test_a_no_leaves_a_stranger(stranger):
    stranger.hear("delete me", "erasure")
    stranger.take(Linked(session=None))
    assert stranger.names() == ["telegram_unknown"]
    assert stranger.talk.identity is None
    assert stranger.only().identity is None
