"""Modals and App Homes: one stack of modals and one Home per person, opened, pushed, updated, closed.

Promise: a view is checked by `rules` before it is shown; a hash that is not the newest is a `hash_conflict`; a closed
view is `not_found`. Limits: opening a modal while another stands replaces the whole stack, pushing keeps it (three deep
at most, as in Slack); the Home has one tab.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.demo.slack.model import RefusedError, View
from bot.demo.slack.rules import LIMITS, view_faults
from bot.demo.slack.shapes import Json
from bot.demo.slack.values import state


class Views:
    """All views of the workspace. `number` hands out ids, `fill` completes blocks, `changed` tells the pages."""

    def __init__(
        self,
        *,
        number: Callable[[str], str],
        fill: Callable[[list[Json]], list[Json]],
        changed: Callable[[], None],
    ) -> None:
        self._number = number
        self._fill = fill
        self._changed = changed
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}

    def modal(self, user: str) -> View | None:
        """Return the modal on top for this person, or None."""
        stack = self.stacks.get(user)
        return stack[-1] if stack else None

    def open(self, user: str, body: Json) -> View:
        """Show a first modal; whatever stood open goes."""
        view = self._new(user, self._checked(body, "modal"), [])
        self._stack(user, [view])
        return view

    def push(self, user: str, body: Json) -> View:
        """Show a further modal over the present one; `push_limit_reached` beyond three."""
        stack = self.stacks.get(user, [])
        if len(stack) >= LIMITS["view.stack"].most:
            raise RefusedError("push_limit_reached")
        view = self._new(user, self._checked(body, "modal"), stack)
        self._stack(user, [*stack, view])
        return view

    def update(self, key: str, body: Json, known_hash: str | None = None) -> View:
        """Replace an open modal, or a Home, found by its view id or external id. What was typed stays."""
        old = self._find(key)
        _same_hash(old, known_hash)
        view = self._redrawn(old, self._checked(body, old.body["type"]))
        self.put(view)
        return view

    def publish(self, user: str, body: Json, known_hash: str | None = None) -> View:
        """Replace a person's App Home."""
        old = self.homes.get(user)
        _same_hash(old, known_hash)
        checked = self._checked(body, "home")
        view = self._redrawn(old, checked) if old else self._new(user, checked, [])
        self.homes[user] = view
        self._changed()
        return view

    def put(self, view: View) -> None:
        """Store a view in the place of the one with the same id; a view closed meanwhile stays closed."""
        if view.body["type"] == "home":
            self.homes[view.user] = view
        else:
            stack = self.stacks.get(view.user, [])
            self.stacks[view.user] = [view if each.id == view.id else each for each in stack]
        self._changed()

    def complain(self, view_id: str, errors: Mapping[str, str]) -> None:
        """Show these words beside the fields (by block id) of an open modal."""
        self.put(replace(self._find(view_id), errors=errors))

    def close(self, user: str, *, everything: bool = False) -> list[View]:
        """Take the top modal away, or all of them; return what was closed, top first."""
        stack = self.stacks.get(user, [])
        left = [] if everything else stack[:-1]
        self._stack(user, left)
        return stack[len(left) :][::-1]

    def close_through(self, view: View) -> None:
        """Take this modal away, and whatever was pushed over it meanwhile."""
        ids = [each.id for each in self.stacks.get(view.user, [])]
        if view.id in ids:
            self._stack(view.user, self.stacks[view.user][: ids.index(view.id)])

    def _stack(self, user: str, stack: list[View]) -> None:
        self.stacks[user] = stack
        self._changed()

    def _find(self, key: str) -> View:
        every = [view for stack in self.stacks.values() for view in stack] + list(self.homes.values())
        for view in every:
            if key and key in (view.id, view.body.get("external_id")):
                return view
        raise RefusedError("not_found")

    def _checked(self, body: Json, kind: str) -> Json:
        if len(json.dumps(body).encode()) > LIMITS["view.bytes"].most:
            raise RefusedError("view_too_large")
        if faults := view_faults(body, kind):
            raise RefusedError("invalid_arguments", faults)
        return {**body, "blocks": self._fill(body["blocks"])}

    def _new(self, user: str, body: Json, below: list[View]) -> View:
        if body.get("external_id") and self._has(body["external_id"]):
            raise RefusedError("duplicate_external_id")
        view_id = self._number("V")
        return View(
            id=view_id,
            user=user,
            body=body,
            hash=self._number("hash."),
            root=below[0].id if below else view_id,
            previous=below[-1].id if below else None,
            state=state(body["blocks"], {}, {}),
        )

    def _has(self, key: str) -> bool:
        try:
            self._find(key)
        except RefusedError:
            return False
        return True

    def _redrawn(self, old: View, body: Json) -> View:
        kept = state(body["blocks"], {}, old.state)
        return replace(old, body=body, hash=self._number("hash."), state=kept, errors={})


def _same_hash(old: View | None, known: str | None) -> None:
    if known is not None and (old is None or known != old.hash):
        raise RefusedError("hash_conflict")
