"""A mail nobody could place: what may happen to it, its reminders, its words, and what it is called afterwards."""

from dataclasses import replace
from datetime import date

import pytest

from bot.core import events as e
from bot.core.clock import due_rungs
from bot.core.lifecycle import MOVES, advance, opened
from bot.core.messages import SettledByHand
from bot.core.model import Door, Flag, Right, Status
from bot.core.moves import IllegalMove
from bot.core.sorting import (
    MAY_HAPPEN,
    LooseMail,
    answered_by,
    dumped,
    is_copy_gone,
    is_unsorted,
    last_day,
    loaded,
    was_placed,
)
from tests.core.builders import DAY, LOTTE, NOW, play, ticket


def loose():
    given = ticket(Right.UNCLEAR, door=Door.MAIL, talk=None, flags=frozenset({Flag.UNSORTED}))
    return opened(given, NOW).ticket


@pytest.mark.parametrize(("ours", "status"), [(True, Status.DONE), (False, Status.FORWARDED)])
def test_placing_a_mail_ends_its_ticket_and_forgets_its_words(ours, status):
    result = advance(loose(), e.Sorted(by=LOTTE.key, ours=ours), NOW)
    assert (result.ticket.status, result.ticket.decided_by) == (status, LOTTE.key)
    assert result.effects == (e.Call(verb="sort"), e.Forget(kinds=("words",)))
    assert result.entries[0].facts == {"ours": str(ours).lower()}
    assert not is_unsorted(result.ticket)
    assert was_placed(result.ticket)


def test_only_a_mail_that_waits_is_placed():
    with pytest.raises(IllegalMove):
        play(replace(loose(), flags=frozenset()), e.Sorted(by=LOTTE.key, ours=True))


@pytest.mark.parametrize("kind", [kind for kind in MOVES if kind not in MAY_HAPPEN])
def test_nothing_else_happens_to_a_mail_before_it_is_placed(kind):
    event = kind.__new__(kind)
    for by in (LOTTE.key, "person", "source"):
        object.__setattr__(event, "by", by)
        with pytest.raises(IllegalMove):
            advance(loose(), event, NOW)


def test_a_colleague_takes_a_mail():
    assert play(loose(), e.Assigned(by=LOTTE.key, to=LOTTE.key)).assignee == LOTTE.key


def test_staff_are_reminded_daily_and_told_when_the_copy_is_destroyed():
    one, rungs = loose(), []
    for day in range(15):
        result = advance(one, e.Ticked(by="clock"), NOW + day * DAY)
        one = result.ticket
        rungs += [effect.rung for effect in result.effects if isinstance(effect, e.Nudge)]
        assert is_copy_gone(one) == (day == 14)
    assert rungs.count("sort") == 13
    assert rungs.count("sort_over") == 1
    assert e.Call(verb="sort") in result.effects
    assert e.Forget(kinds=("words",)) in result.effects
    assert one.is_open
    assert last_day(one) == date(2026, 11, 16)


def test_a_late_mail_is_told_to_staff_and_to_nobody_else():
    late = NOW + 40 * DAY
    assert any(due.name.startswith("late_notice") for due in due_rungs(loose(), late))
    effects = advance(loose(), e.Ticked(by="clock"), late).effects
    assert e.Nudge(rung="late_unsorted", who="red") in effects
    assert not any(isinstance(effect, e.Tell) for effect in effects)


def test_a_message_of_a_conversation_and_one_filed_by_hand_are_no_placed_mails():
    settled = e.Settled(by=LOTTE.key, message=SettledByHand(ref="SEL-2026-00001", on=NOW.date(), words="Done."))
    for more in ({"talk": "talk-1"}, {"group": "hand:1"}, {"door": Door.WEB}):
        assert not was_placed(play(replace(loose(), flags=frozenset(), **more), settled))


def test_the_words_of_a_mail_come_back_as_they_were_kept():
    mail = LooseMail(sender="a@x.example", subject='Re: "x"\n\ny', text="One\n\nTwo", about="SEL-2026-00033")
    assert loaded(dumped(mail)) == mail
    assert len(loaded(dumped(replace(mail, text="x" * 30_000))).text) == 20_000
    assert "a@x.example" not in repr(mail)


def test_the_log_names_what_a_quarantined_mail_answers():
    entry = e.Entry(what="quarantined", by="clock", at=NOW, facts={"about": "SEL-2026-00033"})
    assert answered_by((entry,)) == "SEL-2026-00033"
    assert answered_by(()) == ""
