"""A colleague who can look, click, type, submit and close: used by the pages and, the same way, by tests.

Promise: everything goes to the desk as one signed HTTP request with the payload Slack would send, built from what
stands on the screen; a click on something that isn't there raises LookupError and sends nothing. Limits: one screen
per person (a second browser of the same person shows the same modal).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.demo.slack import payloads, wire
from bot.demo.slack.answers import TROUBLE, failure, take_command, take_submission
from bot.demo.slack.model import Delivery, Message, Person, RefusedError, View
from bot.demo.slack.rules import elements, options
from bot.demo.slack.shapes import Json
from bot.demo.slack.values import gaps, state
from bot.demo.slack.world import SlackWorld

Entered = Mapping[tuple[str, str], Sequence[str]]
Values = Mapping[str, str | Sequence[str]]
Spot = tuple[Json, Json, list[str]]


def find(blocks: list[Json], what: str) -> Spot:
    """Find what to press by action_id, button text, or an option's label or value: block, element and picks."""
    every = list(elements(blocks))
    for block, element in every:
        if what in (element["action_id"], element.get("text", {}).get("text")):
            return block, element, []
    for block, element in every:
        if any(what in (option["text"]["text"], option["value"]) for option in options(element)):
            return block, element, [what]
    raise LookupError(f"nothing to press called {what!r}")


def entries(blocks: list[Json], values: Values) -> dict[tuple[str, str], list[str]]:
    """Turn values by action_id into entries by block and action id; LookupError for an input that isn't there."""
    places = {element["action_id"]: (block["block_id"], element["action_id"]) for block, element in elements(blocks)}
    if missing := values.keys() - places.keys():
        raise LookupError(f"no input called {', '.join(sorted(missing))}")
    return {places[name]: [value] if isinstance(value, str) else list(value) for name, value in values.items()}


