"""The real bolt app over HTTP: signed presses from the pretend Slack, a desk in memory, and what colleagues see."""

import json
import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import ClientSession
from slack_sdk.web.async_client import AsyncWebClient

from bot.core import events as e
from bot.core.events import Entry
from bot.core.messages import ExtensionLetter, RefusalLetter, SettledByHand, StaffAsks
from bot.core.model import Failure, Flag, Right, Role, Status
from bot.demo.slack import Switches
from bot.demo.slack.wire import signature
from bot.ports import TryLater
from handlers.slack import BODY_BYTES, SlackDoor, SlackFailed
from handlers.slack_line import SlackLine
from tests.handlers.slack_cases import (
    HASH,
    JORIS,
    LOTTE,
    NOW,
    OTHER,
    PLAN,
    TEAM,
    FakeDesk,
    approved,
    colleague,
    ticket,
    unsorted,
    view,
)
from tests.handlers.slack_room import SECRET, Room, room

FACTS = "Invoices 2024-17 and 2024-18 stay seven years, because the tax law (AWR 52) asks for it."


# ---- approving


async def test_one_approval_releases_a_copy_and_the_card_then_shows_who():
    async with room() as at:
        ts = await at.post()
        await at.press(at.lotte, ts, "Approve and release copy")
        assert at.desk.events == [e.Approved(by=LOTTE.key, plan_hash=HASH)]
        assert at.desk.keys == [f"approve:{at.ticket.id}:{HASH}:{LOTTE.key}:0"]
        assert await at.post() == ts
        card = at.joris.cards()[0]
        assert "*Approved* by <@U0LOTTE>" in json.dumps(card.blocks)
        with pytest.raises(LookupError):
            await at.joris.click(ts, "approve")


async def test_erasure_takes_two_different_colleagues_and_the_first_reads_who_is_next():
    async with room(ticket(Right.ERASURE)) as at:
        ts = await at.post()
        await at.press(at.lotte, ts, "Approve erasure, 1 of 2")
        assert at.ticket.status is Status.REVIEW
        assert at.said(at.lotte) == ["You approved. One more colleague is needed: <@U0JORIS> or <@U0MINA>."]
        await at.press(at.lotte, ts, "approve")
        assert at.said(at.lotte)[-1].startswith("You already approved. One more colleague is needed: <@U0JORIS>")
        assert len(at.ticket.approvals) == 1
        await at.post()
        await at.press(at.joris, ts, "Approve erasure, 2 of 2")
        assert at.ticket.status is Status.WORKING
        assert at.said(at.joris) == []


async def test_a_press_that_is_declined_in_its_question_sends_nothing():
    async with room() as at:
        assert await at.lotte.click(await at.post(), "approve", confirm=False) is None
        assert at.desk.events == []


async def test_a_colleague_without_rights_and_an_empty_table_can_do_nothing():
    async with room() as at:
        ts = await at.post()
        await at.press(at.bram, ts, "approve")
        assert "not on the list" in at.said(at.bram)[0]
        at.desk.table = ()
        await at.press(at.lotte, ts, "approve")
        assert "not on the list" in at.said(at.lotte)[0]
        assert at.desk.events == []


async def test_the_requester_cannot_approve_their_own_request():
    own = colleague("U0LOTTE", Role.APPROVER, subjects=frozenset({("t1", "s1")}))
    async with room(staff=(own, JORIS)) as at:
        await at.press(at.lotte, await at.post(), "approve")
        assert "your own data" in at.said(at.lotte)[0]
        assert at.desk.events == []


async def test_refusing_needs_the_legal_role():
    async with room() as at:
        modal = await at.window(at.lotte, await at.post(), "Refuse…")
        assert "It needs the legal role: <@U0MINA>." in json.dumps(modal.blocks)
        assert "submit" not in modal.body


async def test_a_plan_that_changed_since_the_card_was_drawn_is_not_approved():
    async with room() as at:
        ts = await at.post()
        at.desk.tickets[at.ticket.id] = replace(at.ticket, plan=replace(PLAN, hash=OTHER))
        await at.press(at.lotte, ts, "approve")
        assert "plan has changed" in at.said(at.lotte)[0]
        assert at.desk.events == []


