"""The HTTP side of the pretend Slack: `/api/<method>` for the SDK, `/api/response/<id>` for response_url.

Promise: what the real SDK sends (JSON, form or query, bearer token) is understood, and what Slack answers comes back:
200 with `ok`, or 429 with Retry-After while the switch says so. Limits: loopback and plain HTTP only; the last 500
calls are remembered.
"""

import hmac
import json
from dataclasses import replace
from typing import Any

from aiohttp import web

from bot.demo.slack.answers import show
from bot.demo.slack.methods import METHODS
from bot.demo.slack.model import Call, RefusedError
from bot.demo.slack.shapes import Json
from bot.demo.slack.world import ResponseUrl, SlackWorld

_KEPT = 500
_RETRY_AFTER = "1"


async def _arguments(request: web.Request) -> Json:
    """Merge query and body; a JSON body must hold an object."""
    found: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError:
            raise RefusedError("invalid_json") from None
        if not isinstance(body, dict):
            raise RefusedError("json_not_object")
        return found | body
    return found | {key: value for key, value in (await request.post()).items() if isinstance(value, str)}


def _authorise(request: web.Request, arguments: Json, wanted: str) -> None:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ") or arguments.pop("token", "")
    if not given:
        raise RefusedError("not_authed")
    if not hmac.compare_digest(str(given).encode(), wanted.encode()):
        raise RefusedError("invalid_auth")


def refusal(refused: RefusedError) -> Json:
    """Return the body of a refusal as the Web API words it."""
    answer: Json = {"ok": False, "error": refused.error}
    if refused.messages:
        answer["response_metadata"] = {"messages": refused.messages}
        answer["errors"] = [message.removeprefix("[ERROR] ") for message in refused.messages]
    return answer


def _perform(world: SlackWorld, method: str, arguments: Json) -> Json:
    if method not in METHODS:
        raise RefusedError("unknown_method")
    return {"ok": True, **METHODS[method](world, arguments)}


def _limited(world: SlackWorld) -> web.Response:
    world.switches = replace(world.switches, ratelimited=world.switches.ratelimited - 1)
    world.changed()
    body = {"ok": False, "error": "ratelimited"}
    return web.json_response(body, status=429, headers={"Retry-After": _RETRY_AFTER})


class Api:
    """The handlers of the Web API for one workspace."""

    def __init__(self, world: SlackWorld) -> None:
        self.world = world

    async def call(self, request: web.Request) -> web.Response:
        """Answer one Web API call."""
        if self.world.switches.ratelimited > 0:
            return _limited(self.world)
        method = request.match_info["method"]
        arguments: Json = {}
        try:
            arguments = await _arguments(request)
            own = self.world.app_token if method == "apps.connections.open" else self.world.bot_token
            _authorise(request, arguments, own)
            answer = _perform(self.world, method, arguments)
        except RefusedError as refused:
            answer = refusal(refused)
        call = Call(method=method, arguments=arguments, answer=answer)
        self.world.calls[:] = [*self.world.calls, call][-_KEPT:]
        self.world.changed()
        headers = {"x-oauth-scopes": ",".join(sorted(self.world.scopes))}
        return web.json_response(answer, headers=headers)

    async def respond(self, request: web.Request) -> web.Response:
        """Take a post to a response_url: a new message, a replacement, or a deletion."""
        try:
            answer = await _arguments(request)
            self._respond(self.world.spend_response_url(request.match_info["name"]), answer)
        except RefusedError as refused:
            gone = refused.error in ("expired_url", "used_url")
            return web.json_response(refusal(refused), status=404 if gone else 400)
        return web.Response(text="ok")

    def _respond(self, held: ResponseUrl, answer: dict[str, Any]) -> None:
        old = self.world.messages.get(held.ts or "")
        if answer.get("delete_original") and old:
            self.world.drop(old.ts)
        elif answer.get("replace_original") and old:
            self.world.replace(old, answer.get("text"), answer.get("blocks"))
        else:
            show(self.world, answer, user=held.user, channel=held.channel)
