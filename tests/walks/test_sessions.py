"""Logins in the chat: which tokens count, and to whom the private lines of a conversation are shown again."""

from datetime import timedelta

import aiohttp
import pytest

from bot.core.model import Right, Status
from bot.demo.platform.seeds import ANNA, BRAM, PIETER
from bot.demo.site import Platform
from tests.walks import house, moves
from tests.walks.visitor import Visitor

SEE = "I want to see everything you have on me"
FOUND = "This is what we found"


async def seen_everything(visit, person):
    """Somebody who has logged in and whose overview stands in the chat."""
    visitor = await visit(person)
    await visitor.say(SEE)
    await visitor.hears(FOUND)
    return visitor


async def back(world, visit, other, **more):
    """The same device opens the chat again: its key, none of its memory."""
    return await visit(key=other.key, **more)


async def has_answered(visitor):
    """Wait until what was replayed stands there: the answer to one more message comes last."""
    await visitor.say("what kinds of data do you collect?")
    await visitor.hears("From our privacy policy")


# ---- tokens


async def test_a_good_token_signs_in_and_an_expired_one_does_not(world, visit):
    token = world.platform.token(ANNA)
    assert (await visit(ANNA)).signed_in
    world.clock.advance(timedelta(minutes=5))
    late = await visit(token=token)
    assert not late.signed_in
    await late.say(SEE)
    await late.hears("One check before we look")


async def test_a_token_works_once(world, visit):
    token = world.platform.token(ANNA)
    assert (await visit(token=token)).signed_in
    assert not (await visit(token=token)).signed_in


@pytest.mark.parametrize("wrong", [{"audience": "another-desk"}, {"issuer": "https://elsewhere.example"}])
async def test_a_token_of_another_audience_or_issuer_is_nothing(world, visit, wrong):
    elsewhere = Platform(world.data_dir / "platform", clock=world.clock, **wrong)
    assert not (await visit(token=elsewhere.token(ANNA))).signed_in


async def test_a_token_signed_with_another_key_is_nothing(world, visit, tmp_path):
    forged = Platform(tmp_path / "forger", clock=world.clock)
    assert not (await visit(token=forged.token(ANNA))).signed_in
    header, _, signature = world.platform.token(ANNA).split(".")
    body = world.platform.token(BRAM).split(".")[1]
    assert not (await visit(token=f"{header}.{body}.{signature}")).signed_in
    assert not (await visit(token=f"eyJhbGciOiJub25lIn0.{body}.")).signed_in


async def test_an_old_login_proves_nothing_new(world, visit):
    token = world.platform.token(ANNA, logged_in_at=world.clock() - timedelta(minutes=16))
    anna = await visit(token=token)
    assert anna.signed_in
    await anna.say(SEE)
    await anna.hears("One check before we look")
    await anna.log_in(world.platform.token(ANNA))
    await anna.hears(FOUND)


async def test_signing_in_proves_what_waited(world, visit):
    anna = await visit()
    await anna.say(SEE)
    await anna.hears("One check before we look")
    await anna.log_in(world.platform.token(ANNA))
    await anna.hears("Thank you, the check is done")
    await anna.hears(FOUND)


async def test_a_session_covers_its_own_tenant(world, visit):
    pieter = await visit(PIETER)
    await pieter.say(SEE)
    await pieter.hears(FOUND)
    assert (await house.ticket_of(world, Right.ACCESS)).subjects == {("acme", PIETER.subject)}


# ---- whose lines


async def test_the_same_login_sees_its_lines_again(world, visit):
    anna = await seen_everything(visit, ANNA)
    again = await back(world, visit, anna, token=world.platform.token(ANNA))
    await again.hears(FOUND)
    assert [one["text"] for one in again.lines] == [one["text"] for one in anna.lines]
    assert again.tickets


async def test_a_device_without_the_login_sees_no_private_line_and_no_ticket(world, visit):
    anna = await seen_everything(visit, ANNA)
    again = await back(world, visit, anna)
    await has_answered(again)
    assert FOUND not in again.said()
    assert SEE not in again.said()
    assert again.tickets == []


async def test_another_login_gets_a_conversation_of_its_own(world, visit):
    anna = await seen_everything(visit, ANNA)
    bram = await back(world, visit, anna, token=world.platform.token(BRAM))
    assert bram.key != anna.key
    await has_answered(bram)
    assert FOUND not in bram.said()
    assert bram.tickets == []


