"""The Web API methods the desk may call, as plain functions from arguments to Slack's answer.

Promise: same names, arguments, answers and error words as docs.slack.dev/reference/methods. A method that isn't in
the table is `unknown_method`. Limits: no paging (a demo workspace is small), no scopes, one bot token.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from bot.demo.slack import payloads
from bot.demo.slack.model import Channel, Message, Person, RefusedError
from bot.demo.slack.shapes import Json, fault
from bot.demo.slack.socket import connections_open
from bot.demo.slack.world import SlackWorld

Arguments = Mapping[str, Any]


def _needed(arguments: Arguments, name: str) -> str:
    value = arguments.get(name)
    if not isinstance(value, str) or not value:
        raise RefusedError("invalid_arguments", [fault(f"missing required field: {name}", "")])
    return value


def _words(arguments: Arguments, name: str) -> str | None:
    value = arguments.get(name)
    if value is not None and not isinstance(value, str):
        raise RefusedError("invalid_arguments", [fault("must provide a string", f"/{name}")])
    return value


def _object(arguments: Arguments, name: str, kind: type, error: str) -> Any:
    """Take a list or object that may come as JSON text (a form) or as it is (a JSON body)."""
    value = arguments.get(name)
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        raise RefusedError(error) from None
    if found is not None and not isinstance(found, kind):
        raise RefusedError(error)
    return found


def _blocks(arguments: Arguments) -> list[Json] | None:
    found: list[Json] | None = _object(arguments, "blocks", list, "invalid_blocks_format")
    return found


def _view(arguments: Arguments) -> Json:
    found: Json | None = _object(arguments, "view", dict, "invalid_arguments")
    if found is None:
        raise RefusedError("invalid_arguments", [fault("missing required field: view", "")])
    return found


def auth_test(world: SlackWorld, _: Arguments) -> Json:
    """auth.test: who the token is."""
    return {
        "url": f"https://{payloads.DOMAIN}.slack.com/",
        "team": "Seleqt",
        "team_id": world.team_id,
        "user": "privacy-desk",
        "user_id": world.bot_user,
        "bot_id": world.bot_id,
        "is_enterprise_install": False,
    }


def _message(world: SlackWorld, arguments: Arguments, only: str | None = None) -> Message:
    return Message(
        ts="",
        channel=world.channel(_needed(arguments, "channel")).id,
        text=_words(arguments, "text") or "",
        blocks=_blocks(arguments) or [],
        thread=_words(arguments, "thread_ts"),
        only=only,
        metadata=_object(arguments, "metadata", dict, "invalid_metadata_format"),
    )


def chat_post_message(world: SlackWorld, arguments: Arguments) -> Json:
    """chat.postMessage: a new message, in a thread where thread_ts says so."""
    kept = world.post(_message(world, arguments))
    return {"channel": kept.channel, "ts": kept.ts, "message": payloads.message(world, kept)}


def chat_post_ephemeral(world: SlackWorld, arguments: Arguments) -> Json:
    """chat.postEphemeral: a message for one person in a channel."""
    user = _needed(arguments, "user")
    place = world.channel(_needed(arguments, "channel"))
    if user not in world.staff or place.only not in (None, user):
        raise RefusedError("user_not_in_channel")
    return {"message_ts": world.post(_message(world, arguments, only=user)).ts}


def chat_update(world: SlackWorld, arguments: Arguments) -> Json:
    """chat.update: new text or blocks for a message that is there."""
    place, ts = world.channel(_needed(arguments, "channel")), _needed(arguments, "ts")
    kept = world.edit(place.id, ts, _words(arguments, "text"), _blocks(arguments))
    return {"channel": place.id, "ts": ts, "text": kept.text, "message": payloads.message(world, kept)}


def chat_delete(world: SlackWorld, arguments: Arguments) -> Json:
    """chat.delete: take a message away."""
    place, ts = world.channel(_needed(arguments, "channel")), _needed(arguments, "ts")
    world.message(place.id, ts)
    world.drop(ts)
    return {"channel": place.id, "ts": ts}


def chat_permalink(world: SlackWorld, arguments: Arguments) -> Json:
    """chat.getPermalink: the address of a message on our own pages."""
    place, ts = world.channel(_needed(arguments, "channel")), _needed(arguments, "message_ts")
    world.message(place.id, ts)
    return {"channel": place.id, "permalink": f"{world.public_url}/demo/staff?at={place.id}&ts={ts}"}


def views_open(world: SlackWorld, arguments: Arguments) -> Json:
    """views.open: a first modal for whoever caused the trigger."""
    user = world.spend_trigger(_needed(arguments, "trigger_id"))
    return {"view": payloads.view(world, world.views.open(user, _view(arguments)))}


def views_push(world: SlackWorld, arguments: Arguments) -> Json:
    """views.push: a further modal over the open one."""
    user = world.spend_trigger(_needed(arguments, "trigger_id"))
    return {"view": payloads.view(world, world.views.push(user, _view(arguments)))}


def views_update(world: SlackWorld, arguments: Arguments) -> Json:
    """views.update: replace a view named by view_id or external_id."""
    key = _words(arguments, "view_id") or _needed(arguments, "external_id")
    return {"view": payloads.view(world, world.views.update(key, _view(arguments), _words(arguments, "hash")))}


def views_publish(world: SlackWorld, arguments: Arguments) -> Json:
    """views.publish: one person's App Home."""
    user = _needed(arguments, "user_id")
    if user not in world.staff:
        raise RefusedError("invalid_arguments", [fault("user not found", "/user_id")])
    return {"view": payloads.view(world, world.views.publish(user, _view(arguments), _words(arguments, "hash")))}


