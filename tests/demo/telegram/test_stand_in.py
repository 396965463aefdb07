"""The stand-in refuses what the Bot API refuses, in its words; aiogram's error classes depend on them."""

import asyncio
import json

import aiohttp
import pytest

from bot.demo.telegram import Phone, TelegramWorld, running
from bot.demo.telegram.model import RefusedError
from bot.demo.telegram.rules import plain
from tests.demo.world import NOON

TOKEN = "710001:AAE-stand-in-token_0123456789abcdefg"
ANNA = 501_000_201


@pytest.fixture
async def api():
    world = TelegramWorld(clock=lambda: NOON, token=TOKEN)
    async with running(world) as url, aiohttp.ClientSession() as client:

        async def call(method, token=TOKEN, **given):
            async with client.post(f"{url}/bot{token}/{method}", data={k: str(v) for k, v in given.items()}) as answer:
                return answer.status, await answer.json()

        call.world = world
        Phone(world, ANNA).start()
        yield call


def keys(**key):
    return json.dumps({"inline_keyboard": [[{"text": "Go", **key}]]})


async def test_the_token_opens_the_bot_and_no_other_does(api):
    status, answer = await api("getMe")
    assert (status, answer["result"]["is_bot"], answer["result"]["username"]) == (200, True, "seleqt_privacy_bot")
    assert (await api("getMe", token="710001:wrong")) == (
        401,
        {"ok": False, "error_code": 401, "description": "Unauthorized"},
    )
    assert (await api("getFile"))[0] == 404


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"chat_id": ANNA}, "message text is empty"),
        ({"chat_id": ANNA, "text": " \n "}, "message text is empty"),
        ({"text": "x"}, "chat_id is empty"),
        ({"chat_id": 5, "text": "x"}, "chat not found"),
        ({"chat_id": ANNA, "text": "x" * 4097}, "message is too long"),
        ({"chat_id": ANNA, "text": "<x>", "parse_mode": "HTML"}, "Unsupported start tag"),
        ({"chat_id": ANNA, "text": "1 < 2", "parse_mode": "HTML"}, "Unsupported start tag"),
        ({"chat_id": ANNA, "text": "<b>x", "parse_mode": "HTML"}, "Can't find end tag"),
        ({"chat_id": ANNA, "text": "<b>x</i>", "parse_mode": "HTML"}, "Unexpected end tag"),
        ({"chat_id": ANNA, "text": "x", "reply_markup": keys(callback_data="é" * 33)}, "BUTTON_DATA_INVALID"),
        ({"chat_id": ANNA, "text": "x", "reply_markup": keys(url="http://localhost/")}, "Wrong HTTP URL"),
        ({"chat_id": ANNA, "text": "x", "reply_markup": keys(url="javascript:x")}, "Unsupported URL protocol"),
        ({"chat_id": ANNA, "text": "x", "reply_markup": keys()}, "Text buttons are unallowed"),
        ({"chat_id": ANNA, "text": "x", "reply_markup": "no"}, "can't parse reply keyboard"),
    ],
)
async def test_a_message_telegram_would_refuse_is_refused_in_its_words(api, given, words):
    status, answer = await api("sendMessage", **given)
    assert status == 400
    assert words in answer["description"]


def test_escaped_text_is_read_back_as_it_was():
    assert plain("a &lt;b&gt; &amp;amp; <b>bold <i>both</i></b> &#x27;") == "a <b> &amp; bold both '"
    with pytest.raises(RefusedError):
        plain("</b>")


async def test_a_blocked_bot_and_a_chat_that_never_began_are_forbidden(api):
    assert (await api("sendMessage", chat_id=501_000_302, text="x"))[0] == 403
    Phone(api.world, ANNA).block()
    status, answer = await api("sendMessage", chat_id=ANNA, text="x")
    assert (status, answer["description"]) == (403, "Forbidden: bot was blocked by the user")


async def test_the_switch_gives_429_with_the_seconds(api):
    api.world.switch(ratelimited=1, retry_after=5)
    status, answer = await api("sendMessage", chat_id=ANNA, text="x")
    assert (status, answer["parameters"]) == (429, {"retry_after": 5})
    assert (await api("sendMessage", chat_id=ANNA, text="x"))[0] == 200


async def test_updates_wait_until_a_later_one_is_asked_for(api):
    Phone(api.world, ANNA).type("two")
    first = (await api("getUpdates"))[1]["result"]
    again = (await api("getUpdates", limit=1))[1]["result"]
    assert [one["message"]["text"] for one in first] == ["/start", "two"]
    assert again == first[:1]
    rest = (await api("getUpdates", offset=first[0]["update_id"] + 1))[1]["result"]
    assert rest == first[1:]


async def test_a_second_poller_sends_the_first_away(api):
    api.world.forget(10_000)
    first = asyncio.create_task(api("getUpdates", timeout=20))
    await api.world.until(lambda: api.world.polls == 1)
    assert (await api("getUpdates"))[0] == 200
    status, answer = await first
    assert (status, "terminated by other getUpdates" in answer["description"]) == (409, True)


async def test_polling_beside_a_webhook_is_a_conflict(api):
    assert (await api("setWebhook", url="http://example.com/x"))[0] == 400
    assert (await api("setWebhook", url="https://example.com/x", secret_token="a b"))[0] == 400
    assert (await api("setWebhook", url="http://127.0.0.1:9/x", secret_token="abc"))[0] == 200
    assert (await api("getUpdates"))[0] == 409
    info = (await api("getWebhookInfo"))[1]["result"]
    assert (info["url"], "secret" in info) == ("http://127.0.0.1:9/x", False)
    await api("deleteWebhook")
    assert (await api("getUpdates"))[0] == 200


async def test_a_press_is_answered_once(api):
    sent = (await api("sendMessage", chat_id=ANNA, text="x", reply_markup=keys(callback_data="1")))[1]["result"]
    query = Phone(api.world, ANNA).press("Go")["callback_query"]["id"]
    assert (await api("answerCallbackQuery", callback_query_id=query, text="y" * 201))[0] == 400
    assert (await api("answerCallbackQuery", callback_query_id=query, text="done"))[0] == 200
    assert (await api("answerCallbackQuery", callback_query_id=query))[0] == 400
    assert (await api("editMessageReplyMarkup", chat_id=ANNA, message_id=sent["message_id"]))[0] == 200
    status, answer = await api("editMessageReplyMarkup", chat_id=ANNA, message_id=sent["message_id"])
    assert (status, "message is not modified" in answer["description"]) == (400, True)


async def test_commands_out_of_bounds_are_refused(api):
    for bad in ('[{"command": "Start", "description": "x"}]', '[{"command": "start", "description": ""}]', "{"):
        assert (await api("setMyCommands", commands=bad))[0] == 400


async def test_everything_outlives_a_restart(api):
    await api("sendMessage", chat_id=ANNA, text="x", reply_markup=keys(callback_data="1"))
    kept = json.loads(json.dumps(api.world.snapshot()))
    again = TelegramWorld(clock=lambda: NOON, token=TOKEN)
    again.restore(kept)
    assert again.snapshot() == api.world.snapshot()
    assert again.chat(ANNA) == api.world.chat(ANNA)
