"""The App Home: lists, pages, what waits for whom, and buttons that work as on the card."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core import events as e
from bot.core.model import Door, Flag, Right, Role, Status, Task
from bot.demo.slack.rules import message_faults, view_faults
from bot.ports import Digest
from handlers.slack_digest import digest
from handlers.slack_home import (
    ROWS_PER_PAGE,
    Desk,
    Place,
    Tab,
    home,
    lists,
    named,
    place_of,
    signs_of_life,
    stranger,
    waits_for,
)
from tests.handlers.slack_cases import (
    HASH,
    JORIS,
    LOTTE,
    MINA,
    NOW,
    STAFF,
    approved,
    colleague,
    every_ticket,
    odd,
    ticket,
    view,
)
from tests.handlers.slack_room import room

TODAY = NOW.date()


def desk(*views, closed=(), **more):
    return Desk(owed=tuple(views), closed=tuple(closed), staff=STAFF, **{"away": {}, **more})


def drawn(given, me=LOTTE, place=None):
    shown = home(given, me, NOW, place or Place())
    assert view_faults(shown, "home") == []
    return shown


# ---- lists


def test_my_list_has_late_ones_on_top_and_the_tabs_count():
    late = ticket(id="late", ref="SEL-2026-1", received_at=NOW - timedelta(days=40))
    soon, mine = ticket(id="soon", ref="SEL-2026-2"), ticket(Right.ERASURE, id="done", ref="SEL-2026-3")
    given = desk(view(soon), view(approved(mine, LOTTE)), view(late))
    assert [one.ticket.ref for one in lists(given, LOTTE, NOW)[Tab.MINE]] == ["SEL-2026-1", "SEL-2026-2"]
    shown = str(drawn(given))
    assert "Privacy desk · 3 open · 1 late · 0 due in 7 days" in shown
    assert "Waiting for me 2" in shown
    assert "All open 3" in shown
    assert "you approved" in str(drawn(given, place=Place(tab=Tab.OPEN)))
    assert "you're the last one needed" in str(drawn(given, MINA))


@pytest.mark.parametrize("number", [0, 1, ROWS_PER_PAGE, ROWS_PER_PAGE + 1, 500])
def test_every_request_stands_on_one_page_and_no_page_passes_slacks_limit(number):
    given = desk(*(view(ticket(id=f"m{at}", ref=f"SEL-2026-{at:05d}")) for at in range(number)))
    seen = []
    for page in range(1, max(-(-number // ROWS_PER_PAGE), 1) + 1):
        shown = drawn(given, place=Place(tab=Tab.OPEN, page=page))
        seen += [block["accessory"]["value"] for block in shown["blocks"] if "accessory" in block]
        assert shown["private_metadata"] == f"open|{page}"
    assert sorted(seen) == sorted(f"m{at}|{HASH}" for at in range(number))
    assert drawn(given, place=Place(tab=Tab.OPEN, page=999))["private_metadata"] == f"open|{page}"


def test_every_state_of_every_right_makes_a_row():
    every = [replace(one, id=f"t{at}") for at, one in enumerate(every_ticket())]
    for tab in Tab:
        drawn(desk(*map(view, every), closed=map(view, every[:60]), away={LOTTE.key: TODAY}), place=Place(tab=tab))


@pytest.mark.parametrize("text", ["", "x|2", "mine|-1", "mine|999999", "mine|²", "mine"])
def test_a_place_that_is_none_is_the_first_page(text):
    assert place_of(text) == Place()
    assert place_of(named(Place(tab=Tab.CLOSED, page=3))) == Place(tab=Tab.CLOSED, page=3)


def test_an_empty_home_says_the_next_date_and_a_stranger_sees_no_counts():
    waiting = view(ticket(status=Status.VERIFYING, door=Door.PHONE))
    shown = drawn(desk(waiting))
    assert "Nothing waits for you. Next date: Wed 2 Dec." in str(shown)
    assert "Waiting for the person 1" in str(shown)
    assert "open" not in stranger()["blocks"][0]["text"]["text"]


def test_the_foot_says_who_is_away_and_when_the_channels_were_heard():
    heard = signs_of_life({"mail": NOW - timedelta(minutes=4), "slack": NOW, "x": None}, NOW + timedelta(seconds=30))
    assert heard == ["last mail 4 min ago", "last slack just now", "no x yet"]
    assert signs_of_life({"mail": NOW - timedelta(hours=5)}, NOW) == ["last mail 5 hours ago"]
    shown = str(drawn(desk(away={LOTTE.key: TODAY + timedelta(days=7)}, alive=heard)))
    assert "@Lotte is away until Mon 9 Nov, @Joris stands in" in shown
    assert "last mail 4 min ago" in shown


# ---- what waits for whom


def waits(one, me, **more):
    return waits_for(view(one, **more), me, STAFF, NOW)


def test_what_one_colleague_has_waits_for_them_alone_until_they_did_their_part():
    erasure = replace(ticket(Right.ERASURE), assignee=LOTTE.key)
    assert waits(erasure, LOTTE)
    assert not waits(erasure, MINA)
    assert waits(approved(erasure, LOTTE), MINA)
    assert not waits(approved(erasure, LOTTE), LOTTE)


def test_a_deputy_sees_what_waits_for_who_is_away():
    access = replace(ticket(), assignee=LOTTE.key)
    assert not waits(access, JORIS)
    assert waits(access, JORIS, away={LOTTE.key: TODAY})
    assert not waits(access, MINA, away={LOTTE.key: TODAY})


def test_what_belongs_to_somebody_who_left_waits_for_everybody():
    assert waits(replace(ticket(), assignee="T0SELEQT:U0GONE"), MINA)


def test_my_own_request_never_waits_for_me():
    own = colleague("U0SELF", Role.APPROVER, subjects=frozenset({("t1", "s1")}))
    assert not waits_for(view(ticket()), own, (*STAFF, own), NOW)


def test_a_task_waits_after_the_end():
    done = ticket(Right.ERASURE, Status.DONE, tasks=frozenset({Task.TELL_RECIPIENTS}))
    assert waits(done, LOTTE)
    shown = str(drawn(desk(view(done))))
    assert "tell everyone who received the data" in shown
    assert "Done…" in shown


# ---- pressing


async def test_the_home_opens_its_lists_and_keeps_its_place():
    closed = ticket(Right.ACCESS, Status.DONE, id="c", ref="SEL-2026-00001", closed_at=NOW - timedelta(days=2))
    async with room(ticket(), closed) as at:
        assert "SEL-2026-00417" in await at.home(at.lotte)
        shown = await at.home(at.lotte, "tab_closed")
        assert "SEL-2026-00001" in shown
        assert "SEL-2026-00417" not in shown
        assert "SEL-2026-00001" in await at.home(at.lotte)  # opened again, it stands where it stood
        assert "last Slack event just now" in shown


async def test_the_pages_of_a_long_list_are_turned():
    many = [ticket(id=f"t{at}", ref=f"SEL-2026-{at:05d}") for at in range(1, 61)]
    async with room(*many) as at:
        assert "page 1 of 3" in await at.home(at.lotte)
        assert "SEL-2026-00026" in await at.home(at.lotte, "page_on")
        assert "page 3 of 3" in await at.home(at.lotte, "page_on")
        assert "page 2 of 3" in await at.home(at.lotte, "page_back")


async def test_who_is_not_on_the_list_sees_and_opens_nothing():
    async with room() as at:
        assert "SEL-2026-00417" not in await at.home(at.bram)
        await at.bram.command("/privacy", "new")
        await at.door.close()
        assert "not on the list" in str(at.bram.modal.body)


async def test_a_request_is_decided_from_the_home():
    async with room() as at:
        await at.post()
        await at.home(at.lotte, "look")
        assert "Approve and release copy" in str(at.lotte.modal.body)
        assert "Its card in the channel" in str(at.lotte.modal.body)
        await at.lotte.click_modal("approve")
        await at.door.close()
        assert at.desk.events == [e.Approved(by=LOTTE.key, plan_hash=HASH)]
        assert "Done." in str(at.lotte.modal.body)
        assert "Waiting for me 0" in str(at.lotte.home.blocks)  # drawn again by itself


async def test_a_window_over_a_window_closes_both_and_draws_the_home_again():
    async with room() as at:
        await at.post()
        await at.home(at.lotte, "look")
        await at.lotte.click_modal("Assign…")
        await at.door.close()
        await at.submit(at.lotte, {"to": JORIS.key})
        assert at.lotte.modal is None
        assert at.ticket.assignee == JORIS.key
        assert "Waiting for me 0" in str(at.lotte.home.blocks)
        assert "yours" in await at.home(at.joris)


async def test_nobody_is_given_their_own_request_whatever_was_sent():
    own = colleague("U0JORIS", Role.APPROVER, subjects=frozenset({("t1", "s1")}))
    async with room(staff=(LOTTE, own, MINA)) as at:
        ts = await at.post()
        modal = await at.window(at.lotte, ts, "Assign…")
        assert own.key not in str(modal.body)
        await at.submit(at.lotte, {"to": MINA.key})
        assert at.ticket.assignee == MINA.key


async def test_a_task_is_done_with_a_note_that_slack_does_not_show_again():
    done = ticket(Right.ERASURE, Status.DONE, tasks=frozenset({Task.TELL_RECIPIENTS, Task.TELL_CLIENT}))
    async with room(done) as at:
        await at.home(at.lotte, "done")
        await at.submit(at.lotte, {"task": "tell_client", "proof": "?"})
        assert "proof" in at.lotte.modal.errors
        await at.submit(at.lotte, {"task": "tell_client", "proof": "Mailed the client on Monday, they answered."})
        assert at.ticket.tasks == {Task.TELL_RECIPIENTS}
        assert at.desk.notes == ["Mailed the client on Monday, they answered."]
        assert isinstance(at.desk.events[0], e.ProofNoted)
        assert not any("Mailed the client" in str(one.blocks) + one.text for one in at.world.messages.values())


async def test_a_request_is_found_by_its_number():
    async with room() as at:
        await at.home(at.lotte, "find")
        await at.submit(at.lotte, {"ref": "anna"})
        assert "ref" in at.lotte.modal.errors
        await at.submit(at.lotte, {"ref": "417"})
        assert "SEL-2026-00417" in str(at.lotte.modal.body)
        await at.lotte.click_modal("open")
        await at.door.close()
        assert at.desk.links[0] in str(at.lotte.modal.body)


# ---- a request by phone or post


async def test_a_letter_is_filed_from_its_true_receipt_and_its_address_is_typed_elsewhere():
    async with room() as at:
        await at.home(at.lotte, "new")
        assert "email" not in str(at.lotte.modal.body)
        await at.submit(
            at.lotte, {"right": "access", "door": "post", "day": "2026-10-30", "time": "18:30", "lang": "nl"}
        )
        made = list(at.desk.tickets.values())[-1]
        assert (made.received_at.isoformat(), made.door) == ("2026-10-30T17:30:00+00:00", Door.POST)
        assert "SEL-2026-00999" in str(at.lotte.modal.body)
        assert at.desk.links[0] in str(at.lotte.modal.body)


async def test_a_letter_from_the_future_and_a_form_with_gaps_come_back_beside_their_fields():
    async with room() as at:
        await at.home(at.lotte, "new")
        await at.submit(
            at.lotte, {"right": "access", "door": "phone", "day": "2026-11-03", "time": "09:00", "lang": "en"}
        )
        assert list(at.lotte.modal.errors) == ["day"]
        assert len(at.desk.tickets) == 1


# ---- the digest


def test_the_digest_says_what_is_late_due_and_in_whose_hands():
    late = ticket(id="late", ref="SEL-2026-1", received_at=NOW - timedelta(days=40), assignee=LOTTE.key)
    due = ticket(id="due", ref="SEL-2026-2", received_at=NOW - timedelta(days=28))
    task = ticket(Right.ERASURE, Status.DONE, id="t", ref="SEL-2026-3", tasks=frozenset({Task.FORWARD}))
    given = Digest(views=tuple(map(view, (late, due, task))), away={MINA.key: TODAY}, unsure=2)
    card = digest(given, STAFF, NOW)
    shown = str(card.blocks)
    assert message_faults(card.blocks) == []
    assert card.text == "Privacy desk: 2 open · 1 late · 1 due by Wed."
    for words in ("SEL-2026-1: LATE", "SEL-2026-2", "@Lotte 1", "nobody in particular 1", "forward the request"):
        assert words in shown
    assert "2 mails may be a request" in shown
    assert "@Mina is away" in shown
    assert "<@" not in shown


def test_a_long_digest_stays_one_message():
    views = [view(odd(ticket(id=f"t{at}", ref=f"SEL-2026-{at:05d}", received_at=NOW - timedelta(days=40))))
             for at in range(400)]  # fmt: skip
    card = digest(Digest(views=tuple(views), away={}), STAFF, NOW)
    assert message_faults(card.blocks) == []
    assert "and 388 more" in str(card.blocks)


async def test_the_digest_is_posted_to_the_channel():
    async with room() as at:
        await at.door.digest(Digest(views=(view(ticket()),), away={}))
        assert at.bram.cards()[-1].text.startswith("Privacy desk: 1 open")


# ---- seen before approved


async def test_an_odd_plan_is_opened_before_it_is_approved():
    async with room(replace(ticket(), flags=frozenset({Flag.THIRD_PARTY}))) as at:
        ts = await at.post()
        assert "open the plan before you approve" in str(at.lotte.cards()[0].blocks)
        await at.press(at.lotte, ts, "approve")
        assert "open its plan first" in at.said(at.lotte)[0]
        assert at.desk.events == []
        await at.press(at.lotte, at.lotte.ephemerals[0].ts, "Open the plan")
        assert at.desk.links[0] in str(at.lotte.modal.body)
        opened = e.Entry(what="opened_sheet", by=LOTTE.key, at=NOW, facts={"plan": HASH})
        at.desk.logs[at.ticket.id] = (opened,)
        await at.press(at.lotte, ts, "approve")
        assert [one.by for one in at.ticket.approvals] == [LOTTE.key]


async def test_one_look_does_not_count_for_a_colleague_or_a_later_plan():
    async with room(replace(ticket(), flags=frozenset({Flag.THIRD_PARTY}))) as at:
        ts = await at.post()
        at.desk.logs[at.ticket.id] = (
            e.Entry(what="opened_sheet", by=LOTTE.key, at=NOW, facts={"plan": "an older plan"}),
            e.Entry(what="opened_sheet", by=MINA.key, at=NOW, facts={"plan": HASH}),
        )
        await at.press(at.lotte, ts, "approve")
        assert at.desk.events == []