async def test_a_held_request_is_not_approved_from_an_old_card():
    async with room() as at:
        ts = await at.post()
        at.desk.tickets[at.ticket.id] = replace(at.ticket, flags=frozenset({Flag.STOPPED}))
        await at.press(at.lotte, ts, "approve")
        assert "on hold" in at.said(at.lotte)[0]
        assert at.desk.events == []


async def test_the_loser_of_a_race_sees_who_decided():
    async with room() as at:
        ts = await at.post()
        as_seen = at.joris.cards()[0]
        await at.press(at.lotte, ts, "approve")
        await at.joris.click(as_seen, "approve")
        await at.door.close()
        assert at.said(at.joris)[0].startswith("Already decided")
        assert "Approved by <@U0LOTTE>" in at.said(at.joris)[0]
        assert len(at.desk.events) == 1


async def test_two_presses_at_once_count_once_each_and_nothing_twice():
    async with room(ticket(Right.ERASURE)) as at:
        ts = await at.post()
        for who in (at.lotte, at.lotte, at.joris, at.joris):
            await who.click(ts, "approve")
        await at.door.close()
        assert sorted(one.by for one in at.ticket.approvals) == [JORIS.key, LOTTE.key]


async def test_an_approval_that_was_voided_can_be_given_again_for_the_same_plan():
    async with room(ticket(Right.ERASURE)) as at:
        ts = await at.post()
        await at.press(at.lotte, ts, "approve")
        at.desk.tickets[at.ticket.id] = replace(at.ticket, approvals=(), version=at.ticket.version + 1)
        await at.press(at.lotte, ts, "approve")
        assert [one.by for one in at.ticket.approvals] == [LOTTE.key]


async def test_a_press_that_slack_delivers_three_times_is_one_decision_and_one_answer():
    async with room(ticket(Right.ERASURE)) as at:
        ts = await at.post()
        at.world.switches = Switches(retry=2)
        await at.press(at.lotte, ts, "approve")
        assert len(at.ticket.approvals) == 1
        assert len(at.said(at.lotte)) == 1


async def test_a_card_that_the_desk_never_posted_decides_nothing():
    async with room() as at:
        ts = await at.post()
        at.desk.places.clear()
        await at.press(at.lotte, ts, "approve")
        assert "belongs to no request" in at.said(at.lotte)[0]
        assert at.desk.events == []


async def test_a_button_value_that_names_another_ticket_than_the_card_decides_nothing():
    async with room(ticket(), ticket(id="other", ref="SEL-2026-00999")) as at:
        ts = await at.post()
        at.desk.places[("C0PRIVACY", ts)] = "other"
        await at.press(at.lotte, ts, "approve")
        assert at.desk.events == []


async def test_a_press_from_another_workspace_is_ignored():
    async with room() as at:
        ts = await at.post()
        at.world.team_id = "T0EVIL"
        await at.press(at.lotte, ts, "approve")
        assert at.desk.events == []
        assert at.said(at.lotte) == []


# ---- what is not Slack


async def call(at: Room, body: bytes, **headers: str) -> int:
    async with ClientSession() as session, session.post(at.world.request_url, data=body, headers=headers) as response:
        return response.status


@pytest.mark.parametrize("wrong", [{"wrong_signature": True}, {"stale": True}])
async def test_a_wrong_or_stale_signature_changes_nothing_and_leaves_nothing_of_itself_in_the_log(wrong, caplog):
    caplog.set_level(logging.DEBUG)
    async with room() as at:
        ts = await at.post()
        caplog.clear()
        at.world.switches = Switches(**wrong)
        delivery = await at.press(at.lotte, ts, "approve")
        assert delivery.status == 401
        assert at.desk.events == []
    said = "\n".join(
        f"{record.getMessage()} {record.args}" for record in caplog.records if "aiohttp" not in record.name
    )
    assert "slack_signature_refused" in said
    for leaked in ("payload", "v0=", "U0LOTTE", "SEL-2026"):
        assert leaked not in said


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"ssl_check=1&token=x",
        b"{",
        b"[]",
        b'"x"',
        b"\xff\xfe",
        b"payload=%7B",
        b"payload=[]",
        b'{"type":"url_verification","challenge":"x"}',
    ],
)
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/json", "text/plain"])
async def test_whatever_is_not_signed_is_refused(body, kind):
    async with room() as at:
        assert await call(at, body, **{"Content-Type": kind}) in {400, 401}


