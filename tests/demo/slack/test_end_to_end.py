"""A real bolt app, driven over HTTP by pretend colleagues: button, modal, errors, submission, card."""

import pytest
from slack_sdk.errors import SlackApiError

from tests.demo.slack.stage import REASON, Stage, button, card, entry, form, plain

MENU = {
    "type": "overflow",
    "action_id": "more",
    "options": [{"text": plain("Refuse…"), "value": "refuse"}, {"text": plain("Extend…"), "value": "extend"}],
}


def desk(stage: Stage) -> None:
    """The smallest decision desk: approve at once, refuse by a modal with a check, publish a Home."""

    @stage.bolt.action("approve")
    async def approve(ack, body, client):
        await ack()
        done = f"Approved by @{body['user']['name']}"
        place = {"channel": body["channel"]["id"], "ts": body["message"]["ts"]}
        await client.chat_update(**place, text=done, blocks=card(done))
        await client.chat_postMessage(channel=place["channel"], thread_ts=place["ts"], text=done)

    @stage.bolt.action("more")
    async def more(ack, body, client):
        await ack()
        view = form(REASON, callback_id="refuse", private_metadata=body["message"]["ts"])
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    @stage.bolt.view("refuse")
    async def refuse(ack, view, body, client):
        words = view["state"]["values"]["reason"]["reason"]["value"]
        if len(words) < 20:
            await ack(response_action="errors", errors={"reason": "This would fit anybody."})
            return
        await ack()
        blocks = card(f"Refused by @{body['user']['name']}")
        await client.chat_update(channel="C0PRIVACY", ts=view["private_metadata"], text="Refused", blocks=blocks)

    @stage.bolt.event("app_home_opened")
    async def home(event, client):
        view = {"type": "home", "blocks": [*card("Nothing waits for you.", button("All open", "all"))]}
        await client.views_publish(user_id=event["user"], view=view)


async def test_a_button_changes_the_card_and_writes_the_thread(stage):
    desk(stage)
    ts = await stage.post(card("SEL-2026-00417", button("Approve", "approve", value="417")))
    delivery = await stage.lotte.click(ts, "Approve")
    assert delivery.accepted
    await stage.world.until(lambda: stage.lotte.thread(ts))
    assert stage.joris.cards()[0].text == "Approved by @lotte"
    assert [each.text for each in stage.joris.thread(ts)] == ["Approved by @lotte"]


async def test_a_button_that_is_gone_cannot_be_pressed_again_but_by_who_still_sees_it(stage):
    desk(stage)
    ts = await stage.post(card("SEL-2026-00417", button("Approve", "approve")))
    as_seen = stage.joris.cards()[0]
    await stage.lotte.click(ts, "approve")
    await stage.world.until(lambda: stage.lotte.thread(ts))
    with pytest.raises(LookupError):
        await stage.joris.click(ts, "approve")
    assert (await stage.joris.click(as_seen, "approve")).accepted


async def test_an_option_opens_a_modal_whose_errors_stand_beside_the_field(stage):
    desk(stage)
    ts = await stage.post(card("SEL-2026-00417", MENU))
    await stage.lotte.click(ts, "Refuse…")
    modal = await stage.world.until(lambda: stage.lotte.modal)
    assert modal.body["title"]["text"] == "Refuse"
    assert stage.joris.modal is None

    await stage.lotte.submit({"reason": "No."})
    assert stage.lotte.modal.errors == {"reason": "This would fit anybody."}

    await stage.lotte.submit({"reason": "Invoices 2024-17 and -18 stay seven years (AWR 52)."})
    assert stage.lotte.modal is None
    await stage.world.until(lambda: stage.lotte.cards()[0].text == "Refused")


async def test_an_empty_required_field_is_stopped_before_it_is_sent(stage):
    desk(stage)
    ts = await stage.post(card("SEL-2026-00417", MENU))
    await stage.lotte.click(ts, "refuse")
    await stage.world.until(lambda: stage.lotte.modal)
    sent = len(stage.world.deliveries)
    assert await stage.lotte.submit() is None
    assert stage.lotte.modal.errors == {"reason": "Please complete this required field."}
    assert len(stage.world.deliveries) == sent


async def test_opening_the_home_publishes_it_for_that_person_alone(stage):
    desk(stage)
    await stage.lotte.open_home()
    home = await stage.world.until(lambda: stage.lotte.home)
    assert home.blocks[0]["text"]["text"] == "Nothing waits for you."
    assert stage.joris.home is None


async def test_a_declined_confirm_dialog_sends_nothing(stage):
    words = {"title": plain("Sure?"), "text": plain("187 rows"), "confirm": plain("Erase"), "deny": plain("Back")}
    ts = await stage.post(card("SEL-2026-00421", button("Erase", "erase", confirm=words)))
    assert await stage.lotte.click(ts, "erase", confirm=False) is None
    assert stage.world.deliveries == []


