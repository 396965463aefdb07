"""The pages without a script: forms in, redirects out, everything escaped, a strict policy on every answer."""

from html.parser import HTMLParser

import aiohttp
import pytest

from bot.demo.slack.model import Switches
from bot.demo.slack.pages import switched
from tests.demo.slack.stage import REASON, Stage, button, card, entry, form, plain

EVERY_INPUT = [
    entry("line", {"type": "plain_text_input", "action_id": "a", "initial_value": 'a"b'}),
    entry("lines", {"type": "plain_text_input", "action_id": "a", "multiline": True}, hint=plain("two sentences")),
    entry("mail", {"type": "email_text_input", "action_id": "a"}, optional=True),
    entry("menu", {"type": "static_select", "action_id": "a", "options": [{"text": plain("One"), "value": "1"}]}),
    entry("radio", {"type": "radio_buttons", "action_id": "a", "options": [{"text": plain("One"), "value": "1"}]}),
    entry("boxes", {"type": "checkboxes", "action_id": "a", "options": [{"text": plain("One"), "value": "1"}]}),
    entry("day", {"type": "datepicker", "action_id": "a"}),
    entry("who", {"type": "users_select", "action_id": "a"}),
]


class Forms(HTMLParser):
    """Collects what a browser would send: hidden fields, and the names and values of buttons by their text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.buttons: dict[str, str] = {}
        self._value: str | None = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "input" and found.get("type") == "hidden":
            self.hidden[found["name"]] = found["value"]
        if tag == "button":
            self._value = found.get("value", "")

    def handle_data(self, data):
        if self._value is not None and data.strip():
            self.buttons[data.strip()] = self._value
            self._value = None


class Browser:
    """A browser without a script, at one colleague's screen."""

    def __init__(self, session: aiohttp.ClientSession, stage: Stage, who: str) -> None:
        self.session, self.root = session, f"{stage.url}/demo/staff/as/{who}"

    async def look(self, at: str = "C0PRIVACY") -> str:
        async with self.session.get(self.root, params={"at": at}) as answer:
            assert answer.status == 200
            return await answer.text()

    async def send(self, verb: str, fields, **more) -> str:
        async with self.session.post(f"{self.root}/{verb}", data=fields, **more) as answer:
            assert answer.status == 200
            return await answer.text()


@pytest.fixture
async def lotte(stage):
    async with aiohttp.ClientSession() as session:
        yield Browser(session, stage, "lotte")


async def test_anyone_can_be_chosen(stage, lotte):
    async with lotte.session.get(f"{stage.url}/demo/staff") as answer:
        html = await answer.text()
    assert all(f"@{who}" in html for who in ("lotte", "joris", "mina", "bram"))
    assert "approver, legal" in html


async def test_every_page_forbids_inline_scripts_and_styles_and_has_none(stage, lotte):
    await stage.post(card("Card", button("Approve", "approve")))
    for path in ("", "/as/lotte"):
        async with lotte.session.get(f"{stage.url}/demo/staff{path}") as answer:
            html = await answer.text()
            policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert " style=" not in html
        assert " on" + "click=" not in html
    for name, kind in (("slack.css", "text/css"), ("slack.js", "text/javascript")):
        async with lotte.session.get(f"{stage.url}/demo/staff/{name}") as answer:
            assert answer.content_type == kind


async def test_what_the_desk_sent_is_shown_escaped(stage, lotte):
    await stage.client.chat_postMessage(channel="C0PRIVACY", text="<script>alert(1)</script> *bold*")
    await stage.post(card('"><img src=x onerror=alert(1)>'))
    html = await lotte.look()
    assert "&lt;script&gt;" in html
    assert "<img src=x" not in html
    assert "<b>bold</b>" in html


async def test_a_press_goes_to_the_app_and_back_to_the_page(stage, lotte):
    heard = []

    @stage.bolt.action("approve")
    async def approve(ack, body, client):
        await ack()
        heard.append(body["actions"][0]["value"])
        await client.views_open(trigger_id=body["trigger_id"], view=form(*EVERY_INPUT, callback_id="v"))

    await stage.post(card("Card", button("Approve", "approve", value="417")))
    page = Forms(await lotte.look())
    html = await lotte.send("press", {**page.hidden, "press": page.buttons["Approve"]})
    assert heard == ["417"]
    assert 'role="dialog"' in html
    assert "two sentences" in html


async def test_a_confirm_dialog_is_a_page_in_between(stage, lotte):
    heard = []

    @stage.bolt.action("erase")
    async def erase(ack):
        await ack()
        heard.append("erase")

    words = {"title": plain("Sure?"), "text": plain("187 rows"), "confirm": plain("Erase all"), "deny": plain("Back")}
    await stage.post(card("Card", button("Erase", "erase", confirm=words)))
    page = Forms(await lotte.look())
    asked = await lotte.send("press", {**page.hidden, "press": page.buttons["Erase"]})
    assert heard == []
    assert "187 rows" in asked
    assert "data-poll" not in asked
    again = Forms(asked)
    await lotte.send("press", {**again.hidden, "press": page.buttons["Erase"], "sure": "1"})
    assert heard == ["erase"]