async def test_a_body_above_the_limit_is_not_read():
    async with room() as at:
        assert await call(at, b"x" * (BODY_BYTES + 1)) == 413


async def signed(at: Room, body: bytes, kind: str) -> int:
    stamp = str(int(at.world.signed_at().timestamp()))
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature(SECRET, stamp, body)}
    return await call(at, body, **headers, **{"Content-Type": kind})


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "block_actions", "team": {"id": TEAM}, "user": {"id": "U0LOTTE"}, "actions": []},
        {"type": "block_actions", "team": {"id": TEAM}, "user": {"id": "U0LOTTE"}, "actions": [{"action_id": "more"}]},
        {"type": "view_submission", "team": {"id": TEAM}, "user": {"id": "U0LOTTE"}, "view": {"callback_id": "refuse"}},
        {
            "type": "view_submission",
            "team": {"id": TEAM},
            "user": {"id": "U0LOTTE"},
            "view": {"callback_id": "look", "private_metadata": "{}", "id": "V", "state": {"values": {}}},
        },
    ],
)
async def test_a_signed_but_odd_payload_breaks_nothing(payload):
    async with room() as at:
        body = ("payload=" + json.dumps(payload)).encode()
        assert await signed(at, body, "application/x-www-form-urlencoded") in {200, 404, 500}
        await at.door.close()
        assert at.desk.events == []


async def test_slacks_own_check_of_the_address_is_answered_when_signed():
    async with room() as at:
        body = b'{"type":"url_verification","challenge":"abc"}'
        assert await signed(at, body, "application/json") == 200


@pytest.mark.parametrize("missing", ["token", "signing_secret", "channel", "team"])
def test_without_a_secret_the_door_does_not_open(missing):
    settings = {"token": "t", "signing_secret": "s", "channel": "c", "team": "t"} | {missing: ""}
    with pytest.raises(ValueError, match="Slack needs"):
        SlackDoor(desk=FakeDesk(), **settings)


# ---- windows


async def test_a_window_opens_before_anything_is_read():
    async with room() as at:
        ts = await at.post()
        at.world.calls.clear()
        at.desk.broken = True
        await at.window(at.lotte, ts, "Ask the person…")
        assert at.world.calls[0].method == "views.open"
        assert "One moment" in json.dumps(at.world.calls[0].arguments["view"])
        assert "Something failed on our side" in at.said(at.lotte)[0]


async def test_a_late_delivery_says_so_and_offers_nothing_stale():
    async with room() as at:
        ts = await at.post()

        async def late(seconds: float) -> None:
            at.desk.now = NOW + timedelta(seconds=seconds)

        at.world.pause = late
        at.world.switches = Switches(late=4)
        await at.press(at.lotte, ts, "Ask the person…")
        assert at.lotte.modal is None
        assert "too slow" in at.said(at.lotte)[0]


async def test_a_refusal_goes_from_its_facts_to_the_letter_and_out():
    async with room(ticket(Right.ERASURE)) as at:
        modal = await at.window(at.mina, await at.post(), "Refuse…")
        assert modal.body["title"]["text"] == "Refuse"
        await at.submit(at.mina, {"ground": "art_17_3_b", "facts": FACTS, "anyway": "Alles andere verwijderen we."})
        step2 = at.mina.modal
        assert "The letter, in Dutch" in json.dumps(step2.blocks)
        assert "nl: refusal_letter" in json.dumps(step2.blocks)
        assert "en: refusal_letter" in json.dumps(step2.blocks)
        assert at.desk.events == []
        box = read_box(step2)
        await at.submit(at.mina, {})
        assert list(at.mina.modal.errors) == [box]
        assert at.desk.events == []
        await at.submit(at.mina, {box: ["read"]})
        assert at.mina.modal is None
        (event,) = at.desk.events
        assert isinstance(event.letter, RefusalLetter)
        assert (event.ground, event.letter.facts, event.letter.decided_by) == ("art_17_3_b", FACTS, "Mina")
        assert at.ticket.status is Status.REFUSED