def _user(world: SlackWorld, person: Person) -> Json:
    names = {"real_name": person.name, "display_name": person.handle}
    return {
        "id": person.id,
        "team_id": world.team_id,
        "name": person.handle,
        "real_name": person.name,
        "profile": {**names, "real_name_normalized": person.name, "display_name_normalized": person.handle},
        "tz": "Europe/Amsterdam",
        "deleted": False,
        "is_bot": False,
        "is_admin": False,
    }


def users_info(world: SlackWorld, arguments: Arguments) -> Json:
    """users.info: one colleague."""
    person = world.staff.get(_needed(arguments, "user"))
    if person is None:
        raise RefusedError("user_not_found")
    return {"user": _user(world, person)}


def users_list(world: SlackWorld, _: Arguments) -> Json:
    """users.list: all colleagues, in one page."""
    return {"members": [_user(world, each) for each in world.staff.values()], "response_metadata": {"next_cursor": ""}}


def _channel(place: Channel) -> Json:
    if place.only:
        return {"id": place.id, "is_im": True, "user": place.only}
    return {"id": place.id, "name": place.name, "is_channel": True, "is_im": False, "is_member": True}


def conversations_info(world: SlackWorld, arguments: Arguments) -> Json:
    """conversations.info: one channel."""
    return {"channel": _channel(world.channel(_needed(arguments, "channel")))}


def conversations_open(world: SlackWorld, arguments: Arguments) -> Json:
    """conversations.open: the direct messages with one colleague."""
    return {"channel": _channel(world.channel(_needed(arguments, "users")))}


def conversations_history(world: SlackWorld, arguments: Arguments) -> Json:
    """conversations.history: top-level messages, newest first."""
    place = world.channel(_needed(arguments, "channel"))
    found = [payloads.message(world, each) for each in world.timeline(place.id, world.bot_user)]
    return {"messages": found[::-1], "has_more": False}


def conversations_replies(world: SlackWorld, arguments: Arguments) -> Json:
    """conversations.replies: a message and its thread, oldest first."""
    place, ts = world.channel(_needed(arguments, "channel")), _needed(arguments, "ts")
    if ts not in world.messages:
        raise RefusedError("thread_not_found")
    found = [world.messages[ts], *world.thread(place.id, ts, world.bot_user)]
    return {"messages": [payloads.message(world, each) for each in found], "has_more": False}


METHODS: Mapping[str, Callable[[SlackWorld, Arguments], Json]] = {
    "apps.connections.open": connections_open,
    "auth.test": auth_test,
    "chat.postMessage": chat_post_message,
    "chat.postEphemeral": chat_post_ephemeral,
    "chat.update": chat_update,
    "chat.delete": chat_delete,
    "chat.getPermalink": chat_permalink,
    "conversations.history": conversations_history,
    "conversations.info": conversations_info,
    "conversations.open": conversations_open,
    "conversations.replies": conversations_replies,
    "users.info": users_info,
    "users.list": users_list,
    "views.open": views_open,
    "views.publish": views_publish,
    "views.push": views_push,
    "views.update": views_update,
}
