"""What the desk may answer to a submission or a slash command, and what the colleague then sees.

Promise: the four `response_action`s (errors, update, push, clear) and the plain acknowledgement act as in Slack
(surfaces/modals); an answer that Slack would not take leaves the modal open and tells the colleague. Limits: a
`response_action` on anything but a submission is not read, as in Slack.
"""

import json

from bot.demo.slack.model import Channel, Delivery, Message, RefusedError, View
from bot.demo.slack.shapes import Json
from bot.demo.slack.world import SlackWorld

NO_ANSWER = "The desk did not answer in time. Nothing was decided; try again."
REFUSED = "The desk refused this request (HTTP {status})."
TROUBLE = "We had some trouble connecting. Try again? ({reason})"


def failure(delivery: Delivery) -> str:
    """Return the line a colleague sees when a request was not acknowledged, or an empty string."""
    if delivery.status is None:
        return NO_ANSWER
    return "" if delivery.accepted else REFUSED.format(status=delivery.status)


def take_submission(world: SlackWorld, shown: View, delivery: Delivery) -> None:
    """Do what the desk answered to a view_submission; raises RefusedError for an answer Slack would not take."""
    answer = _json(delivery.body) if delivery.body.strip() else {}
    kind = answer.get("response_action")
    if kind is None:
        world.views.close_through(shown)
    elif kind == "clear":
        world.views.close(shown.user, everything=True)
    elif kind == "errors":
        world.views.complain(shown.id, _errors(shown, answer))
    elif kind == "update":
        world.views.update(shown.id, _view(answer))
    elif kind == "push":
        world.views.push(shown.user, _view(answer))
    else:
        raise RefusedError("invalid response_action")


def _json(body: str) -> Json:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise RefusedError("the answer is no JSON object")
    return answer


def _view(answer: Json) -> Json:
    if not isinstance(answer.get("view"), dict):
        raise RefusedError("the answer has no view")
    view: Json = answer["view"]
    return view


def _errors(shown: View, answer: Json) -> dict[str, str]:
    """Errors stand beside input blocks only; Slack gives up on any other block id."""
    errors = answer.get("errors")
    inputs = {block["block_id"] for block in shown.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not errors.keys() <= inputs:
        raise RefusedError("errors must name input blocks of this view")
    return {block_id: str(words) for block_id, words in errors.items()}


def take_command(world: SlackWorld, user: str, channel: Channel, delivery: Delivery) -> None:
    """Show what the desk answered to a slash command: to one person, or to the channel if it says so."""
    body = delivery.body.strip()
    if not body:
        return
    answer = _json(body) if body.startswith("{") else {"text": body}
    show(world, answer, user=user, channel=channel.id)


def show(world: SlackWorld, answer: Json, *, user: str, channel: str) -> Message:
    """Post an answer given outside the Web API; `response_type` in_channel makes it visible to all."""
    return world.post(
        Message(
            ts="",
            channel=channel,
            text=answer.get("text") or "",
            blocks=answer.get("blocks") or [],
            thread=answer.get("thread_ts"),
            only=None if answer.get("response_type") == "in_channel" else user,
        )
    )