def read_box(modal) -> str:
    return next(block["block_id"] for block in modal.blocks if block["block_id"].startswith("read:"))


async def test_whoever_changes_the_letter_after_reading_it_sees_the_new_one_before_it_leaves():
    async with room(ticket(Right.ERASURE)) as at:
        await at.window(at.mina, await at.post(), "Refuse…")
        await at.submit(at.mina, {"ground": "art_17_3_b", "facts": FACTS})
        box = read_box(at.mina.modal)
        await at.submit(at.mina, {box: ["read"], "facts": FACTS + " Ze staan in het archief."})
        assert at.desk.events == []
        assert read_box(at.mina.modal) != box
        assert "archief" in json.dumps(at.mina.modal.blocks)
        await at.submit(at.mina, {read_box(at.mina.modal): ["read"]})
        assert at.desk.events[0].letter.facts.endswith("archief.")


async def test_a_reason_that_would_fit_anybody_is_answered_beside_its_field():
    async with room(ticket(Right.ERASURE)) as at:
        await at.window(at.mina, await at.post(), "Refuse…")
        await at.submit(at.mina, {"ground": "art_17_3_b", "facts": "No. 1234567890 1234567890 1234567890 12345"})
        assert at.mina.modal.errors["facts"].startswith("This would fit anybody.")
        assert at.desk.events == []


async def test_a_right_lost_between_opening_and_sending_is_noticed_at_sending():
    async with room(ticket(Right.ERASURE)) as at:
        await at.window(at.mina, await at.post(), "Refuse…")
        await at.submit(at.mina, {"ground": "art_17_3_b", "facts": FACTS})
        at.desk.table = (LOTTE, JORIS)
        await at.submit(at.mina, {read_box(at.mina.modal): ["read"]})
        assert "not on the list" in at.said(at.mina)[0]
        assert at.desk.events == []


async def test_a_decision_made_meanwhile_is_named_to_who_sends_late():
    async with room(ticket(Right.ERASURE)) as at:
        await at.window(at.mina, await at.post(), "Refuse…")
        await at.submit(at.mina, {"ground": "art_17_3_b", "facts": FACTS})
        at.desk.tickets[at.ticket.id] = replace(at.ticket, status=Status.WITHDRAWN, closed_at=NOW)
        await at.submit(at.mina, {read_box(at.mina.modal): ["read"]})
        assert "Taken back by the person" in at.said(at.mina)[0]
        assert at.desk.events == []


async def test_a_submission_delivered_three_times_is_one_refusal():
    async with room(ticket(Right.ERASURE)) as at:
        await at.window(at.mina, await at.post(), "Refuse…")
        await at.submit(at.mina, {"ground": "art_17_3_b", "facts": FACTS})
        at.world.switches = Switches(retry=2)
        await at.submit(at.mina, {read_box(at.mina.modal): ["read"]})
        assert len(at.desk.events) == 1


async def test_an_extension_shows_its_new_date_and_letter_first():
    async with room() as at:
        modal = await at.window(at.lotte, await at.post(), "Extend…")
        assert "Tue 2 Feb 2027" in json.dumps(modal.blocks)
        await at.submit(at.lotte, {"reasons": ["complexity"], "facts": FACTS})
        assert "nl: extension_letter" in json.dumps(at.lotte.modal.blocks)
        await at.submit(at.lotte, {read_box(at.lotte.modal): ["read"]})
        (event,) = at.desk.events
        assert isinstance(event.letter, ExtensionLetter)
        assert event.reasons == ("complexity",)
        assert event.letter.until.isoformat() == "2027-02-02"
        assert event.letter.promise.isoformat() == "2026-12-02"


async def test_an_extension_after_the_month_is_not_offered():
    async with room() as at:
        ts = await at.post()
        at.desk.now = NOW + timedelta(days=31)
        modal = await at.window(at.lotte, ts, "Extend…")
        assert "can't be extended" in json.dumps(modal.blocks)


async def test_a_question_reaches_the_person_and_a_second_one_does_too():
    async with room() as at:
        ts = await at.post()
        for _ in range(2):
            await at.window(at.lotte, ts, "Ask the person…")
            await at.submit(at.lotte, {"words": "Welke nieuwsbrief bedoel je?"})
        asked = StaffAsks(ref="SEL-2026-00417", words="Welke nieuwsbrief bedoel je?")
        assert [event.message for event in at.desk.events] == [asked, asked]


