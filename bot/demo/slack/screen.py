"""The pages of the pretend Slack as HTML: jinja2, autoescape on, and the few functions the templates call.

Promise: reads the world, changes nothing; every answer carries a strict content security policy (no inline script or
style, forms to ourselves only). Limits: English only, times in Amsterdam.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import ChainableUndefined, Environment, FileSystemLoader
from markupsafe import Markup

from bot.demo.slack.model import Person
from bot.demo.slack.mrkdwn import mrkdwn, plain
from bot.demo.slack.shapes import Json
from bot.demo.slack.values import picks
from bot.demo.slack.world import SlackWorld

ROOT = Path(__file__).parents[3] / "templates" / "demo" / "slack"
ZONE = ZoneInfo("Europe/Amsterdam")
POLICY = "; ".join(
    [
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        "img-src 'self' https: data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def place(block: Json, element: Json, *pick: str) -> str:
    """Return the form name of an element: its block and action id, and perhaps one pick, as JSON."""
    return json.dumps([block["block_id"], element["action_id"], *pick])


def held(state: Json, block: Json, element: Json) -> list[str]:
    """Return what an element holds on this screen, as picks."""
    value = state.get(block["block_id"], {}).get(element["action_id"])
    return picks(value) if value else []


def local(ts: str, form: str) -> str:
    """Return a message ts as local time in a strftime form."""
    return datetime.fromtimestamp(int(ts.partition(".")[0]), UTC).astimezone(ZONE).strftime(form)


def initials(name: str) -> str:
    """Return the two letters on a colleague's picture."""
    words = name.split()
    return (words[0][0] + words[-1][0]).upper()


class Screen:
    """Renders the pages of one workspace."""

    def __init__(self, world: SlackWorld, root: Path = ROOT) -> None:
        self.world = world
        # Block Kit leaves most keys out, and the templates ask for them all: a missing one is empty, not an error.
        # The folder above holds what all pages of the demo share.
        folders = FileSystemLoader([root, root.parent])
        self._pages = Environment(loader=folders, autoescape=True, undefined=ChainableUndefined)
        self._pages.globals.update(place=place, held=held, local=local, initials=initials, text=self.text)

    def text(self, words: Any) -> Markup:
        """Return a text object (or a bare message text, which is mrkdwn) as HTML."""
        if isinstance(words, dict) and words.get("type") == "plain_text":
            return plain(words["text"])
        people = {person.id: person.handle for person in self.world.staff.values()}
        return mrkdwn(words["text"] if isinstance(words, dict) else str(words), people=people, zone=ZONE)

    def page(self, template: str, **facts: Any) -> web.Response:
        """Render a template with the world and these facts."""
        html = self._pages.get_template(template).render(world=self.world, **facts)
        return web.Response(text=html, content_type="text/html", headers=HEADERS)

    def workspace(self, person: Person, at: str, **facts: Any) -> web.Response:
        """Render one colleague's screen: the sidebar, a channel or the Home, the open modal, perhaps a question."""
        world = self.world
        channels = [each for each in world.channels.values() if each.only in (None, person.id)]
        here = next((each for each in channels if each.id == at), channels[0])
        return self.page(
            "workspace.html.j2",
            me=person,
            at="home" if at == "home" else here.id,
            here=here,
            channels=channels,
            timeline=world.timeline(here.id, person.id),
            home=world.views.homes.get(person.id),
            modal=world.views.modal(person.id),
            notice=world.notices.get(person.id, ""),
            **facts,
        )

    def file(self, name: str, content_type: str) -> web.Response:
        """Return a stylesheet or script from the templates folder."""
        text = (ROOT / name).read_text(encoding="utf-8")
        return web.Response(text=text, content_type=content_type, headers=HEADERS)
