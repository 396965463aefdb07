"""The pages for people under `/demo/staff`: choose who you are, look, press, fill in, submit; and the switches.

Promise: everything works as plain HTML forms without a script; every press goes through `StaffMember`, so a page and a
test do the same. A post from another site's page is refused. Limits: whoever opens the page may be any colleague: this
is a stage, on loopback only.
"""

import contextlib
import json
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import quote, urlsplit

from aiohttp import web
from multidict import MultiMapping

from bot.demo.slack.member import Entered, Spot, StaffMember
from bot.demo.slack.model import Message, Switches, View
from bot.demo.slack.rules import elements, options
from bot.demo.slack.screen import HEADERS, Screen
from bot.demo.slack.shapes import Json
from bot.demo.slack.values import SLOTS
from bot.demo.slack.world import SlackWorld

Form = MultiMapping[Any]
# How long a page waits for the desk's first visible reaction after its acknowledgement, in seconds.
_REACTION = 0.6
_GONE = "This changed in the meantime. Look again before you press."


def entered(blocks: list[Json], form: Form) -> Entered:
    """Read every input of these blocks from a posted form; what is missing was left empty."""
    found = {}
    for block, element in elements(blocks):
        if element["type"] in SLOTS and element["type"] != "overflow":
            name = json.dumps([block["block_id"], element["action_id"]])
            typed = [str(value).replace("\r\n", "\n") for value in form.getall(name, [])]
            found[block["block_id"], element["action_id"]] = typed
    return found


def pressed(blocks: list[Json], form: Form) -> Spot:
    """Read which element was pressed, and what was picked with it; LookupError if it isn't there any more."""
    try:
        block_id, action_id, *pick = json.loads(str(form.get("press", "")))
    except (ValueError, TypeError):
        raise LookupError("nothing pressed") from None
    for block, element in elements(blocks):
        if (block["block_id"], element["action_id"]) == (block_id, action_id):
            return block, element, pick or list(entered([block], form).get((block_id, action_id), []))
    raise LookupError("no such element")


def target(spot: Spot) -> str:
    """Return the address that a link button or link option leads to, or an empty string."""
    _, element, chosen = spot
    found = [option["url"] for option in options(element) if option["value"] in chosen and "url" in option]
    return str(element.get("url") or "".join(found))


def own_page(request: web.Request) -> None:
    """Refuse a form posted by another site's page."""
    origin = request.headers.get("Origin")
    if origin and origin != "null" and urlsplit(origin).netloc != request.host:
        raise web.HTTPForbidden(text="posted from another site")


