"""`/privacy`: each verb, who may, and nothing of a person in an answer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core import events as e
from bot.core.model import Failure, Flag, Right, Status
from tests.handlers.slack_cases import HASH, JORIS, LOTTE, NOW, ticket
from tests.handlers.slack_room import room


@pytest.mark.parametrize("text", ["", "help", "bogus", "HELP me"])
async def test_whatever_is_no_verb_shows_the_help(text):
    async with room() as at:
        assert "/privacy queue" in await at.types(at.lotte, text)


@pytest.mark.parametrize("text", ["SEL-2026-00417", "417", "find 417", "find sel-2026-00417", "2026-417"])
async def test_a_number_brings_the_card_to_who_asked_alone(text):
    async with room() as at:
        await at.post()
        shown = await at.types(at.lotte, text)
        assert "Access · SEL-2026-00417" in shown
        assert "Its card in the channel" in shown
        assert at.said(at.joris) == []


async def test_an_unknown_number_says_so():
    async with room() as at:
        assert "No request has that number" in await at.types(at.lotte, "9999")
        assert "No request has that number" in await at.types(at.lotte, "find <!channel>")


async def test_who_is_not_on_the_list_is_told_so_and_sees_nothing():
    async with room() as at:
        for text in ("417", "queue", "approve 417", "away until 2026-12-01", "retry 417", "help"):
            shown = await at.types(at.bram, text)
            assert "not on the list" in shown
            assert "SEL-2026" not in shown
        assert at.desk.gone == {}


async def test_typing_approve_approves_nothing_and_its_button_does():
    async with room() as at:
        await at.post()
        shown = await at.types(at.lotte, "approve 417")
        assert "214 rows in 11 groups" in shown
        assert at.desk.events == []
        await at.press(at.lotte, at.lotte.ephemerals[-1].ts, "approve")
        assert at.desk.events == [e.Approved(by=LOTTE.key, plan_hash=HASH)]


async def test_the_button_of_an_older_plan_approves_nothing():
    async with room() as at:
        await at.types(at.lotte, "approve 417")
        at.desk.tickets[at.ticket.id] = replace(at.ticket, plan=replace(at.ticket.plan, hash="b" * 64))
        await at.press(at.lotte, at.lotte.ephemerals[-1].ts, "approve")
        assert "The plan has changed" in at.said(at.lotte)[-1]
        assert at.desk.events == []


async def test_an_odd_plan_is_opened_first_here_too():
    async with room(replace(ticket(), flags=frozenset({Flag.SHARED_ROWS}))) as at:
        assert "Open the plan" in await at.types(at.lotte, "approve 417")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("refuse 417", "Your role doesn't cover"),
        ("extend 417", "Show me the letter"),
        ("ask 417", "Your question"),
        ("hold 417", "Put it on hold"),
        ("lift 417", "can't be done any more|isn't possible now"),
        ("assign 417", "Who takes it"),
        ("open 417", "Open the staff page"),
        ("ask", "belongs to no request"),
    ],
)
async def test_the_other_verbs_open_the_buttons_windows(text, words):
    async with room() as at:
        await at.lotte.command("/privacy", text)
        await at.door.close()
        assert any(one in str(at.lotte.modal.body) for one in words.split("|"))


async def test_retry_is_done_at_once():
    broken = ticket(status=Status.LOCATING, failures=(Failure(source="crm", reason="source_down", tries=3),))
    async with room(broken) as at:
        assert "tried again now" in await at.types(at.lotte, "retry 417")
        assert at.desk.events == [e.Retried(by=LOTTE.key)]


async def test_the_queue_lists_what_waits_for_me():
    async with room(ticket(), ticket(Right.ERASURE, id="e", ref="SEL-2026-00421")) as at:
        shown = await at.types(at.lotte, "queue")
        assert "SEL-2026-00417" in shown
        assert "SEL-2026-00421" in shown
    async with room(ticket(status=Status.LOCATING)) as at:
        assert "Nothing waits for you" in await at.types(at.lotte, "queue")


# ---- away


async def test_who_is_away_is_said_with_who_stands_in_and_ends_when_they_say_so():
    async with room() as at:
        assert "Nobody is away" in await at.types(at.lotte, "away")
        shown = await at.types(at.lotte, "away until 2026-12-01")
        assert "@Lotte is away until Tue 1 Dec, @Joris stands in" in shown
        assert "@Lotte is away" in await at.types(at.joris, "away")
        assert "Welcome back" in await at.types(at.lotte, "away off")
        assert at.desk.gone == {}


@pytest.mark.parametrize("text", ["away until yesterday", "away until 2026-11-01", "away until 2028-01-01", "away 12"])
async def test_a_day_that_is_none_or_past_changes_nothing(text):
    async with room() as at:
        assert "Give a day" in await at.types(at.lotte, text)
        assert at.desk.gone == {}


async def test_the_deputy_is_called_in_place_of_who_is_away():
    async with room(replace(ticket(), assignee=LOTTE.key)) as at:
        ts = await at.post()
        at.desk.gone = {LOTTE.key: (NOW + timedelta(days=1)).date()}
        seen = await at.desk.view(at.ticket.id)
        await at.door.nudge(("C0PRIVACY", ts), seen, "reminder", "channel")
        assert at.bram.thread(ts)[-1].text.startswith(f"<@{JORIS.user}> ")
        card = await at.door.card(seen, None)
        assert "@Lotte is away until Tue 3 Nov, @Joris stands in" in str(at.world.messages[card[1]].blocks)


async def test_a_command_from_another_workspace_does_nothing():
    async with room() as at:
        at.world.team_id = "T0EVIL"
        assert "not on the list" in await at.types(at.lotte, "417")
