"""What goes wrong on purpose: signatures, stale times, retries, rate limits, late and slow deliveries."""

import asyncio

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler

from bot.demo.slack import Switches
from bot.demo.slack.wire import signature
from tests.demo.slack.stage import Stage, button, card, form


def counting(stage: Stage) -> list[dict]:
    heard: list[dict] = []

    @stage.bolt.action("approve")
    async def approve(ack, body):
        heard.append(body)
        await ack()

    return heard


async def pressed(stage: Stage):
    return await stage.lotte.click(await stage.post(card("Card", button("Approve", "approve"))), "approve")


def test_the_signature_is_the_one_of_slacks_own_example():
    # docs.slack.dev, authentication/verifying-requests-from-slack
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    made = signature("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body)
    assert made == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


@pytest.mark.parametrize("wrong", [{"wrong_signature": True}, {"stale": True}])
async def test_a_badly_signed_or_old_request_is_refused_by_bolt_and_shown_to_the_colleague(stage, wrong):
    heard = counting(stage)
    stage.world.switches = Switches(**wrong)
    delivery = await pressed(stage)
    assert delivery.status == 401
    assert heard == []
    assert "HTTP 401" in stage.lotte.notice


async def test_a_retry_is_the_same_body_signed_anew_with_slacks_headers(stage):
    heard = counting(stage)
    numbers = []

    @stage.bolt.event("app_home_opened")
    async def home(body, request):
        numbers.append((body["event_id"], request.headers.get("x-slack-retry-num", ["0"])[0]))

    stage.world.switches = Switches(retry=2)
    await pressed(stage)
    assert len(heard) == 3
    assert len({body["actions"][0]["action_ts"] for body in heard}) == 1
    await stage.lotte.open_home()
    await stage.world.until(lambda: len(numbers) == 3)
    assert len({event_id for event_id, _ in numbers}) == 1
    assert sorted(number for _, number in numbers) == ["0", "1", "2"]


async def test_the_next_calls_are_rate_limited_and_the_sdk_can_wait_for_it(stage):
    stage.world.switches = Switches(ratelimited=1)
    with pytest.raises(SlackApiError) as caught:
        await stage.client.auth_test()
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "1"
    stage.client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    assert (await stage.client.auth_test())["ok"]


async def test_a_late_delivery_brings_an_expired_trigger(stage):
    errors = []

    @stage.bolt.action("approve")
    async def approve(ack, body, client):
        await ack()
        try:
            await client.views_open(trigger_id=body["trigger_id"], view=form())
        except SlackApiError as error:
            errors.append(error.response["error"])

    stage.world.switches = Switches(late=3.5)
    await pressed(stage)
    await stage.world.until(lambda: any(call.method == "views.open" for call in stage.world.calls))
    assert stage.world.calls[-1].answer["error"] == "expired_trigger_id"
    assert stage.lotte.modal is None


async def test_a_desk_that_answers_too_late_is_a_failure_on_the_screen(stage):
    release = asyncio.Event()

    @stage.bolt.action("approve")
    async def approve(ack):
        await release.wait()
        await ack()

    stage.world.patience = 0.05
    delivery = await pressed(stage)
    release.set()
    assert delivery.status is None
    assert "did not answer in time" in stage.lotte.notice


async def test_a_desk_that_is_down_is_a_failure_on_the_screen(stage):
    stage.world.request_url = "http://127.0.0.1:1/slack/events"
    assert (await pressed(stage)).status is None
    assert stage.lotte.notice


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"no-such-block": "x"}},
        {"response_action": "update", "view": form(*card("x" * 151))},
        {"response_action": "sing"},
    ],
)
async def test_an_answer_slack_would_not_take_leaves_the_modal_open_and_says_so(stage, answer):
    @stage.bolt.action("approve")
    async def approve(ack, body, client):
        await client.views_open(trigger_id=body["trigger_id"], view=form(callback_id="v"))
        await ack()

    @stage.bolt.view("v")
    async def submitted(ack):
        await ack(**answer)

    await pressed(stage)
    await stage.lotte.submit()
    assert stage.lotte.modal is not None
    assert "trouble" in stage.lotte.notice