async def test_a_right_without_a_system_is_answered_by_hand():
    async with room(ticket(Right.TESTIMONIAL_REMOVAL)) as at:
        await at.window(at.joris, await at.post(), "Answer by hand…")
        await at.submit(at.joris, {"words": "Je citaat staat niet meer op onze site."})
        (event,) = at.desk.events
        assert isinstance(event.message, SettledByHand)
        assert at.ticket.status is Status.DONE


async def test_a_hold_is_set_and_lifted_by_somebody_who_says_they_looked():
    async with room(ticket(Right.ERASURE)) as at:
        ts = await at.post()
        await at.window(at.lotte, ts, "Legal hold…")
        await at.submit(at.lotte, {"why": "No."})
        assert "why" in at.lotte.modal.errors
        await at.submit(at.lotte, {"why": "A court asks us to keep everything for now."})
        assert Flag.LEGAL_HOLD in at.ticket.flags
        assert at.desk.notes == ["A court asks us to keep everything for now."]
        await at.post()
        await at.window(at.joris, ts, "I've looked: lift the hold…")
        await at.submit(at.joris, {})
        assert "looked" in at.joris.modal.errors
        await at.submit(at.joris, {"looked": ["legal_hold"]})
        assert not at.ticket.is_held


async def test_a_failed_system_is_tried_again_at_a_press():
    broken = ticket(status=Status.LOCATING, failures=(Failure(source="crm", reason="source_down", tries=3),))
    async with room(broken) as at:
        ts = await at.post()
        assert "crm didn't answer (3 tries)" in json.dumps(at.lotte.cards()[0].blocks)
        await at.press(at.lotte, ts, "Try again now")
        assert isinstance(at.desk.events[0], e.Retried)


async def test_the_single_use_link_stands_in_the_window_alone():
    async with room() as at:
        modal = await at.window(at.lotte, await at.post(), "Open the plan ↗")
        assert at.desk.links[0] in json.dumps(modal.blocks)
        assert not any(at.desk.links[0] in json.dumps(each.blocks) for each in at.world.messages.values())
        await at.lotte.click_modal("Open the staff page ↗")
        await at.door.close()


async def test_somebody_without_rights_gets_no_link():
    async with room() as at:
        modal = await at.window(at.bram, await at.post(), "Open the plan ↗")
        assert at.desk.links == []
        assert "not on the list" in json.dumps(modal.blocks)


# ---- the Home


async def test_the_home_lists_my_queue_and_opens_a_request():
    async with room(ticket(), approved(ticket(Right.ERASURE, id="e", ref="SEL-2026-00421"), LOTTE)) as at:
        await at.lotte.open_home()
        await at.world.until(lambda: at.lotte.home)
        assert "Privacy desk · 2 open" in json.dumps(at.lotte.home.blocks, ensure_ascii=False)
        await at.lotte.click_home("look")
        await at.door.close()
        assert at.desk.links[0] in json.dumps(at.lotte.modal.blocks)


async def test_the_home_of_a_stranger_shows_nothing():
    async with room() as at:
        await at.bram.open_home()
        await at.world.until(lambda: at.bram.home)
        assert "SEL-2026" not in json.dumps(at.bram.home.blocks)


# ---- what the courier asks


async def test_a_card_that_was_deleted_is_posted_anew():
    async with room() as at:
        ts = await at.post()
        at.world.drop(ts)
        assert await at.post() != ts


async def test_a_log_line_stands_in_the_thread_of_its_card():
    async with room() as at:
        ts = await at.post()
        entry = Entry(what="approved", by=LOTTE.key, at=NOW, facts={"plan": "7f3a"})
        await at.door.thread(("C0PRIVACY", ts), view(at.ticket), entry)
        assert [each.text for each in at.joris.thread(ts)] == ["10:14 <@U0LOTTE> approved plan `7f3a`."]


