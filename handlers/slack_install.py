"""What the app must be allowed in a workspace: scopes per method, events and the command, as the manifest has them.

Promise: tests hold this table, the code and docs/slack-manifest.yml together. Limits: the names are Slack's
(docs.slack.dev, reference/methods and reference/scopes); a method without a row here is not called.
"""

from collections.abc import Mapping
from typing import Final

COMMAND: Final = "/privacy"
EVENTS: Final = frozenset({"app_home_opened"})
METHODS: Final[Mapping[str, frozenset[str]]] = {
    "apps.connections.open": frozenset(),  # the app-level token has connections:write
    "auth.test": frozenset(),
    "chat.getPermalink": frozenset(),
    "chat.postEphemeral": frozenset({"chat:write"}),
    "chat.postMessage": frozenset({"chat:write"}),
    "chat.update": frozenset({"chat:write"}),
    "conversations.info": frozenset({"channels:read", "groups:read"}),
    "views.open": frozenset(),
    "views.publish": frozenset(),
    "views.push": frozenset(),
    "views.update": frozenset(),
}
"""Each Web API method the desk calls, with the scopes of the bot token it needs."""

SCOPES: Final = frozenset({"commands"}).union(*METHODS.values())