@pytest.mark.parametrize(("action", "titles"), [("update", ["Letter"]), ("push", ["Refuse", "Letter"]), ("clear", [])])
async def test_a_submission_may_update_push_or_clear(stage, action, titles):
    @stage.bolt.action("open")
    async def opened(ack, body, client):
        await client.views_open(trigger_id=body["trigger_id"], view=form(callback_id="first"))
        await ack()

    @stage.bolt.view("first")
    async def first(ack):
        more = {} if action == "clear" else {"view": form(title=plain("Letter"))}
        await ack(response_action=action, **more)

    await stage.lotte.click(await stage.post(card("Card", button("Open", "open"))), "open")
    await stage.lotte.submit()
    assert [view.body["title"]["text"] for view in stage.world.views.stacks["U0LOTTE"]] == titles


async def test_closing_tells_the_app_only_where_it_asked_for_it(stage):
    heard = []

    @stage.bolt.action("open")
    async def opened(ack, body, client):
        view = form(callback_id="first", notify_on_close=body["actions"][0]["value"] == "tell")
        await client.views_open(trigger_id=body["trigger_id"], view=view)
        await ack()

    @stage.bolt.view_closed("first")
    async def closed(ack, body):
        heard.append(body["is_cleared"])
        await ack()

    ts = await stage.post(card("Card", button("A", "open", value="quiet")))
    await stage.lotte.click(ts, "A")
    await stage.lotte.close()
    await stage.client.chat_update(
        channel="C0PRIVACY", ts=ts, text="x", blocks=card("B", button("B", "open", value="tell"))
    )
    await stage.lotte.click(ts, "B")
    await stage.lotte.close(everything=True)
    assert heard == [True]


async def test_inputs_inside_a_modal_keep_what_was_typed_through_an_update(stage):
    @stage.bolt.action("open")
    async def opened(ack, body, client):
        view = form(REASON, *card("x", button("More", "grow")))
        await client.views_open(trigger_id=body["trigger_id"], view=view)
        await ack()

    @stage.bolt.action("grow")
    async def grow(ack, body, client):
        typed = body["view"]["state"]["values"]["reason"]["reason"]["value"]
        other = entry("other", {"type": "plain_text_input", "action_id": "other", "initial_value": typed[::-1]})
        view = body["view"]
        await client.views_update(view_id=view["id"], hash=view["hash"], view=form(REASON, other))
        await ack()

    await stage.lotte.click(await stage.post(card("Card", button("Open", "open"))), "open")
    await stage.lotte.click_modal("grow", {"reason": "abc"})
    state = stage.lotte.modal.state
    assert state["reason"]["reason"]["value"] == "abc"
    assert state["other"]["other"]["value"] == "cba"


async def test_an_ephemeral_answer_is_seen_by_one_person_and_cannot_be_updated(stage):
    @stage.bolt.action("approve")
    async def approve(ack, body, client, respond):
        await ack()
        place = {"channel": body["channel"]["id"], "user": body["user"]["id"]}
        await client.chat_postEphemeral(**place, text="You cannot decide this.")
        await respond("And again.", replace_original=False)

    await stage.bram.click(await stage.post(card("Card", button("Approve", "approve"))), "approve")
    await stage.world.until(lambda: len(stage.bram.ephemerals) == 2)
    assert [each.text for each in stage.bram.ephemerals] == ["You cannot decide this.", "And again."]
    assert stage.lotte.ephemerals == []
    with pytest.raises(SlackApiError, match="message_not_found"):
        await stage.client.chat_update(channel="C0PRIVACY", ts=stage.bram.ephemerals[0].ts, text="x")


async def test_a_response_url_replaces_and_deletes_the_original_five_times_at_most(stage):
    ts = await stage.post(card("Card", button("Approve", "approve")))
    held = []

    @stage.bolt.action("approve")
    async def approve(ack, respond):
        await ack()
        held.append(respond)

    await stage.lotte.click(ts, "approve")
    await held[0]("Replaced", replace_original=True, blocks=card("Replaced"))
    assert stage.lotte.cards()[0].text == "Replaced"
    for _ in range(4):
        assert (await held[0]("Once more", replace_original=False)).status_code == 200
    assert (await held[0]("Too often", replace_original=False)).status_code == 404
    stage.clock.now = stage.clock.now.replace(hour=12)
    assert "expired_url" in (await held[0]("Too late")).body


async def test_a_slash_command_is_answered_to_the_one_who_typed_it(stage):
    @stage.bolt.command("/privacy")
    async def privacy(ack, command):
        await ack(f"You said: {command['text']}")

    await stage.lotte.command("/privacy", "help me")
    assert [each.text for each in stage.lotte.ephemerals] == ["You said: help me"]
    await stage.lotte.command("/nobody")
    assert "HTTP 404" in stage.lotte.notice