class Pages:
    """The handlers of the pages for one workspace."""

    def __init__(self, world: SlackWorld) -> None:
        self.world = world
        self.screen = Screen(world)

    def _member(self, request: web.Request) -> StaffMember:
        try:
            return StaffMember(self.world, request.match_info["handle"])
        except LookupError:
            raise web.HTTPNotFound(text="no such colleague") from None

    async def _posted(self, request: web.Request) -> tuple[StaffMember, Form]:
        own_page(request)
        return self._member(request), await request.post()

    def _back(self, member: StaffMember, form: Form) -> web.Response:
        """Go back to where the form was, as a GET, so that a reload presses nothing twice."""
        at = quote(str(form.get("at", "")), safe="")
        raise web.HTTPSeeOther(f"/demo/staff/as/{member.person.handle}?at={at}")

    async def choose(self, _: web.Request) -> web.Response:
        """Show who one can be, the switches and the last exchanges."""
        return self.screen.page("choose.html.j2")

    async def style(self, _: web.Request) -> web.Response:
        """Serve the stylesheet."""
        return self.screen.file("slack.css", "text/css")

    async def script(self, _: web.Request) -> web.Response:
        """Serve the script that reloads the page after a change."""
        return self.screen.file("slack.js", "text/javascript")

    async def version(self, _: web.Request) -> web.Response:
        """Return a number that changes with the world."""
        return web.Response(text=str(self.world.version), headers=HEADERS)

    async def workspace(self, request: web.Request) -> web.Response:
        """Show one colleague's screen."""
        return self.screen.workspace(self._member(request).person, request.query.get("at", ""))

    async def press(self, request: web.Request) -> web.Response:
        """Press an element of a message, the modal or the Home; a confirm dialog is a page in between."""
        member, form = await self._posted(request)
        try:
            shown = self._shown(member, str(form.get("on", "")))
            spot = pressed(shown.blocks, form)
        except LookupError:
            self.world.tell(member.person.id, _GONE)
            return self._back(member, form)
        if "confirm" in spot[1] and "sure" not in form:
            at = str(form.get("at", ""))
            return self.screen.workspace(member.person, at, asking=spot[1]["confirm"], repeat=form.items())
        before = self.world.calls[-1:]
        await member.press(shown, spot, entered(shown.blocks, form))
        await self._reaction(before)
        if address := target(spot):
            return self.screen.page("leave.html.j2", address=address)
        return self._back(member, form)

    def _shown(self, member: StaffMember, name: str) -> Message | View:
        """Find what a form stood on, as long as this person may see it."""
        message = self.world.messages.get(name)
        if message is not None and message.only in (None, member.person.id):
            return message
        for view in (member.modal, member.home):
            if view is not None and view.id == name:
                return view
        raise LookupError(name)

    async def _reaction(self, before: list[Any]) -> None:
        """Let the desk act after its acknowledgement, so that the next page already shows it."""
        with contextlib.suppress(TimeoutError):
            await self.world.until(lambda: self.world.calls[-1:] != before, within=_REACTION)

    async def submit(self, request: web.Request) -> web.Response:
        """Submit the open modal, unless one of its blocks' own buttons was pressed: all share one form."""
        member, form = await self._posted(request)
        if "press" in form:
            return await self.press(request)
        view = member.modal
        if view is None or view.id != form.get("on"):
            self.world.tell(member.person.id, _GONE)
            return self._back(member, form)
        before = self.world.calls[-1:]
        if await member.send_form(view, entered(view.blocks, form)):
            await self._reaction(before)
        return self._back(member, form)

    async def close(self, request: web.Request) -> web.Response:
        """Close the top modal, or all of them."""
        member, form = await self._posted(request)
        if member.modal is not None:
            await member.close(everything="everything" in form)
        return self._back(member, form)

    async def home(self, request: web.Request) -> web.Response:
        """Open the App Home tab."""
        member, form = await self._posted(request)
        before = self.world.calls[-1:]
        await member.open_home()
        await self._reaction(before)
        return self._back(member, form)

    async def command(self, request: web.Request) -> web.Response:
        """Type a slash command."""
        member, form = await self._posted(request)
        name, _, text = str(form.get("text", "")).strip().partition(" ")
        if name.startswith("/"):
            await member.command(name, text, channel=str(form.get("at", "")))
        else:
            self.world.tell(member.person.id, "On this stage only slash commands can be typed.")
        return self._back(member, form)

    async def switches(self, request: web.Request) -> web.Response:
        """Show the switches as JSON, or set those that a form or a JSON object names."""
        if request.method == "POST":
            own_page(request)
            is_json = request.content_type == "application/json"
            self._set(await request.text() if is_json else dict(await request.post()))
            if not is_json:
                raise web.HTTPSeeOther("/demo/staff")
        return web.json_response(asdict(self.world.switches))

    def _set(self, given: str | Json) -> None:
        try:
            found = json.loads(given) if isinstance(given, str) else given
            self.world.switches = switched(self.world.switches, found, form=isinstance(given, dict))
        except (AttributeError, TypeError, ValueError):
            raise web.HTTPBadRequest(text="unknown switch or wrong value") from None
        self.world.changed()


def switched(old: Switches, given: Json, *, form: bool) -> Switches:
    """Return the switches with these set. A form leaves an unticked box out, so there absence means off.

    Raises TypeError or ValueError for an unknown switch, a negative number or a value that is no number.
    """
    numbers = {"retry": int, "ratelimited": int, "late": float}
    found = {key: numbers[key](value) if key in numbers else bool(value) for key, value in given.items()}
    ticked = {key: key in given for key in ("wrong_signature", "stale", "deaf")} if form else {}
    new = replace(old, **{**found, **ticked})
    if min(new.retry, new.ratelimited, new.late) < 0:
        raise ValueError("a switch can't be negative")
    return new
