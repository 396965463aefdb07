"""What Slack sends to an app, as plain JSON values: interactions, events, slash commands.

Promise: the keys and nesting of docs.slack.dev (interaction payloads, events API, slash commands), for one workspace
without an enterprise. Limits: no `token` (the deprecated verification token), no `function_data`, no `enterprise`.
"""

from collections.abc import Sequence

from bot.demo.slack.model import Message, Person, View
from bot.demo.slack.shapes import Json
from bot.demo.slack.values import SLOTS, answer
from bot.demo.slack.world import SlackWorld

DOMAIN = "seleqt"
# Keys of a view that Slack always sends, with their value where the app gave none.
_VIEW_DEFAULTS = {
    "private_metadata": "",
    "callback_id": "",
    "external_id": "",
    "title": None,
    "submit": None,
    "close": None,
    "clear_on_close": False,
    "notify_on_close": False,
}


def user(world: SlackWorld, person: Person) -> Json:
    """The person who pressed, as in every interaction payload."""
    return {"id": person.id, "username": person.handle, "name": person.handle, "team_id": world.team_id}


def view(world: SlackWorld, shown: View) -> Json:
    """A view as Slack returns it from views.* and sends it along with interactions."""
    return {
        **_VIEW_DEFAULTS,
        **shown.body,
        "id": shown.id,
        "team_id": world.team_id,
        "state": {"values": shown.state},
        "hash": shown.hash,
        "root_view_id": shown.root,
        "previous_view_id": shown.previous,
        "app_id": world.app_id,
        "app_installed_team_id": world.team_id,
        "bot_id": world.bot_id,
    }


def message(world: SlackWorld, shown: Message) -> Json:
    """A message as Slack returns it from chat.* and sends it along with interactions."""
    found: Json = {
        "type": "message",
        "user": world.bot_user,
        "bot_id": world.bot_id,
        "app_id": world.app_id,
        "team": world.team_id,
        "ts": shown.ts,
        "text": shown.text,
        "blocks": shown.blocks,
    }
    if shown.thread:
        found["thread_ts"] = shown.thread
    if shown.edited:
        found["edited"] = {"user": world.bot_id, "ts": shown.edited}
    return found | ({"metadata": shown.metadata} if shown.metadata else {})


def _interaction(world: SlackWorld, person: Person, kind: str) -> Json:
    return {
        "type": kind,
        "team": {"id": world.team_id, "domain": DOMAIN},
        "user": user(world, person),
        "api_app_id": world.app_id,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def action(block: Json, element: Json, picks: Sequence[str], stamp: str) -> Json:
    """One entry of `actions`: what was pressed or chosen, and when. Raises LookupError for an unknown option."""
    found: Json = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"]}
    carried = ("text", "value", "style", "placeholder") if element["type"] == "button" else ("placeholder",)
    found |= {key: element[key] for key in carried if key in element}
    if element["type"] in SLOTS:
        found |= answer(element, picks)
    return found | {"action_ts": stamp}


def on_message(world: SlackWorld, person: Person, shown: Message, done: Json, state: Json) -> Json:
    """block_actions from a message; an ephemeral one is named by its container only, without its blocks."""
    channel = world.channels[shown.channel]
    ephemeral = shown.only is not None
    container: Json = {
        "type": "message",
        "message_ts": shown.ts,
        "channel_id": shown.channel,
        "is_ephemeral": ephemeral,
    }
    if shown.thread:
        container["thread_ts"] = shown.thread
    return {
        **_interaction(world, person, "block_actions"),
        "container": container,
        "trigger_id": world.issue_trigger(person.id),
        "channel": {"id": channel.id, "name": "directmessage" if channel.only else channel.name},
        **({} if ephemeral else {"message": message(world, shown)}),
        "state": {"values": state},
        "response_url": world.issue_response_url(person.id, channel.id, shown.ts),
        "actions": [done],
    }


def on_view(world: SlackWorld, person: Person, shown: View, done: Json) -> Json:
    """block_actions from a modal or the App Home: no channel, no message, no response_url."""
    return {
        **_interaction(world, person, "block_actions"),
        "container": {"type": "view", "view_id": shown.id},
        "trigger_id": world.issue_trigger(person.id),
        "view": view(world, shown),
        "actions": [done],
    }


def submission(world: SlackWorld, person: Person, shown: View) -> Json:
    """view_submission, with what was entered in `view.state.values`."""
    return {
        **_interaction(world, person, "view_submission"),
        "trigger_id": world.issue_trigger(person.id),
        "view": view(world, shown),
        "response_urls": [],
    }


def closed(world: SlackWorld, person: Person, shown: View, *, cleared: bool) -> Json:
    """view_closed; `cleared` when the whole stack went at once."""
    return {
        **_interaction(world, person, "view_closed"),
        "view": view(world, shown),
        "is_cleared": cleared,
    }


def home_opened(world: SlackWorld, person: Person) -> Json:
    """The app_home_opened event in its event_callback envelope; the Home so far goes along if there is one."""
    home = world.views.homes.get(person.id)
    event: Json = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": world.channel(person.id).id,
        "tab": "home",
        "event_ts": world.stamp(),
        **({"view": view(world, home)} if home else {}),
    }
    return {
        "type": "event_callback",
        "team_id": world.team_id,
        "api_app_id": world.app_id,
        "event": event,
        "event_id": world.number("Ev"),
        "event_time": int(world.clock().timestamp()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": world.team_id,
                "user_id": world.bot_user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }


def command(world: SlackWorld, person: Person, channel: str, name: str, text: str) -> dict[str, str]:
    """The form fields of a slash command typed in a channel."""
    place = world.channel(channel)
    return {
        "team_id": world.team_id,
        "team_domain": DOMAIN,
        "channel_id": place.id,
        "channel_name": "directmessage" if place.only else place.name,
        "user_id": person.id,
        "user_name": person.handle,
        "command": name,
        "text": text,
        "api_app_id": world.app_id,
        "is_enterprise_install": "false",
        "response_url": world.issue_response_url(person.id, place.id, None),
        "trigger_id": world.issue_trigger(person.id),
    }
