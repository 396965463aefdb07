"""The manifest, the table of what the app may do, and the code agree."""

import re
from pathlib import Path

import yaml

from handlers.slack_install import COMMAND, EVENTS, METHODS, SCOPES

HOUSE = Path(__file__).parents[2]
MANIFEST = yaml.safe_load((HOUSE / "docs" / "slack-manifest.yml").read_text("utf-8"))
CODE = [*HOUSE.glob("handlers/slack*.py"), HOUSE / "bot" / "commands" / "doctor_slack.py"]
CALL = re.compile(r"\"((?:apps|auth|chat|conversations|users|views|reactions|files)\.[a-zA-Z.]+)\"")
BY_NAME = {
    "auth_test": "auth.test",
    "conversations_info": "conversations.info",
    "apps_connections_open": "apps.connections.open",
}


def test_every_method_the_code_calls_is_in_the_table_and_no_other():
    called = set()
    for file in CODE:
        if file.name != "slack_install.py":
            text = file.read_text("utf-8")
            called |= set(CALL.findall(text)) | {BY_NAME[name] for name in BY_NAME if f".{name}(" in text}
    assert called == set(METHODS)


def test_the_manifest_asks_for_the_scopes_the_code_needs_and_no_more():
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == SCOPES


def test_the_manifest_has_the_events_the_command_and_the_buttons():
    settings, features = MANIFEST["settings"], MANIFEST["features"]
    assert set(settings["event_subscriptions"]["bot_events"]) == EVENTS
    assert [one["command"] for one in features["slash_commands"]] == [COMMAND]
    assert features["slash_commands"][0]["should_escape"] is True
    assert settings["interactivity"]["is_enabled"] is True
    assert features["app_home"]["home_tab_enabled"] is True
    places = {settings["interactivity"]["request_url"], settings["event_subscriptions"]["request_url"]}
    places.add(features["slash_commands"][0]["url"])
    assert {place.removeprefix("https://desk.example.com") for place in places} == {"/slack/events"}


def test_the_manifest_keeps_slacks_limits():
    about, command = MANIFEST["display_information"], MANIFEST["features"]["slash_commands"][0]
    assert len(about["name"]) <= 35
    assert len(about["description"]) <= 140
    assert len(command["description"]) <= 2000
    assert len(command["usage_hint"]) <= 1000
