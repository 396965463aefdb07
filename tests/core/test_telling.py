"""Recipients are told one by one, each with its own end, and the person hears who knows when all do (Art. 19)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core import events as e
from bot.core.deadlines import local_date
from bot.core.lifecycle import advance
from bot.core.messages import Looking, RecipientsTold
from bot.core.model import Notice, Right, Status, Way
from bot.core.moves import IllegalMove
from tests.core.builders import DAY, LOTTE, NOW, by_session, plan_note, play, ticket

CRM = Notice(recipient="crm", name="Contoso CRM (US)", way=Way.WEBHOOK)
MAILING = Notice(recipient="mailing", name="Postduif (FR)", way=Way.MAIL)
SUPPORT = Notice(recipient="support", name="Helpwise (NL)", way=Way.MANUAL)
SAID = Looking(ref="SEL-2026-00001", latest=NOW.date())
PLAN = plan_note(recipients=3)
WORKING = ticket(Right.RESTRICTION, status=Status.WORKING, identity=by_session(), plan=PLAN)
DONE = play(WORKING, e.Acted(by="source", message=SAID, notices=(CRM, MAILING, SUPPORT)))
BY_HAND = e.ErrandDone(by=LOTTE.key, errand="tell-support")


def informed(recipient: str) -> e.Informed:
    return e.Informed(by="source", recipient=recipient)


def not_informed(recipient: str, *, final: bool = False) -> e.NotInformed:
    return e.NotInformed(by="source", recipient=recipient, reason="down", final=final)


def effects(one, event, kind=e.Nudge):
    return [effect for effect in advance(one, event, NOW).effects if isinstance(effect, kind)]


def test_the_result_comes_first_and_every_recipient_gets_a_notice_of_its_own():
    result = advance(WORKING, e.Acted(by="source", message=SAID, notices=(CRM, MAILING, SUPPORT)), NOW)
    assert (result.ticket.status, result.ticket.notices) == (Status.DONE, (CRM, MAILING, SUPPORT))
    assert [one.recipient for one in result.effects if isinstance(one, e.Inform)] == ["crm", "mailing"]
    assert [one.rung for one in result.effects if isinstance(one, e.Nudge)] == ["errand_set"]
    (errand,) = result.ticket.errands
    assert (errand.what, errand.about, errand.due) == ("tell", "support", local_date(NOW) + timedelta(days=7))


def test_whom_the_map_has_no_way_to_stays_a_task_of_staff():
    acted = e.Acted(by="source", message=SAID, notices=(CRM, MAILING))
    assert [one.rung for one in effects(WORKING, acted)] == ["tell_recipients"]


def test_the_person_is_told_by_name_when_the_last_one_knows():
    two = play(DONE, informed("crm"), informed("mailing"))
    assert [one.done_at for one in two.notices] == [NOW, NOW, None]
    assert effects(DONE, informed("crm"), e.Tell) == []
    names = ("Contoso CRM (US)", "Postduif (FR)", "Helpwise (NL)")
    assert effects(two, BY_HAND, e.Tell) == [
        e.Tell(message=RecipientsTold(ref="SEL-2026-00001", recipients=names), durable=True)
    ]


def test_a_recipient_who_is_away_is_counted_and_staff_hear_of_it_once():
    one, heard = DONE, []
    for _ in range(5):
        heard += effects(one, not_informed("crm"))
        one = play(one, not_informed("crm"))
    assert heard == [e.Nudge(rung="not_informed")]
    assert (one.notices[0].tries, one.notices[0].reason) == (5, "down")
    after = play(one, informed("crm")).notices[0]
    assert (after.done_at, after.reason, after.tries) == (NOW, "", 5)


def test_whom_nothing_reaches_is_told_by_a_colleague():
    one = play(DONE, not_informed("mailing", final=True))
    assert one.notices[1].way is Way.MANUAL
    assert [errand.about for errand in one.errands] == ["support", "mailing"]
    known = play(one, e.ErrandDone(by=LOTTE.key, errand="tell-mailing"), now=NOW + DAY)
    assert known.notices[1].done_at == NOW + DAY


@pytest.mark.parametrize(
    ("before", "event"),
    [
        (DONE, informed("nobody")),
        (play(DONE, informed("crm")), informed("crm")),
        (play(DONE, informed("crm")), not_informed("crm")),
        (DONE, not_informed("support")),
    ],
)
def test_who_knows_is_not_told_twice_and_a_colleagues_errand_is_not_sent(before, event):
    with pytest.raises(IllegalMove):
        advance(before, event, NOW)


def test_a_restriction_that_told_nobody_ends_quietly():
    quiet = play(replace(WORKING, plan=plan_note()), e.Acted(by="source", message=SAID))
    assert (quiet.notices, quiet.errands) == ((), ())
