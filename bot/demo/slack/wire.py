"""From the pretend Slack to the desk: sign a request as Slack does, send it, wait as long as Slack waits.

Promise: v0 HMAC over time and raw body (authentication/verifying-requests-from-slack); the world's switches are
honoured here and nowhere else: late, retry, wrong signature, stale time. An answer after the world's patience
(3 seconds) is no answer. Limits: a request is sent again only by the retry switch, never by itself.
"""

import hashlib
import hmac
import json
from datetime import timedelta
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.demo.slack.model import Delivery
from bot.demo.slack.shapes import Json
from bot.demo.slack.world import SlackWorld

_FORM = "application/x-www-form-urlencoded"
# A verifier refuses times more than five minutes away (same page): ten are surely stale.
_STALE = timedelta(minutes=10)
_KEPT = 200


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return the X-Slack-Signature of a raw body sent at `timestamp` (seconds since 1970, as text)."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def _headers(world: SlackWorld, body: bytes, content_type: str, retry: int) -> dict[str, str]:
    switches = world.switches
    at = world.signed_at() - (_STALE if switches.stale else timedelta())
    secret = world.signing_secret + ("?" if switches.wrong_signature else "")
    timestamp = str(int(at.timestamp()))
    found = {
        "Content-Type": content_type,
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signature(secret, timestamp, body),
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
    }
    again = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"}
    return found | (again if retry else {})


async def interaction(world: SlackWorld, payload: Json) -> Delivery:
    """Send an interaction (`payload=` in a form) and return the desk's first answer."""
    body = urlencode({"payload": json.dumps(payload)}).encode()
    return await _deliver(world, payload["type"], payload, body, _FORM)


async def event(world: SlackWorld, envelope: Json) -> Delivery:
    """Send an Events API envelope as JSON and return the desk's first answer."""
    body = json.dumps(envelope).encode()
    return await _deliver(world, envelope["event"]["type"], envelope, body, "application/json")


async def command(world: SlackWorld, fields: dict[str, str]) -> Delivery:
    """Send a slash command's form and return the desk's first answer."""
    return await _deliver(world, "command", dict(fields), urlencode(fields).encode(), _FORM)


async def _deliver(world: SlackWorld, kind: str, sent: Json, body: bytes, content_type: str) -> Delivery:
    """Send once, and again (same body, same event id, new time and signature) as often as the switch says."""
    if world.switches.late:
        await world.pause(world.switches.late)
    first = await _post(world, kind, sent, body, _headers(world, body, content_type, 0), 0)
    for retry in range(1, world.switches.retry + 1):
        await _post(world, kind, sent, body, _headers(world, body, content_type, retry), retry)
    return first


async def _post(world: SlackWorld, kind: str, sent: Json, body: bytes, headers: dict[str, str], retry: int) -> Delivery:
    status, text = await _sent(world, kind, sent, body, headers, retry)
    delivery = Delivery(kind=kind, sent=sent, status=status, body=text, retry=retry)
    world.deliveries[:] = [*world.deliveries, delivery][-_KEPT:]
    world.changed()
    return delivery


async def _sent(
    world: SlackWorld, kind: str, sent: Json, body: bytes, headers: dict[str, str], retry: int
) -> tuple[int | None, str]:
    """Through an open socket if there is one, else as a signed request."""
    if world.sockets and world.send:
        named = {"command": "slash_commands", "app_home_opened": "events_api"}
        return await world.send(named.get(kind, "interactive"), sent, retry)
    try:
        async with (
            ClientSession(timeout=ClientTimeout(total=world.patience)) as session,
            session.post(world.request_url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            return response.status, await response.text()
    except (ClientError, TimeoutError, UnicodeDecodeError):
        return None, ""  # the colleague sees "did not answer", and the desk finds no second attempt
