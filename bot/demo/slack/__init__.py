"""A strict stand-in for Slack: it speaks Slack's HTTP protocol to a real app, and shows people what the app sent.

Promise: what Slack refuses is refused here with the same word, and every interaction is signed; the app under it has
no special path. Limits: one workspace, one app, on loopback.
"""

from bot.demo.slack.app import routes, running, slack_app
from bot.demo.slack.member import StaffMember
from bot.demo.slack.model import Channel, Delivery, Message, Person, RefusedError, Switches, View
from bot.demo.slack.world import SlackWorld

__all__ = [
    "Channel",
    "Delivery",
    "Message",
    "Person",
    "RefusedError",
    "SlackWorld",
    "StaffMember",
    "Switches",
    "View",
    "routes",
    "running",
    "slack_app",
]