async def test_a_form_is_filled_in_corrected_and_sent(stage, lotte):
    heard = []

    @stage.bolt.view("v")
    async def sent(ack, view):
        heard.append(view["state"]["values"])
        await ack()

    view = form(REASON, *EVERY_INPUT[5:], callback_id="v")
    await stage.client.views_open(trigger_id=stage.world.issue_trigger("U0LOTTE"), view=view)
    hidden = Forms(await lotte.look()).hidden
    html = await lotte.send("submit", hidden)
    assert html.count("Please complete this required field.") == 4
    filled = [
        *hidden.items(),
        ('["reason", "reason"]', "one\r\ntwo"),
        ('["boxes", "a"]', "1"),
        ('["day", "a"]', "2026-11-05"),
        ('["who", "a"]', "U0JORIS"),
    ]
    await lotte.send("submit", filled)
    assert heard[0]["reason"]["reason"]["value"] == "one\ntwo"
    assert heard[0]["boxes"]["a"]["selected_options"] == [{"text": plain("One"), "value": "1"}]
    assert heard[0]["day"]["a"]["selected_date"] == "2026-11-05"
    assert heard[0]["who"]["a"]["selected_user"] == "U0JORIS"
    assert stage.lotte.modal is None


async def test_an_unticked_box_is_empty_again(stage, lotte):
    await stage.client.views_open(trigger_id=stage.world.issue_trigger("U0LOTTE"), view=form(EVERY_INPUT[5]))
    hidden = Forms(await lotte.look()).hidden
    await lotte.send("submit", [*hidden.items(), ('["boxes", "a"]', "1")])
    await stage.client.views_open(trigger_id=stage.world.issue_trigger("U0LOTTE"), view=form(EVERY_INPUT[5]))
    html = await lotte.send("submit", Forms(await lotte.look()).hidden)
    assert "Please complete this required field." in html


async def test_a_screen_that_is_behind_presses_nothing(stage, lotte):
    ts = await stage.post(card("Card", button("Approve", "approve")))
    page = Forms(await lotte.look())
    await stage.client.chat_update(channel="C0PRIVACY", ts=ts, text="Done", blocks=card("Done"))
    html = await lotte.send("press", {**page.hidden, "press": page.buttons["Approve"]})
    assert "changed in the meantime" in html
    assert "changed in the meantime" in await lotte.send("submit", {"on": "V0"})
    assert stage.world.deliveries == []


async def test_another_persons_ephemeral_message_cannot_be_pressed(stage, lotte):
    answer = await stage.client.chat_postEphemeral(
        channel="C0PRIVACY", user="U0JORIS", text="x", blocks=card("For Joris", button("Open", "open"))
    )
    assert "For Joris" not in await lotte.look()
    assert "meantime" in await lotte.send("press", {"on": answer["message_ts"], "press": '["decide", "open"]'})


async def test_a_link_button_tells_the_app_and_leads_on(stage, lotte):
    heard = []

    @stage.bolt.action("open")
    async def opened(ack):
        heard.append("open")
        await ack()

    await stage.post(card("Card", button("Open the plan", "open", url="https://desk.example/staff/417")))
    page = Forms(await lotte.look())
    html = await lotte.send("press", {**page.hidden, "press": page.buttons["Open the plan"]})
    assert heard == ["open"]
    assert "0; url=https://desk.example/staff/417" in html


async def test_the_home_a_command_and_the_close_button_work(stage, lotte):
    @stage.bolt.event("app_home_opened")
    async def home(event, client):
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": card("My queue")})

    assert "My queue" in await lotte.send("home", {"at": "home"})
    assert "only slash commands" in await lotte.send("command", {"at": "C0PRIVACY", "text": "hello"})
    assert "HTTP 404" in await lotte.send("command", {"at": "C0PRIVACY", "text": "/nobody listens"})
    await stage.client.views_open(trigger_id=stage.world.issue_trigger("U0LOTTE"), view=form())
    assert 'role="dialog"' not in await lotte.send("close", {"at": "C0PRIVACY"})


async def test_threads_are_folded_open_under_their_card(stage, lotte):
    ts = await stage.post(card("Card"))
    await stage.client.chat_postMessage(channel="C0PRIVACY", thread_ts=ts, text="10:14 Received by web chat.")
    html = await lotte.look()
    assert "1 reply" in html
    assert "10:14 Received by web chat." in html


async def test_a_post_from_another_site_is_refused_and_nobody_is_nobody(stage, lotte):
    async with lotte.session.post(f"{lotte.root}/home", headers={"Origin": "https://evil.example"}) as answer:
        assert answer.status == 403
    async with lotte.session.get(f"{stage.url}/demo/staff/as/eve") as answer:
        assert answer.status == 404


async def test_the_version_changes_with_the_world(stage, lotte):
    async def version() -> str:
        async with lotte.session.get(f"{stage.url}/demo/staff/version") as answer:
            return await answer.text()

    before = await version()
    assert await version() == before
    await stage.post(card("Card"))
    assert await version() != before


async def test_switches_are_set_by_form_and_by_json(stage, lotte):
    url = f"{stage.url}/demo/staff/switches"
    async with lotte.session.post(url, data={"retry": "1", "late": "0.5", "stale": "1"}) as answer:
        assert answer.status == 200
    assert stage.world.switches == Switches(retry=1, late=0.5, stale=True)
    async with lotte.session.post(url, json={"ratelimited": 3}) as answer:
        assert (await answer.json())["ratelimited"] == 3
    assert stage.world.switches.stale
    for wrong in ({"loud": 1}, {"retry": -1}, {"late": "soon"}, [1]):
        async with lotte.session.post(url, json=wrong) as answer:
            assert answer.status == 400


def test_a_form_without_a_tick_turns_a_switch_off():
    assert switched(Switches(stale=True), {"retry": "0"}, form=True) == Switches()