async def test_another_login_in_an_open_chat_is_sent_back_to_start_its_own(world, visit):
    anna = await seen_everything(visit, ANNA)
    await anna.log_in(world.platform.token(BRAM))
    await anna.closed()
    bram = await back(world, visit, anna, token=world.platform.token(BRAM))
    assert bram.key != anna.key
    assert (await house.ticket_of(world, Right.ACCESS)).identity.subject == ANNA.subject


async def test_logging_out_shows_nothing_private_any_more(world, visit):
    anna = await seen_everything(visit, ANNA)
    await anna.log_in(None)
    await anna.closed()
    again = await back(world, visit, anna)
    await again.hears("I don't show the earlier private lines again")
    await has_answered(again)
    assert FOUND not in again.said()
    assert again.tickets == []


async def test_a_code_shows_its_lines_again_for_thirty_idle_minutes(world, visit):
    anna = await visit()
    await anna.say("my last name is wrong, it should be De Wit")
    await anna.press("Yes, change it")
    await anna.hears("Which e-mail address did you use")
    await moves.prove(world, anna, ANNA.email)
    ref = moves.refs_in(await anna.hears("is found"))[0]
    await house.approve(world, ref, "lotte")
    await anna.hears("Done on", "De Wit")
    soon = await back(world, visit, anna)
    await soon.hears("Done on", "De Wit")
    world.clock.advance(timedelta(minutes=31))
    late = await back(world, visit, anna)
    await has_answered(late)
    assert "Done on" not in late.said()


async def test_a_login_by_somebody_else_after_a_code_does_not_take_the_conversation_over(world, visit):
    anna = await visit()
    await anna.say("Delete all my data")
    await anna.hears("One check before we look")
    await moves.prove(world, anna, ANNA.email)
    await anna.hears("This goes")
    bram = await back(world, visit, anna, token=world.platform.token(BRAM))
    await has_answered(bram)
    assert "This goes" not in bram.said()
    assert bram.key != anna.key


async def test_the_person_who_gave_a_code_may_sign_in_and_go_on(world, visit):
    anna = await visit()
    await anna.say(SEE)
    await anna.hears("One check before we look")
    await moves.prove(world, anna, ANNA.email)
    ref = moves.refs_in(await anna.hears("is found"))[0]
    await house.approve(world, ref, "lotte")
    await anna.hears("Your copy for")
    await anna.press("Open my copy")
    await anna.hears("One more check before", "Sign in again")
    await anna.log_in(world.platform.token(ANNA))
    await house.settled(world)
    await anna.press("Open my copy")
    assert await anna.until(lambda: anna.opened)


async def test_somebody_elses_code_on_the_same_device_does_not_show_the_earlier_lines(world, visit):
    anna = await seen_everything(visit, ANNA)
    await anna.log_in(None)
    bram = await back(world, visit, anna)
    await bram.say("please send me my data")
    await bram.hears("One check before we look")
    await moves.prove(world, bram, "bram.jansen@example.nl", to=BRAM.email)
    await bram.hears("is found")
    reloaded = await back(world, visit, bram)
    await reloaded.hears("is found")
    assert FOUND not in reloaded.said()
    assert not any(one["ref"] == "SEL-2026-00001" for one in reloaded.tickets)


async def test_a_private_button_cannot_be_pressed_without_its_login(world, visit):
    bram = await visit(BRAM)
    await bram.say("Delete all my data")
    await bram.hears("This goes")
    line = next(one["seq"] for one in bram.lines if "This goes" in one["text"])
    await bram.log_in(None)
    thief = await back(world, visit, bram)
    await thief.send({"type": "press", "client_id": "thief-1", "line": line, "button": 0})
    await has_answered(thief)
    assert (await house.ticket_of(world, Right.ERASURE)).confirmed_at is None


async def test_a_request_cannot_be_taken_back_without_its_proof(world, visit):
    anna = await seen_everything(visit, ANNA)
    await anna.log_in(None)
    thief = await back(world, visit, anna)
    await thief.say("I want to withdraw my request")
    await has_answered(thief)
    assert (await house.ticket_of(world, Right.ACCESS)).status is Status.REVIEW


# ---- the door


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
async def test_a_page_that_is_not_on_the_list_may_not_open_the_chat(world, origin):
    async with aiohttp.ClientSession() as browser:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await browser.ws_connect(f"{world.url}/chat/socket", headers={"Origin": origin} if origin else {})
    assert refused.value.status == 403


async def test_a_made_up_key_opens_a_new_conversation_and_nobody_elses(world):
    guess = Visitor(url=world.url, key="A" * 43)
    await guess.come()
    try:
        assert guess.key != "A" * 43
        await guess.hears("Welcome to the privacy desk")
    finally:
        await guess.leave()
