"""What `doctor` looks at in Slack: the bot token and its scopes, the channel, and the way in (signed HTTP or sockets).

Promise: it reads and posts nothing; a token or a secret is never shown. Limits: whether Slack can reach the desk's
public address is seen only when somebody presses a button.
"""

from typing import Any

from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.commands.finding import Finding
from bot.settings import Settings
from handlers.slack_install import SCOPES

MANIFEST = "install the app anew from docs/slack-manifest.yml"


def _client(settings: Settings) -> AsyncWebClient:
    return AsyncWebClient(token=settings.slack_token.get_secret_value(), base_url=settings.slack_api)


def _word(problem: Exception) -> str:
    """Slack's own word for a refusal, else the kind of the failure."""
    if isinstance(problem, SlackApiError):
        return str(problem.response.get("error", "refused"))
    return type(problem).__name__


async def token(settings: Settings) -> Finding:
    """The bot token is one of this workspace and has every scope the desk uses."""
    try:
        answer = await _client(settings).auth_test()
    except (SlackClientError, OSError) as problem:
        return Finding(what="slack", ok=False, seen=_word(problem), fix="check the bot token")
    if answer.get("team_id") != settings.slack_team:
        return Finding(what="slack", ok=False, seen="another workspace", fix="SELEQT_SLACK_TEAM")
    missing = sorted(SCOPES - _scopes(answer.headers))
    if missing:
        return Finding(what="slack", ok=False, seen=f"scopes missing: {', '.join(missing)}", fix=MANIFEST)
    return Finding(what="slack", ok=True, seen="token accepted, every scope is there")


def _scopes(headers: Any) -> frozenset[str]:
    named = {str(name).lower(): value for name, value in dict(headers).items()}
    text = named.get("x-oauth-scopes", "")
    joined = ",".join(text) if isinstance(text, list) else str(text)
    return frozenset(one.strip() for one in joined.split(",") if one.strip())


async def channel(settings: Settings) -> Finding:
    """The desk is a member of its channel."""
    try:
        answer = await _client(settings).conversations_info(channel=settings.slack_channel)
    except (SlackClientError, OSError) as problem:
        return Finding(what="channel", ok=False, seen=_word(problem), fix="SELEQT_SLACK_CHANNEL is the channel's id")
    found = answer.get("channel")
    is_member = isinstance(found, dict) and bool(found.get("is_member"))
    seen = "the desk is in its channel" if is_member else "the desk is not in its channel"
    return Finding(what="channel", ok=is_member, seen=seen, fix="type /invite @Privacy desk in the channel")


async def way_in(settings: Settings) -> Finding:
    """Presses reach the desk: by sockets with an app-level token, else signed with the signing secret."""
    app_token = settings.slack_app_token.get_secret_value()
    if not app_token:
        return Finding(what="slack in", ok=True, seen="signed HTTP, the signing secret is there")
    try:
        await _client(settings).apps_connections_open(app_token=app_token)
    except (SlackClientError, OSError) as problem:
        fix = "make an app-level token with connections:write, and switch Socket Mode on"
        return Finding(what="slack in", ok=False, seen=_word(problem), fix=fix)
    return Finding(what="slack in", ok=True, seen="sockets, the app-level token is accepted")
