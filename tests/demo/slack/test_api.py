"""The Web API's refusals, through the real SDK."""

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.demo.slack.stage import TOKEN, button, card, form, plain


async def refused(calling) -> str:
    with pytest.raises(SlackApiError) as caught:
        await calling
    return str(caught.value.response["error"])


async def trigger(stage) -> str:
    return stage.world.issue_trigger("U0LOTTE")


async def test_who_the_token_is(stage):
    answer = await stage.client.auth_test()
    assert (answer["team_id"], answer["bot_id"]) == ("T0SELEQT", "B0DESK")


async def test_a_wrong_or_missing_token_is_refused(stage):
    url = f"{stage.url}/api/"
    assert await refused(AsyncWebClient(token="xoxb-other", base_url=url).auth_test()) == "invalid_auth"
    assert await refused(AsyncWebClient(base_url=url).auth_test()) == "not_authed"


async def test_an_unknown_method_is_refused(stage):
    assert await refused(stage.client.api_call("chat.sing")) == "unknown_method"


async def test_bad_blocks_are_named_with_their_place(stage):
    with pytest.raises(SlackApiError) as caught:
        await stage.client.chat_postMessage(channel="C0PRIVACY", text="x", blocks=card("x" * 151))
    assert caught.value.response["error"] == "invalid_blocks"
    assert "/blocks/0/text/text" in caught.value.response["response_metadata"]["messages"][0]


@pytest.mark.parametrize(
    ("error", "arguments"),
    [
        ("channel_not_found", {"channel": "C0NOWHERE", "text": "x"}),
        ("no_text", {"channel": "C0PRIVACY"}),
        ("invalid_arguments", {"text": "x"}),
        ("invalid_arguments", {"channel": "C0PRIVACY", "text": 7}),
        ("msg_too_long", {"channel": "C0PRIVACY", "text": "x" * 40_001}),
        ("thread_not_found", {"channel": "C0PRIVACY", "text": "x", "thread_ts": "1.1"}),
    ],
)
async def test_a_message_is_refused(stage, error, arguments):
    assert await refused(stage.client.api_call("chat.postMessage", json=arguments)) == error


async def test_a_reply_to_a_reply_is_refused(stage):
    ts = await stage.post(card("Card"))
    reply = await stage.client.chat_postMessage(channel="C0PRIVACY", text="x", thread_ts=ts)
    calling = stage.client.chat_postMessage(channel="C0PRIVACY", text="x", thread_ts=reply["ts"])
    assert await refused(calling) == "cannot_reply_to_message"


async def test_an_unknown_message_cannot_be_updated(stage):
    assert await refused(stage.client.chat_update(channel="C0PRIVACY", ts="1.1", text="x")) == "message_not_found"


async def test_an_update_keeps_blocks_that_are_not_given_and_drops_them_for_an_empty_list(stage):
    ts = await stage.post(card("Card"))
    await stage.client.chat_update(channel="C0PRIVACY", ts=ts, text="new")
    assert stage.lotte.cards()[0].blocks[0]["type"] == "header"
    await stage.client.chat_update(channel="C0PRIVACY", ts=ts, text="new", blocks=[])
    assert stage.lotte.cards()[0].blocks == []


async def test_a_trigger_serves_once_for_three_seconds(stage):
    used = await trigger(stage)
    await stage.client.views_open(trigger_id=used, view=form())
    assert await refused(stage.client.views_open(trigger_id=used, view=form())) == "exchanged_trigger_id"
    old = await trigger(stage)
    await stage.clock.pause(3.1)
    assert await refused(stage.client.views_open(trigger_id=old, view=form())) == "expired_trigger_id"
    assert await refused(stage.client.views_open(trigger_id="1.2.3", view=form())) == "invalid_trigger_id"


async def test_a_bad_view_is_refused(stage):
    calling = stage.client.views_open(trigger_id=await trigger(stage), view=form(title=plain("x" * 25)))
    assert await refused(calling) == "invalid_arguments"
    huge = form(*[{"type": "section", "text": plain("x" * 2999)}] * 100)
    assert await refused(stage.client.views_open(trigger_id=await trigger(stage), view=huge)) == "view_too_large"