async def test_a_direct_message_is_seen_by_its_reader_only(stage):
    answer = await stage.client.chat_postMessage(channel="U0JORIS", text="Lotte is away, you stand in.")
    assert [each.text for each in stage.joris.cards(answer["channel"])] == ["Lotte is away, you stand in."]
    names = [place.id for place in stage.world.channels.values() if place.only in (None, "U0LOTTE")]
    assert answer["channel"] not in names


async def test_a_snapshot_carries_cards_and_homes_over_a_restart(stage, clock):
    desk(stage)
    ts = await stage.post(card("SEL-2026-00417", button("Approve", "approve")))
    await stage.lotte.open_home()
    await stage.world.until(lambda: stage.lotte.home)
    kept = stage.world.snapshot()
    stage.world.messages.clear()
    stage.world.views.homes.clear()
    stage.world.restore(kept)
    assert (await stage.client.chat_update(channel="C0PRIVACY", ts=ts, text="After the restart"))["ok"]
    assert stage.lotte.home is not None


async def test_a_menu_on_a_card_and_one_on_the_home_say_what_was_chosen(stage):
    heard = []

    @stage.bolt.action("who")
    async def who(ack, action):
        heard.append(action.get("selected_user") or action["value"])
        await ack()

    menu = {"type": "actions", "elements": [{"type": "users_select", "action_id": "who"}]}
    ts = await stage.post([menu])
    await stage.lotte.choose(ts, "who", "U0JORIS")
    with pytest.raises(LookupError):
        await stage.lotte.click_home("who")
    home = {"type": "home", "blocks": card("Queue", button("Open", "who", value="417"))}
    await stage.client.views_publish(user_id="U0LOTTE", view=home)
    await stage.lotte.click_home("Open")
    assert heard == ["U0JORIS", "417"]


async def test_nothing_can_be_submitted_or_filled_in_that_is_not_there(stage):
    with pytest.raises(LookupError):
        await stage.lotte.submit()
    await stage.client.views_open(trigger_id=stage.world.issue_trigger("U0LOTTE"), view=form(REASON))
    with pytest.raises(LookupError):
        await stage.lotte.submit({"no_such_input": "x"})
    with pytest.raises(LookupError):
        await stage.lotte.click("1.1", "approve")


async def test_a_command_may_answer_the_whole_channel_with_blocks(stage):
    @stage.bolt.command("/privacy")
    async def privacy(ack):
        await ack(response_type="in_channel", text="Queue", blocks=card("Queue"))

    await stage.lotte.command("/privacy")
    assert [each.text for each in stage.joris.cards()] == ["Queue"]


async def test_an_ephemeral_message_is_pressed_by_its_reader_and_deleted_by_the_app(stage):
    seen = []

    @stage.bolt.action("open")
    async def opened(ack, body, respond):
        seen.append((body["container"]["is_ephemeral"], "message" in body))
        await ack()
        await respond(delete_original=True)

    blocks = card("A fresh button", button("Open", "open"))
    place = {"channel": "C0PRIVACY", "user": "U0LOTTE"}
    ts = (await stage.client.chat_postEphemeral(**place, text="x", blocks=blocks))["message_ts"]
    with pytest.raises(LookupError):
        await stage.joris.click(ts, "open")
    await stage.lotte.click(ts, "open")
    await stage.world.until(lambda: not stage.lotte.ephemerals)
    assert seen == [(True, False)]


async def test_a_view_is_found_by_its_external_id_and_taken_only_once(stage):
    named = form(external_id="refuse-417")
    await stage.client.views_open(trigger_id=stage.world.issue_trigger("U0LOTTE"), view=named)
    await stage.client.views_update(external_id="refuse-417", view=form(title=plain("Letter")))
    assert stage.lotte.modal.body["title"]["text"] == "Letter"
    await stage.client.views_open(trigger_id=stage.world.issue_trigger("U0LOTTE"), view=named)
    with pytest.raises(SlackApiError, match="duplicate_external_id"):
        await stage.client.views_push(trigger_id=stage.world.issue_trigger("U0LOTTE"), view=named)


async def test_a_submission_closes_what_it_came_from_and_shows_what_was_below(stage):
    @stage.bolt.view("second")
    async def second(ack):
        await ack()

    await stage.client.views_open(trigger_id=stage.world.issue_trigger("U0LOTTE"), view=form())
    pushed = form(callback_id="second", title=plain("Letter"))
    await stage.client.views_push(trigger_id=stage.world.issue_trigger("U0LOTTE"), view=pushed)
    await stage.lotte.submit()
    assert stage.lotte.modal.body["title"]["text"] == "Refuse"