async def test_a_red_alert_reaches_the_channel_and_every_approver():
    async with room() as at:
        ts = await at.post()
        await at.door.nudge(("C0PRIVACY", ts), view(at.ticket), "alarm", "red")
        assert "72 hours run" in at.bram.thread(ts)[0].text
        for who in (at.lotte, at.joris, at.mina):
            assert [each.text.startswith("*Access") for each in who.cards(who.person.id)] == [True]
        assert "D0BRAM" not in at.world.channels


async def test_a_reminder_without_a_card_stands_in_the_channel():
    async with room() as at:
        await at.door.nudge(None, view(at.ticket), "reminder", "channel")
        assert at.lotte.cards()[0].text.startswith("*Access SEL-2026-00417*: Still undecided")


async def test_a_rate_limit_reaches_the_courier_with_its_seconds_and_is_waited_for_at_a_press():
    async with room() as at:
        ts = await at.post()
        at.world.switches = Switches(ratelimited=1)
        with pytest.raises(TryLater) as caught:
            await at.post()
        assert caught.value.seconds == 1.0
        at.world.switches = Switches(ratelimited=1)
        await at.press(at.bram, ts, "approve")
        assert at.naps == [1.0]
        assert "not on the list" in at.said(at.bram)[0]


async def test_who_is_not_in_the_channel_is_answered_in_their_own_messages():
    async with room() as at:
        line = SlackLine(AsyncWebClient(token="xoxb-pretend", base_url=at.world.public_url + "/api/"), at.door.close)
        await line.aside("C0GONE", "U0BRAM", "Nothing happened.")
        assert [each.text for each in at.bram.cards("U0BRAM")] == ["Nothing happened."]
        await line.aside("C0GONE", "U0NOBODY", "Nothing happened.")


async def test_a_slack_that_is_down_means_later_and_a_refusal_is_named_by_its_word():
    desk = FakeDesk(ticket())
    settings = {"desk": desk, "token": "t", "signing_secret": "s", "channel": "C0PRIVACY", "team": TEAM}
    with pytest.raises(TryLater):
        await SlackDoor(**settings, base_url="http://127.0.0.1:1/api/").card(view(ticket()), None)
    async with room() as at:
        url = at.world.public_url + "/api/"
        with pytest.raises(SlackFailed) as caught:
            await SlackDoor(**settings, base_url=url).card(view(ticket()), None)
        assert caught.value.error == "invalid_auth"
        assert str(caught.value) == "Slack refused: invalid_auth"


# ---- a mail nobody could place


@pytest.mark.parametrize(("label", "ours"), [("It's for the privacy desk", True), ("Not for us", False)])
async def test_a_mail_is_placed_by_one_press_and_the_second_colleague_reads_who_was_first(label, ours):
    async with room(unsorted()) as at:
        ts = await at.post()
        before = at.joris.cards()[0]
        await at.press(at.lotte, ts, label)
        assert at.desk.events == [e.Sorted(by=LOTTE.key, ours=ours)]
        await at.joris.click(before, "Not for us")
        await at.door.close()
        assert len(at.desk.events) == 1
        assert "Already decided" in at.said(at.joris)[-1]
        assert "<@U0LOTTE>" in at.said(at.joris)[-1]


@pytest.mark.parametrize("name", ["Refuse…", "settle", "Extend…", "ask", "Legal hold…"])
async def test_an_unplaced_mail_is_not_decided_about_even_by_a_press_that_no_card_offers(name):
    async with room(ticket(Right.UNCLEAR)) as at:
        ts = await at.post()
        before = at.mina.cards()[0]
        at.desk.tickets[at.ticket.id] = unsorted()
        await at.mina.click(before, name)
        await at.door.close()
        assert at.mina.modal is not None
        assert "That isn't possible now" in json.dumps(at.mina.modal.blocks)
        assert at.desk.events == []
        assert ts


async def test_a_mail_is_placed_by_command_after_one_more_question():
    async with room(unsorted()) as at:
        await at.post()
        await at.lotte.command("/privacy", "not-ours 417")
        await at.door.close()
        assert at.desk.events == []
        await at.press(at.lotte, at.lotte.ephemerals[-1].ts, "Not for us")
        assert at.desk.events == [e.Sorted(by=LOTTE.key, ours=False)]
        await at.lotte.command("/privacy", "ours 417")
        await at.door.close()
        assert "Already decided" in json.dumps(at.lotte.ephemerals[-1].blocks)