async def test_a_fourth_modal_is_refused(stage):
    await stage.client.views_open(trigger_id=await trigger(stage), view=form())
    for _ in range(2):
        await stage.client.views_push(trigger_id=await trigger(stage), view=form())
    calling = stage.client.views_push(trigger_id=await trigger(stage), view=form())
    assert await refused(calling) == "push_limit_reached"


async def test_an_unknown_view_and_a_stale_hash_are_refused(stage):
    opened = await stage.client.views_open(trigger_id=await trigger(stage), view=form())
    view = opened["view"]
    await stage.client.views_update(view_id=view["id"], hash=view["hash"], view=form())
    stale = stage.client.views_update(view_id=view["id"], hash=view["hash"], view=form())
    assert await refused(stale) == "hash_conflict"
    assert await refused(stage.client.views_update(view_id="V0", view=form())) == "not_found"
    await stage.lotte.close()
    assert await refused(stage.client.views_update(view_id=view["id"], view=form())) == "not_found"


async def test_a_home_for_nobody_or_with_a_stale_hash_is_refused(stage):
    home = {"type": "home", "blocks": card("x")}
    assert await refused(stage.client.views_publish(user_id="U0NOBODY", view=home)) == "invalid_arguments"
    first = await stage.client.views_publish(user_id="U0LOTTE", view=home)
    await stage.client.views_publish(user_id="U0LOTTE", view=home, hash=first["view"]["hash"])
    stale = stage.client.views_publish(user_id="U0LOTTE", view=home, hash=first["view"]["hash"])
    assert await refused(stale) == "hash_conflict"


async def test_people_and_channels_can_be_asked_for(stage):
    assert (await stage.client.users_info(user="U0MINA"))["user"]["name"] == "mina"
    assert await refused(stage.client.users_info(user="U0NOBODY")) == "user_not_found"
    assert (await stage.client.conversations_info(channel="C0PRIVACY"))["channel"]["name"] == "privacy-desk"
    assert len((await stage.client.users_list())["members"]) == 4


async def test_an_ephemeral_message_needs_a_member(stage):
    calling = stage.client.chat_postEphemeral(channel="C0PRIVACY", user="U0NOBODY", text="x")
    assert await refused(calling) == "user_not_in_channel"


async def test_a_thread_and_its_marker_can_be_read_back(stage):
    marker = {"event_type": "card", "event_payload": {"ticket": 417}}
    first = await stage.client.chat_postMessage(channel="C0PRIVACY", text="x", metadata=marker)
    await stage.client.chat_postMessage(channel="C0PRIVACY", text="y", thread_ts=first["ts"])
    replies = await stage.client.conversations_replies(channel="C0PRIVACY", ts=first["ts"])
    assert [each["text"] for each in replies["messages"]] == ["x", "y"]
    history = await stage.client.conversations_history(channel="C0PRIVACY")
    assert history["messages"][0]["metadata"] == marker


async def test_a_form_body_is_understood_and_a_broken_one_refused(stage):
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        url = f"{stage.url}/api/chat.postMessage"
        blocks = '[{"type":"header","text":{"type":"plain_text","text":"Hi"}}]'
        async with session.post(url, data={"channel": "C0PRIVACY", "text": "x", "blocks": blocks}) as answer:
            assert (await answer.json())["ok"]
        async with session.post(url, data={"channel": "C0PRIVACY", "blocks": "[{"}) as answer:
            assert (await answer.json())["error"] == "invalid_blocks_format"
        async with session.post(url, data="[1]", headers={"Content-Type": "application/json"}) as answer:
            assert (await answer.json())["error"] == "json_not_object"


async def test_a_deleted_message_is_gone(stage):
    ts = await stage.post(card("Card", button("b", "a")))
    await stage.client.chat_delete(channel="C0PRIVACY", ts=ts)
    assert stage.lotte.cards() == []