class StaffMember:
    """One colleague in front of one screen. `who` is an id or a handle, with or without @."""

    def __init__(self, world: SlackWorld, who: str) -> None:
        self.world = world
        self.person: Person = world.person(who)

    # -- looking

    @property
    def modal(self) -> View | None:
        """The modal on top, if one is open."""
        return self.world.views.modal(self.person.id)

    @property
    def home(self) -> View | None:
        """The App Home as last published for this person."""
        return self.world.views.homes.get(self.person.id)

    @property
    def notice(self) -> str:
        """The last failure shown to this person, empty after a success."""
        return self.world.notices.get(self.person.id, "")

    @property
    def ephemerals(self) -> list[Message]:
        """Messages only this person sees, oldest first."""
        return [each for each in self.world.messages.values() if each.only == self.person.id]

    def cards(self, channel: str | None = None) -> list[Message]:
        """Top-level messages of a channel (the first one by default) that everybody sees, oldest first."""
        place = self.world.channel(channel) if channel else next(iter(self.world.channels.values()))
        return [each for each in self.world.timeline(place.id, self.person.id) if each.only is None]

    def thread(self, ts: str) -> list[Message]:
        """Replies under a message that this person sees, oldest first."""
        return self.world.thread(self.world.messages[ts].channel, ts, self.person.id)

    # -- pressing

    async def click(self, message: Message | str, what: str, *, confirm: bool = True) -> Delivery | None:
        """Press a button, or choose an option, of a message: by ts as it is now, or a Message as it was seen.

        Returns the delivery, or None when a confirm dialog was declined. Raises LookupError where there is no such
        message or nothing of that name.
        """
        seen = self._seen(message) if isinstance(message, str) else message
        return await self.press(seen, find(seen.blocks, what), {}, confirm=confirm)

    async def choose(self, message: Message | str, action_id: str, *chosen: str) -> Delivery | None:
        """Set a menu, date or list of a message to these values (option values or labels, dates, user ids)."""
        seen = self._seen(message) if isinstance(message, str) else message
        block, element, _ = find(seen.blocks, action_id)
        return await self.press(seen, (block, element, list(chosen)), {})

    async def click_modal(self, what: str, values: Values | None = None, *, confirm: bool = True) -> Delivery | None:
        """Press something inside the open modal, with these values typed so far."""
        view = self._open()
        entered = entries(view.blocks, values or {})
        return await self.press(view, find(view.blocks, what), entered, confirm=confirm)

    async def click_home(self, what: str, *, confirm: bool = True) -> Delivery | None:
        """Press something on the App Home."""
        if self.home is None:
            raise LookupError("no App Home published")
        return await self.press(self.home, find(self.home.blocks, what), {}, confirm=confirm)

    async def press(
        self, shown: Message | View, spot: Spot, entered: Entered, *, confirm: bool = True
    ) -> Delivery | None:
        """Send the block_actions of one element on a message, modal or Home, with what was entered around it."""
        block, element, chosen = spot
        if "confirm" in element and not confirm:
            return None
        own = {(block["block_id"], element["action_id"]): chosen} if chosen else {}
        values = state(shown.blocks, {**entered, **own}, shown.state)
        done = payloads.action(block, element, chosen, self.world.stamp())
        kept = replace(shown, state=values)
        self._keep(kept)
        return await self._send(self._payload(kept, done))

    def _payload(self, shown: Message | View, done: Json) -> Json:
        if isinstance(shown, View):
            return payloads.on_view(self.world, self.person, shown, done)
        return payloads.on_message(self.world, self.person, shown, done, shown.state)

    def _keep(self, shown: Message | View) -> None:
        """Remember what was entered, unless the screen has moved on since it was looked at."""
        if isinstance(shown, View):
            self.world.views.put(shown)
        elif (now := self.world.messages.get(shown.ts)) and now.blocks == shown.blocks:
            self.world.keep(replace(now, state=shown.state))

    def _seen(self, ts: str) -> Message:
        found = self.world.messages.get(ts)
        if found is None or found.only not in (None, self.person.id):
            raise LookupError(f"no message {ts}")
        return found

    def _open(self) -> View:
        if self.modal is None:
            raise LookupError("no modal is open")
        return self.modal

    # -- modals, Home, commands

    async def submit(self, values: Values | None = None) -> Delivery | None:
        """Fill in the open modal by action_id and press its submit button.

        Returns the delivery, or None when the client itself found a gap (it then stands in `modal.errors`).
        """
        view = self._open()
        return await self.send_form(view, entries(view.blocks, values or {}))

    async def send_form(self, view: View, entered: Entered) -> Delivery | None:
        """Submit this modal with entries by block and action id, and do what the desk answers."""
        values = state(view.blocks, entered, view.state)
        filled = replace(view, state=values, errors=gaps(view.blocks, values))
        self.world.views.put(filled)
        if filled.errors:
            return None
        delivery = await self._send(payloads.submission(self.world, self.person, filled))
        if delivery.accepted:
            self._take(filled, delivery)
        return delivery

    def _take(self, view: View, delivery: Delivery) -> None:
        try:
            take_submission(self.world, view, delivery)
        except RefusedError as refused:
            self.world.tell(self.person.id, TROUBLE.format(reason=": ".join([refused.error, *refused.messages])))

    async def close(self, *, everything: bool = False) -> None:
        """Close the top modal (or all); tells the desk about those that asked for it with notify_on_close."""
        view = self._open()
        cleared = everything or bool(view.body.get("clear_on_close"))
        for gone in self.world.views.close(self.person.id, everything=cleared):
            if gone.body.get("notify_on_close"):
                await self._send(payloads.closed(self.world, self.person, gone, cleared=cleared))

    async def open_home(self) -> Delivery:
        """Open the App Home tab: the desk hears app_home_opened and is expected to publish."""
        delivery = await wire.event(self.world, payloads.home_opened(self.world, self.person))
        self.world.tell(self.person.id, failure(delivery))
        return delivery

    async def command(self, name: str, text: str = "", *, channel: str | None = None) -> Delivery:
        """Type a slash command in a channel (the first one by default); the answer appears there."""
        place = self.world.channel(channel) if channel else next(iter(self.world.channels.values()))
        fields = payloads.command(self.world, self.person, place.id, name, text)
        delivery = await wire.command(self.world, fields)
        self.world.tell(self.person.id, failure(delivery))
        if delivery.accepted:
            take_command(self.world, self.person.id, place, delivery)
        return delivery

    async def _send(self, payload: Json) -> Delivery:
        delivery = await wire.interaction(self.world, payload)
        self.world.tell(self.person.id, failure(delivery))
        return delivery
